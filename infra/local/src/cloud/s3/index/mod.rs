//! The storage of objects: an SQLite index, which contains small bodies, and a directory with a
//! file for each large one.
//!
//! A large body is complete in its file before the index refers to it, and its file is deleted
//! after the reference. So if the process is killed at any moment, every file that the index refers
//! to exists; the others are removed at the next start.

pub(super) mod version;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::Context;
use rusqlite::{Connection, OptionalExtension, params};
use s3s::{S3Error, S3ErrorCode, s3_error};

/// `…_at` and `locked_until` are milliseconds since 1970. `latest` and `marker` are 0 or 1.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS buckets (
        name TEXT PRIMARY KEY, created_at INTEGER NOT NULL, versioning TEXT, lockable INTEGER NOT NULL DEFAULT 0,
        lock_mode TEXT, lock_days INTEGER, lock_years INTEGER
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS versions (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        bucket TEXT NOT NULL, key TEXT NOT NULL, version TEXT NOT NULL,
        latest INTEGER NOT NULL, marker INTEGER NOT NULL,
        size INTEGER NOT NULL, etag TEXT NOT NULL, modified_at INTEGER NOT NULL, details TEXT NOT NULL,
        lock_mode TEXT, locked_until INTEGER, held INTEGER NOT NULL DEFAULT 0,
        file TEXT
    );
    CREATE UNIQUE INDEX IF NOT EXISTS versions_by_id ON versions (bucket, key, version);
    CREATE UNIQUE INDEX IF NOT EXISTS versions_by_age ON versions (bucket, key, number DESC);
    CREATE UNIQUE INDEX IF NOT EXISTS objects ON versions (bucket, key) WHERE latest = 1;
    CREATE TABLE IF NOT EXISTS bodies (number INTEGER PRIMARY KEY, body BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS uploads (
        id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, details TEXT NOT NULL,
        lock_mode TEXT, locked_until INTEGER, held INTEGER NOT NULL DEFAULT 0, started_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS uploads_by_key ON uploads (bucket, key, id);
    CREATE TABLE IF NOT EXISTS parts (
        upload TEXT NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL, modified_at INTEGER NOT NULL,
        body BLOB, file TEXT, PRIMARY KEY (upload, number)
    );
";

/// The index, as used by the thread that owns it.
pub(super) struct Index {
    pub(super) connection: Connection,
    pub(super) bodies: PathBuf,
}

/// Why a call was not executed.
#[derive(Debug)]
pub(super) enum Refused {
    /// For the client: an S3 error.
    Answer(S3Error),
    /// The index or a file failed.
    Broken(String),
}

pub(super) type Done<T> = Result<T, Refused>;

impl From<S3Error> for Refused {
    fn from(error: S3Error) -> Self {
        Self::Answer(error)
    }
}

impl From<S3ErrorCode> for Refused {
    fn from(code: S3ErrorCode) -> Self {
        Self::Answer(code.into())
    }
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

impl From<serde_json::Error> for Refused {
    fn from(error: serde_json::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

impl From<Refused> for S3Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Answer(error) => error,
            Refused::Broken(reason) => {
                tracing::error!(reason, "the object store failed");
                s3_error!(InternalError, "The object store failed: {reason}")
            }
        }
    }
}

impl Index {
    /// Opens the index in `directory`. `keep`: on disk; otherwise the index is in memory, and only
    /// large bodies are in the directory.
    pub(super) fn open(directory: &Path, keep: bool) -> anyhow::Result<Self> {
        let bodies = directory.join("bodies");
        std::fs::create_dir_all(&bodies)
            .with_context(|| format!("cannot create {}", bodies.display()))?;
        let connection = if keep {
            let path = directory.join("index.sqlite");
            Connection::open(&path).with_context(|| format!("cannot open {}", path.display()))?
        } else {
            Connection::open_in_memory()?
        };
        // Written data survives a killed process without waiting for the disk (see
        // `integrity_check`).
        connection.execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = \
             OFF; PRAGMA temp_store = MEMORY;",
        )?;
        connection.execute_batch(SCHEMA)?;
        connection.set_prepared_statement_cache_capacity(128);
        let index = Self { connection, bodies };
        index.remove_strays()?;
        Ok(index)
    }

    /// Removes the files that no version and no part refers to: their upload was interrupted.
    fn remove_strays(&self) -> anyhow::Result<()> {
        let mut statement = self.connection.prepare(
            "SELECT file FROM versions WHERE file IS NOT NULL UNION ALL SELECT file FROM \
                 parts WHERE file IS NOT NULL",
        )?;
        let named: HashSet<String> =
            statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for entry in std::fs::read_dir(&self.bodies)? {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(|name| named.contains(name)) {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Removes files that the index no longer refers to. If that fails, they are removed at the
    /// next start.
    pub(super) fn remove_files(&self, names: &[String]) {
        for name in names {
            if let Err(error) = std::fs::remove_file(self.bodies.join(name)) {
                tracing::warn!(%error, name, "cannot remove the file of a deleted object");
            }
        }
    }
}

/// A bucket.
#[derive(Clone, Debug, Default)]
pub(super) struct Bucket {
    /// `Enabled` or `Suspended`; `None` before versioning was ever enabled.
    pub(super) versioning: Option<String>,
    /// Whether versions can be locked.
    pub(super) lockable: bool,
    /// The default retention of new versions, unless the request specifies one.
    pub(super) rule: Option<Rule>,
}

/// The default retention of a bucket, either in days or in years.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) mode: String,
    pub(super) days: Option<i32>,
    pub(super) years: Option<i32>,
}

impl Bucket {
    /// Loads the bucket with that name.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub(super) fn load(connection: &Connection, name: &str) -> Done<Self> {
        Self::find(connection, name)?
            .ok_or_else(|| s3_error!(NoSuchBucket, "The specified bucket does not exist").into())
    }

    pub(super) fn find(connection: &Connection, name: &str) -> Done<Option<Self>> {
        Ok(connection
            .prepare_cached(
                "SELECT versioning, lockable, lock_mode, lock_days, lock_years FROM \
                 buckets WHERE name = ?1",
            )?
            .query_row(params![name], |row| {
                let mode: Option<String> = row.get(2)?;
                let (days, years) = (row.get(3)?, row.get(4)?);
                Ok(Self {
                    versioning: row.get(0)?,
                    lockable: row.get(1)?,
                    rule: mode.map(|mode| Rule { mode, days, years }),
                })
            })
            .optional()?)
    }

    pub(super) fn keeps_versions(&self) -> bool {
        self.versioning.as_deref() == Some("Enabled")
    }
}

/// Returns the milliseconds since 1970.
pub(super) fn now() -> i64 {
    crate::time::now().as_millisecond()
}
