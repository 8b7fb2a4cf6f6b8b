//! Putting an object: one transaction that also checks the preconditions, so that exactly one of
//! several concurrent writers satisfies them.

use rusqlite::{Connection, params};
use s3s::{S3Result, s3_error};
use uuid::Uuid;

use super::conditions::WriteIf;
use super::receive::{BodyFile, Content};
use crate::cloud::s3::index::version::{Details, Lock, UNVERSIONED, Version};
use crate::cloud::s3::index::{Bucket, Done, Index, Rule, now};

/// The maximum size of user metadata, names and values together, in bytes:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>
const MOST_METADATA: usize = 2 * 1024;

/// A version to put.
pub(in crate::cloud::s3) struct New {
    pub(in crate::cloud::s3) bucket: String,
    pub(in crate::cloud::s3) key: String,
    pub(in crate::cloud::s3) condition: WriteIf,
    pub(in crate::cloud::s3) details: Details,
    pub(in crate::cloud::s3) lock: Lock,
    /// Whether the request has a digest of its body, which a locked version requires.
    pub(in crate::cloud::s3) digested: bool,
    pub(in crate::cloud::s3) size: u64,
    pub(in crate::cloud::s3) etag: String,
    pub(in crate::cloud::s3) content: Content,
}

/// A copy to create.
pub(super) struct Copy {
    pub(super) source: Version,
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) details: Details,
    pub(super) lock: Lock,
}

/// The result of a put.
pub(in crate::cloud::s3) struct Put {
    /// `None` in a bucket that never had versioning.
    pub(in crate::cloud::s3) version: Option<String>,
    pub(in crate::cloud::s3) modified_at: i64,
}

impl Index {
    /// Puts an object.
    ///
    /// # Errors
    /// `NoSuchBucket`, and those of its preconditions and locks. Nothing is changed then.
    pub(in crate::cloud::s3) fn put(&mut self, new: New) -> Done<Put> {
        let transaction = self.connection.transaction()?;
        let (put, removed) = insert(&transaction, &new)?;
        transaction.commit()?;
        new.content.keep();
        self.remove_files(&removed);
        Ok(put)
    }

    /// Copies a version that was found before. If it has been deleted in the meantime, the copy
    /// fails.
    ///
    /// # Errors
    /// As [`Self::put`].
    pub(super) fn copy(&mut self, copy: Copy) -> Done<Put> {
        let content = match &copy.source.file {
            Some(file) => Content::File(
                BodyFile::linked(&self.bodies, file)
                    .map_err(|_| s3_error!(NoSuchKey, "The specified key does not exist."))?,
            ),
            None => Content::Inline(inline_body(&self.connection, copy.source.number)?),
        };
        let new = New {
            bucket: copy.bucket,
            key: copy.key,
            condition: WriteIf::default(),
            details: copy.details,
            lock: copy.lock,
            digested: true,
            size: copy.source.size,
            etag: copy.source.etag,
            content,
        };
        self.put(new)
    }
}

/// Returns the body that is stored in the index.
pub(super) fn inline_body(connection: &Connection, number: i64) -> Done<Vec<u8>> {
    let body = connection
        .prepare_cached("SELECT body FROM bodies WHERE number = ?1")?
        .query_row(params![number], |row| row.get(0));
    Ok(body?)
}

/// Inserts a version into the index. Also returns the files of the version that it replaced.
pub(in crate::cloud::s3) fn insert(connection: &Connection, new: &New) -> Done<(Put, Vec<String>)> {
    let bucket = Bucket::load(connection, &new.bucket)?;
    let current =
        Version::find(connection, &new.bucket, &new.key, None)?.filter(|version| !version.marker);
    new.condition.check(current.as_ref())?;
    check_details(&new.details)?;
    let now = now();
    let lock = new_lock(&bucket, &new.lock, new.digested, now)?;
    let version = if bucket.keeps_versions() {
        Uuid::now_v7().simple().to_string()
    } else {
        UNVERSIONED.to_owned()
    };
    let removed = make_room(connection, &new.bucket, &new.key, &version)?;
    let (body, file) = new.content.parts();
    connection
        .prepare_cached(
            "INSERT INTO versions (bucket, key, version, latest, marker, size, etag, modified_at, details,
                                   lock_mode, locked_until, held, file)
             VALUES (?1, ?2, ?3, 1, 0, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            new.bucket,
            new.key,
            version,
            i64::try_from(new.size).unwrap_or(i64::MAX),
            new.etag,
            now,
            serde_json::to_string(&new.details)?,
            lock.mode,
            lock.until,
            lock.held,
            file
        ])?;
    if let Some(body) = body {
        let number = connection.last_insert_rowid();
        connection
            .prepare_cached("INSERT INTO bodies VALUES (?1, ?2)")?
            .execute(params![number, body])?;
    }
    Ok((
        Put { version: bucket.versioning.map(|_| version), modified_at: now },
        removed.into_iter().collect(),
    ))
}

/// Makes the latest version an older one, and removes the version with the same ID. Returns that
/// one's file.
pub(super) fn make_room(
    connection: &Connection,
    bucket: &str,
    key: &str,
    version: &str,
) -> Done<Option<String>> {
    let replaced = if version == UNVERSIONED {
        Version::find(connection, bucket, key, Some(version))?
    } else {
        None
    };
    if let Some(replaced) = &replaced {
        forget(connection, replaced.number)?;
    }
    connection
        .prepare_cached(
            "UPDATE versions SET latest = 0 WHERE bucket = ?1 AND key = ?2 AND latest = 1",
        )?
        .execute(params![bucket, key])?;
    Ok(replaced.and_then(|replaced| replaced.file))
}

/// Deletes a version and its body in the index.
pub(super) fn forget(connection: &Connection, number: i64) -> Done<()> {
    connection
        .prepare_cached("DELETE FROM versions WHERE number = ?1")?
        .execute(params![number])?;
    connection.prepare_cached("DELETE FROM bodies WHERE number = ?1")?.execute(params![number])?;
    Ok(())
}

fn check_details(details: &Details) -> S3Result<()> {
    let size: usize = details.metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > MOST_METADATA {
        return Err(s3_error!(
            MetadataTooLarge,
            "Your metadata headers exceed the maximum allowed metadata size"
        ));
    }
    Ok(())
}

/// Returns the lock of a new version: the request's, or else the bucket's default.
pub(in crate::cloud::s3) fn new_lock(
    bucket: &Bucket,
    asked: &Lock,
    digested: bool,
    now: i64,
) -> S3Result<Lock> {
    let wanted = *asked != Lock::default();
    if !bucket.lockable {
        return if wanted {
            Err(s3_error!(InvalidRequest, "Bucket is missing Object Lock Configuration"))
        } else {
            Ok(Lock::default())
        };
    }
    if asked.mode.is_some() != asked.until.is_some() {
        return Err(s3_error!(
            InvalidArgument,
            "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"
        ));
    }
    if asked.until.is_some_and(|until| until <= now) {
        return Err(s3_error!(InvalidArgument, "The retain until date must be in the future!"));
    }
    let mut lock = asked.clone();
    if lock.mode.is_none()
        && let Some(rule) = &bucket.rule
    {
        lock.mode = Some(rule.mode.clone());
        lock.until = Some(rule_ends(rule, now));
    }
    if lock != Lock::default() && !digested {
        return Err(s3_error!(
            InvalidRequest,
            "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with \
             Object Lock parameters"
        ));
    }
    Ok(lock)
}

/// Returns when a retention that begins `now` ends. S3 uses years of 365 days.
fn rule_ends(rule: &Rule, now: i64) -> i64 {
    const DAY: i64 = 24 * 60 * 60 * 1_000;
    let days =
        i64::from(rule.days.unwrap_or_default()) + 365 * i64::from(rule.years.unwrap_or_default());
    now + days * DAY
}
