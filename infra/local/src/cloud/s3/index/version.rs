//! A version of an object as the index stores it.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, params};
use s3s::dto::{ETag, Timestamp};
use s3s::{S3Result, s3_error};
use serde::{Deserialize, Serialize};

use super::{Done, now};

/// The version ID of an object in a bucket without versioning.
pub(in crate::cloud::s3) const UNVERSIONED: &str = "null";

/// The columns that [`Version::read`] reads.
pub(in crate::cloud::s3) const COLUMNS: &str = "number, key, version, latest, marker, size, \
    etag, modified_at, details, lock_mode, locked_until, held, file";

/// A version, without its body.
#[derive(Clone, Debug)]
pub(in crate::cloud::s3) struct Version {
    pub(in crate::cloud::s3) number: i64,
    pub(in crate::cloud::s3) key: String,
    pub(in crate::cloud::s3) id: String,
    pub(in crate::cloud::s3) latest: bool,
    /// Whether it is a delete marker.
    pub(in crate::cloud::s3) marker: bool,
    pub(in crate::cloud::s3) size: u64,
    pub(in crate::cloud::s3) etag: String,
    pub(in crate::cloud::s3) modified_at: i64,
    pub(in crate::cloud::s3) details: Details,
    pub(in crate::cloud::s3) lock: Lock,
    /// The file of its body, unless the body is in the index.
    pub(in crate::cloud::s3) file: Option<String>,
}

/// The metadata that is stored and returned with a body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::cloud::s3) struct Details {
    pub(in crate::cloud::s3) content_type: Option<String>,
    pub(in crate::cloud::s3) content_disposition: Option<String>,
    pub(in crate::cloud::s3) content_encoding: Option<String>,
    pub(in crate::cloud::s3) content_language: Option<String>,
    pub(in crate::cloud::s3) cache_control: Option<String>,
    pub(in crate::cloud::s3) expires: Option<Timestamp>,
    pub(in crate::cloud::s3) website_redirect_location: Option<String>,
    pub(in crate::cloud::s3) metadata: BTreeMap<String, String>,
    pub(in crate::cloud::s3) tags: BTreeMap<String, String>,
    pub(in crate::cloud::s3) checksums: Checksums,
}

/// Digests of the body in Base64, as far as the client sent or requested them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::cloud::s3) struct Checksums {
    pub(in crate::cloud::s3) crc32: Option<String>,
    pub(in crate::cloud::s3) crc32c: Option<String>,
    pub(in crate::cloud::s3) crc64nvme: Option<String>,
    pub(in crate::cloud::s3) sha1: Option<String>,
    pub(in crate::cloud::s3) sha256: Option<String>,
}

/// What prevents a version from being deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::cloud::s3) struct Lock {
    /// `GOVERNANCE` or `COMPLIANCE`.
    pub(in crate::cloud::s3) mode: Option<String>,
    /// Milliseconds since 1970.
    pub(in crate::cloud::s3) until: Option<i64>,
    /// A legal hold.
    pub(in crate::cloud::s3) held: bool,
}

impl Version {
    /// Reads the columns of [`COLUMNS`].
    pub(in crate::cloud::s3) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let details: String = row.get(8)?;
        let unreadable = |error| {
            rusqlite::Error::FromSqlConversionFailure(
                8,
                rusqlite::types::Type::Text,
                Box::new(error),
            )
        };
        Ok(Self {
            number: row.get(0)?,
            key: row.get(1)?,
            id: row.get(2)?,
            latest: row.get(3)?,
            marker: row.get(4)?,
            size: u64::try_from(row.get::<_, i64>(5)?).unwrap_or_default(),
            etag: row.get(6)?,
            modified_at: row.get(7)?,
            details: serde_json::from_str::<Details>(&details).map_err(unreadable)?,
            lock: Lock { mode: row.get(9)?, until: row.get(10)?, held: row.get(11)? },
            file: row.get(12)?,
        })
    }

    /// Finds the latest version of a key, which may be a delete marker, or the one with an ID.
    pub(in crate::cloud::s3) fn find(
        connection: &Connection,
        bucket: &str,
        key: &str,
        id: Option<&str>,
    ) -> Done<Option<Self>> {
        let found = match id {
            Some(id) => connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM versions WHERE bucket = ?1 AND key = ?2 AND version = ?3"
                ))?
                .query_row(params![bucket, key, id], Self::read),
            None => connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM versions WHERE bucket = ?1 AND key = ?2 AND latest = 1"
                ))?
                .query_row(params![bucket, key], Self::read),
        };
        Ok(found.optional()?)
    }

    pub(in crate::cloud::s3) fn etag(&self) -> ETag {
        ETag::Strong(self.etag.clone())
    }

    /// Returns when it was put, as in headers and listings: in whole seconds.
    pub(in crate::cloud::s3) fn modified(&self) -> Timestamp {
        timestamp(self.modified_at / 1_000 * 1_000)
    }

    /// Returns its ID for responses: objects of buckets that never had versioning have none.
    pub(in crate::cloud::s3) fn id_of(&self, versioning: Option<&str>) -> Option<String> {
        versioning.map(|_| self.id.clone())
    }
}

impl Lock {
    /// Checks that the version may be deleted.
    ///
    /// # Errors
    /// `AccessDenied`.
    pub(in crate::cloud::s3) fn allows_deletion(&self, bypass_governance: bool) -> S3Result<()> {
        if self.held || self.retains(bypass_governance) {
            return Err(s3_error!(
                AccessDenied,
                "Access Denied because object protected by object lock."
            ));
        }
        Ok(())
    }

    /// Returns whether its retention period is running, for a caller who may or may not bypass the
    /// governance mode.
    pub(in crate::cloud::s3) fn retains(&self, bypass_governance: bool) -> bool {
        let running = self.until.is_some_and(|until| until > now());
        running && !(bypass_governance && self.mode.as_deref() == Some("GOVERNANCE"))
    }
}

/// Converts milliseconds since 1970 to S3's type.
pub(in crate::cloud::s3) fn timestamp(milliseconds: i64) -> Timestamp {
    let since = std::time::Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default());
    Timestamp::from(std::time::UNIX_EPOCH + since)
}

/// The reverse of [`timestamp`].
pub(in crate::cloud::s3) fn milliseconds(time: &Timestamp) -> i64 {
    let mut text = Vec::new();
    // Writing to memory does not fail, and the format can represent every time.
    if time.format(s3s::dto::TimestampFormat::DateTime, &mut text).is_err() {
        return 0;
    }
    String::from_utf8_lossy(&text)
        .parse::<jiff::Timestamp>()
        .map(|time| time.as_millisecond())
        .unwrap_or_default()
}
