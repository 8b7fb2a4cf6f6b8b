//! Deletes an object or one of its versions.

use rusqlite::{Connection, params};
use uuid::Uuid;

use super::conditions::WriteIf;
use super::put::{forget, make_room};
use crate::cloud::s3::index::version::{UNVERSIONED, Version};
use crate::cloud::s3::index::{Bucket, Done, Index, now};

/// What to delete.
pub(in crate::cloud::s3) struct Delete {
    pub(in crate::cloud::s3) key: String,
    pub(in crate::cloud::s3) version: Option<String>,
    pub(in crate::cloud::s3) condition: WriteIf,
    /// Whether the caller may bypass a retention in governance mode, and requests it.
    pub(in crate::cloud::s3) bypass_governance: bool,
}

/// What was deleted.
#[derive(Debug, Default)]
pub(super) struct Deleted {
    /// The deleted version, or the delete marker that was created.
    pub(super) version: Option<String>,
    /// Whether that is a delete marker.
    pub(super) marker: bool,
}

impl Index {
    /// Deletes one object or version. Deleting an object that does not exist is not an error.
    ///
    /// # Errors
    /// `NoSuchBucket`, `AccessDenied` for a locked version, and those of the condition.
    pub(super) fn delete(&mut self, bucket: &str, delete: &Delete) -> Done<Deleted> {
        let transaction = self.connection.transaction()?;
        let (deleted, removed) = delete_one(&transaction, bucket, delete)?;
        transaction.commit()?;
        self.remove_files(&removed);
        Ok(deleted)
    }
}

fn delete_one(
    connection: &Connection,
    name: &str,
    delete: &Delete,
) -> Done<(Deleted, Vec<String>)> {
    let bucket = Bucket::load(connection, name)?;
    let found = Version::find(connection, name, &delete.key, delete.version.as_deref())?;
    if delete.condition.matches.is_some() {
        delete.condition.check(found.as_ref().filter(|version| !version.marker))?;
    }
    if let Some(id) = &delete.version {
        let gone = Deleted {
            version: Some(id.clone()),
            marker: found.as_ref().is_some_and(|version| version.marker),
        };
        let Some(version) = found else { return Ok((gone, Vec::new())) };
        if !version.marker {
            version.lock.allows_deletion(delete.bypass_governance)?;
        }
        forget(connection, version.number)?;
        if version.latest {
            uncover(connection, name, &delete.key)?;
        }
        return Ok((gone, version.file.into_iter().collect()));
    }
    if bucket.versioning.is_none() {
        let Some(version) = found else { return Ok((Deleted::default(), Vec::new())) };
        forget(connection, version.number)?;
        return Ok((Deleted::default(), version.file.into_iter().collect()));
    }
    let marker = if bucket.keeps_versions() {
        Uuid::now_v7().simple().to_string()
    } else {
        UNVERSIONED.to_owned()
    };
    let removed = make_room(connection, name, &delete.key, &marker)?;
    connection
        .prepare_cached(
            "INSERT INTO versions (bucket, key, version, latest, marker, size, etag, modified_at, details)
             VALUES (?1, ?2, ?3, 1, 1, 0, '', ?4, '{}')",
        )?
        .execute(params![name, delete.key, marker, now()])?;
    Ok((Deleted { version: Some(marker), marker: true }, removed.into_iter().collect()))
}

/// Makes the version before the deleted one the latest.
fn uncover(connection: &Connection, bucket: &str, key: &str) -> Done<()> {
    connection
        .prepare_cached(
            "UPDATE versions SET latest = 1
             WHERE number = (SELECT number FROM versions WHERE bucket = ?1 AND key = ?2 ORDER BY number DESC LIMIT 1)",
        )?
        .execute(params![bucket, key])?;
    Ok(())
}
