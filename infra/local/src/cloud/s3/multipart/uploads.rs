//! Uploads in parts.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>

use std::io::{Read, Write};

use rusqlite::{Connection, OptionalExtension, params};
use s3s::crypto::{Checksum as _, Md5};
use s3s::{S3Error, s3_error};
use uuid::Uuid;

use crate::cloud::s3::index::version::{Details, Lock};
use crate::cloud::s3::index::{Bucket, Done, Index, now};
use crate::cloud::s3::objects::conditions::WriteIf;
use crate::cloud::s3::objects::put::{New, Put, insert, new_lock};
use crate::cloud::s3::objects::read::Opened;
use crate::cloud::s3::objects::receive::{BodyFile, Content, INLINE, Received};

/// The minimum size of every part but the last, in bytes.
const SMALLEST_PART: u64 = 5 * 1024 * 1024;

/// Identifies an upload in a request.
#[derive(Clone, Debug)]
pub(super) struct UploadId {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) id: String,
}

/// An uploaded part.
#[derive(Clone, Debug)]
pub(super) struct PartLine {
    pub(super) number: i32,
    pub(super) size: u64,
    pub(super) etag: String,
    pub(super) modified_at: i64,
}

/// An upload that was neither completed nor aborted.
#[derive(Clone, Debug)]
pub(super) struct UploadLine {
    pub(super) key: String,
    pub(super) id: String,
    pub(super) started_at: i64,
}

/// An upload as it was started.
struct Upload {
    details: Details,
    lock: Lock,
}

impl Index {
    /// Starts an upload. Returns its ID.
    ///
    /// # Errors
    /// `NoSuchBucket`, and those of the lock.
    pub(super) fn start_upload(
        &self,
        bucket: &str,
        key: &str,
        details: &Details,
        lock: &Lock,
    ) -> Done<String> {
        let found = Bucket::load(&self.connection, bucket)?;
        new_lock(&found, lock, true, now())?;
        let id = Uuid::now_v7().simple().to_string();
        self.connection
            .prepare_cached("INSERT INTO uploads VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?
            .execute(params![
                id,
                bucket,
                key,
                serde_json::to_string(details)?,
                lock.mode,
                lock.until,
                lock.held,
                now()
            ])?;
        Ok(id)
    }

    /// Stores a part, replacing an earlier one with the same number. Returns its ETag.
    ///
    /// # Errors
    /// `NoSuchUpload`.
    pub(super) fn put_part(
        &mut self,
        upload: &UploadId,
        number: i32,
        received: Received,
    ) -> Done<String> {
        let transaction = self.connection.transaction()?;
        load(&transaction, upload)?;
        let earlier: Option<Option<String>> = transaction
            .prepare_cached("SELECT file FROM parts WHERE upload = ?1 AND number = ?2")?
            .query_row(params![upload.id, number], |row| row.get(0))
            .optional()?;
        let etag = hex::encode(received.md5);
        let (body, file) = received.content.parts();
        transaction
            .prepare_cached("INSERT OR REPLACE INTO parts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute(params![
                upload.id,
                number,
                i64::try_from(received.size).unwrap_or(i64::MAX),
                etag,
                now(),
                body,
                file
            ])?;
        transaction.commit()?;
        received.content.keep();
        self.remove_files(&earlier.flatten().into_iter().collect::<Vec<_>>());
        Ok(etag)
    }

    /// Returns the parts with numbers above `after`.
    ///
    /// # Errors
    /// `NoSuchUpload`.
    pub(super) fn parts(&self, upload: &UploadId, after: i32, most: usize) -> Done<Vec<PartLine>> {
        load(&self.connection, upload)?;
        let mut statement = self.connection.prepare_cached(
            "SELECT number, size, etag, modified_at FROM parts WHERE upload = ?1 AND number > ?2 \
             ORDER BY number LIMIT ?3",
        )?;
        let rows = statement.query_map(
            params![upload.id, after, i64::try_from(most).unwrap_or(i64::MAX)],
            |row| {
                let size = u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default();
                Ok(PartLine {
                    number: row.get(0)?,
                    size,
                    etag: row.get(2)?,
                    modified_at: row.get(3)?,
                })
            },
        )?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns the uploads of keys with a prefix, after a key and an ID.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub(super) fn uploads(
        &self,
        bucket: &str,
        prefix: &str,
        after: (&str, &str),
        most: usize,
    ) -> Done<Vec<UploadLine>> {
        Bucket::load(&self.connection, bucket)?;
        let mut statement = self.connection.prepare_cached(
            "SELECT key, id, started_at FROM uploads
             WHERE bucket = ?1 AND substr(key, 1, length(?2)) = ?2 AND (key, id) > (?3, ?4) ORDER BY key, id LIMIT ?5",
        )?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![bucket, prefix, after.0, after.1, most], |row| {
            Ok(UploadLine { key: row.get(0)?, id: row.get(1)?, started_at: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Aborts an upload and removes its parts.
    ///
    /// # Errors
    /// `NoSuchUpload`.
    pub(super) fn abort_upload(&mut self, upload: &UploadId) -> Done<()> {
        let transaction = self.connection.transaction()?;
        load(&transaction, upload)?;
        let files = forget_upload(&transaction, &upload.id)?;
        transaction.commit()?;
        self.remove_files(&files);
        Ok(())
    }

    /// Returns the bodies of the parts that are to be joined, in order, with their ETags.
    ///
    /// # Errors
    /// `NoSuchUpload`, `InvalidPart`, `InvalidPartOrder`, `EntityTooSmall`.
    pub(super) fn chosen_parts(
        &self,
        upload: &UploadId,
        chosen: &[(i32, Option<String>)],
    ) -> Done<Vec<(String, Opened)>> {
        load(&self.connection, upload)?;
        if !chosen.is_sorted_by(|one, next| one.0 < next.0) {
            let message = "The list of parts was not in ascending order. Parts list must be \
                 specified in order by part number.";
            return Err(s3_error!(InvalidPartOrder, "{message}").into());
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT size, etag, body, file FROM parts WHERE upload = ?1 AND number = ?2",
        )?;
        let mut parts = Vec::with_capacity(chosen.len());
        for (place, (number, wanted)) in chosen.iter().enumerate() {
            let row = statement
                .query_row(params![upload.id, number], |row| {
                    let (size, etag) = (row.get::<_, i64>(0)?, row.get::<_, String>(1)?);
                    Ok((
                        size,
                        etag,
                        row.get::<_, Option<Vec<u8>>>(2)?,
                        row.get::<_, Option<String>>(3)?,
                    ))
                })
                .optional()?;
            let Some((size, etag, body, file)) =
                row.filter(|(_, etag, ..)| wanted.as_ref().is_none_or(|wanted| wanted == etag))
            else {
                return Err(invalid_part().into());
            };
            if place + 1 < chosen.len()
                && u64::try_from(size).is_ok_and(|size| size < SMALLEST_PART)
            {
                return Err(s3_error!(
                    EntityTooSmall,
                    "Your proposed upload is smaller than the minimum allowed size"
                )
                .into());
            }
            let opened = match (body, file) {
                (Some(body), _) => Opened::Inline(body.into()),
                (None, Some(file)) => Opened::File(std::fs::File::open(self.bodies.join(file))?),
                (None, None) => return Err(invalid_part().into()),
            };
            parts.push((etag, opened));
        }
        Ok(parts)
    }

    /// Creates an object from the joined parts, and ends the upload.
    ///
    /// # Errors
    /// `NoSuchUpload`, if it has ended in the meantime, and those of [`Self::put`].
    pub(super) fn complete_upload(
        &mut self,
        upload: &UploadId,
        condition: WriteIf,
        joined: Joined,
    ) -> Done<Put> {
        let transaction = self.connection.transaction()?;
        let started = load(&transaction, upload)?;
        let new = New {
            bucket: upload.bucket.clone(),
            key: upload.key.clone(),
            condition,
            details: started.details,
            lock: started.lock,
            digested: true,
            size: joined.size,
            etag: joined.etag,
            content: joined.content,
        };
        let (put, mut removed) = insert(&transaction, &new)?;
        removed.extend(forget_upload(&transaction, &upload.id)?);
        transaction.commit()?;
        new.content.keep();
        self.remove_files(&removed);
        Ok(put)
    }
}

/// The parts of an upload as one body.
pub(super) struct Joined {
    content: Content,
    size: u64,
    etag: String,
}

impl Joined {
    pub(super) fn etag(&self) -> &str {
        &self.etag
    }
}

/// Concatenates the parts.
///
/// # Errors
/// If a file can't be read or written.
pub(in crate::cloud::s3) fn join(
    bodies: &std::path::Path,
    parts: Vec<(String, Opened)>,
) -> std::io::Result<Joined> {
    let mut digest = Md5::new();
    let count = parts.len();
    let mut size = 0;
    let (name, mut file) = BodyFile::create(bodies)?;
    for (etag, part) in parts {
        digest.update(&hex::decode(&etag).map_err(std::io::Error::other)?);
        size += match part {
            Opened::Inline(body) => file.write_all(&body).map(|()| body.len() as u64)?,
            Opened::File(mut part) => std::io::copy(&mut part, &mut file)?,
        };
    }
    let content = if size > INLINE as u64 {
        Content::File(name)
    } else {
        drop(file);
        let mut body = Vec::new();
        std::fs::File::open(bodies.join(name.name()))?.read_to_end(&mut body)?;
        Content::Inline(body)
    };
    Ok(Joined { content, size, etag: format!("{}-{count}", hex::encode(digest.finalize())) })
}

fn load(connection: &Connection, upload: &UploadId) -> Done<Upload> {
    let row: Option<(String, Lock)> = connection
        .prepare_cached(
            "SELECT details, lock_mode, locked_until, held FROM uploads WHERE id = ?1 \
             AND bucket = ?2 AND key = ?3",
        )?
        .query_row(params![upload.id, upload.bucket, upload.key], |row| {
            Ok((row.get(0)?, Lock { mode: row.get(1)?, until: row.get(2)?, held: row.get(3)? }))
        })
        .optional()?;
    let Some((details, lock)) = row else {
        Bucket::load(connection, &upload.bucket)?;
        let message = "The specified upload does not exist. The upload ID may be invalid, or the \
             upload may have been aborted or completed.";
        return Err(s3_error!(NoSuchUpload, "{message}").into());
    };
    Ok(Upload { details: serde_json::from_str(&details)?, lock })
}

/// Deletes an upload and its parts. Returns their files.
fn forget_upload(connection: &Connection, id: &str) -> Done<Vec<String>> {
    let files = connection
        .prepare_cached("SELECT file FROM parts WHERE upload = ?1 AND file IS NOT NULL")?
        .query_map(params![id], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    connection.prepare_cached("DELETE FROM parts WHERE upload = ?1")?.execute(params![id])?;
    connection.prepare_cached("DELETE FROM uploads WHERE id = ?1")?.execute(params![id])?;
    Ok(files)
}

fn invalid_part() -> S3Error {
    s3_error!(
        InvalidPart,
        "One or more of the specified parts could not be found. The part may not have been \
         uploaded, or the specified entity tag may not match the part's entity tag."
    )
}
