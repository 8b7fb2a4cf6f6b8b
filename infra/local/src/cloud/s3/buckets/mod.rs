//! Buckets, their versioning, and their locks.

mod on_buckets;

use rusqlite::{Connection, params};
use s3s::s3_error;

use super::index::{Bucket, Done, Index, Rule, now};

impl Index {
    /// Creates a bucket.
    ///
    /// # Errors
    /// `BucketAlreadyOwnedByYou`.
    pub(super) fn create_bucket(&self, name: &str, lockable: bool) -> Done<()> {
        // A bucket with locks has versioning enabled:
        // <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html>
        let versioning = lockable.then_some("Enabled");
        let created = self
            .connection
            .prepare_cached(
                "INSERT INTO buckets (name, created_at, versioning, lockable) VALUES (?1, ?2, ?3, \
                 ?4) ON CONFLICT DO NOTHING",
            )?
            .execute(params![name, now(), versioning, lockable])?;
        if created == 0 {
            let message = "Your previous request to create the named bucket succeeded and you \
                 already own it.";
            return Err(s3_error!(BucketAlreadyOwnedByYou, "{message}").into());
        }
        Ok(())
    }

    /// Deletes a bucket with its incomplete uploads.
    ///
    /// # Errors
    /// `NoSuchBucket`; `BucketNotEmpty` while it has a version or a delete marker.
    pub(super) fn delete_bucket(&mut self, name: &str) -> Done<()> {
        let transaction = self.connection.transaction()?;
        Bucket::load(&transaction, name)?;
        let used: bool = transaction
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM versions WHERE bucket = ?1)")?
            .query_row(params![name], |row| row.get(0))?;
        if used {
            return Err(
                s3_error!(BucketNotEmpty, "The bucket you tried to delete is not empty").into()
            );
        }
        let files: Vec<String> = transaction
            .prepare_cached(
                "SELECT file FROM parts WHERE file IS NOT NULL AND upload IN (SELECT id FROM \
                 uploads WHERE bucket = ?1)",
            )?
            .query_map(params![name], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        transaction
            .prepare_cached(
                "DELETE FROM parts WHERE upload IN (SELECT id FROM uploads WHERE bucket = ?1)",
            )?
            .execute(params![name])?;
        transaction
            .prepare_cached("DELETE FROM uploads WHERE bucket = ?1")?
            .execute(params![name])?;
        transaction
            .prepare_cached("DELETE FROM buckets WHERE name = ?1")?
            .execute(params![name])?;
        transaction.commit()?;
        self.remove_files(&files);
        Ok(())
    }

    /// Returns the bucket with that name.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub(super) fn bucket(&self, name: &str) -> Done<Bucket> {
        Bucket::load(&self.connection, name)
    }

    /// Returns the names of all buckets that begin with `prefix`, with their creation times.
    pub(super) fn buckets(&self, prefix: &str) -> Done<Vec<(String, i64)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT name, created_at FROM buckets WHERE substr(name, 1, \
                 length(?1)) = ?1 ORDER BY name",
        )?;
        let rows = statement.query_map(params![prefix], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Enables or suspends versioning.
    ///
    /// # Errors
    /// `NoSuchBucket`; `InvalidBucketState` when versioning of a bucket with locks is suspended.
    pub(super) fn set_versioning(&self, name: &str, status: &str) -> Done<()> {
        let bucket = self.bucket(name)?;
        if bucket.lockable && status != "Enabled" {
            let message = "An Object Lock configuration is present on this bucket, so the \
                 versioning state cannot be changed.";
            return Err(s3_error!(InvalidBucketState, "{message}").into());
        }
        set(
            &self.connection,
            "UPDATE buckets SET versioning = ?2 WHERE name = ?1",
            params![name, status],
        )
    }

    /// Enables locks, and sets or removes the default retention.
    ///
    /// # Errors
    /// `NoSuchBucket`; `InvalidBucketState` if versioning is not enabled; `MalformedXML` for a rule
    /// with an unknown mode or without a valid period.
    pub(super) fn set_lock(&self, name: &str, rule: Option<&Rule>) -> Done<()> {
        let bucket = self.bucket(name)?;
        if !bucket.keeps_versions() {
            let message =
                "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration";
            return Err(s3_error!(InvalidBucketState, "{message}").into());
        }
        if let Some(rule) = rule {
            let modes = ["GOVERNANCE", "COMPLIANCE"];
            let lengths = [rule.days, rule.years];
            let one = lengths.iter().flatten().count() == 1
                && lengths.iter().flatten().all(|length| *length > 0);
            if !modes.contains(&rule.mode.as_str()) || !one {
                let message = "The XML you provided was not well-formed or did not validate \
                     against our published schema";
                return Err(s3_error!(MalformedXML, "{message}").into());
            }
        }
        let (mode, days, years) = match rule {
            Some(rule) => (Some(&rule.mode), rule.days, rule.years),
            None => (None, None, None),
        };
        set(
            &self.connection,
            "UPDATE buckets SET lockable = 1, lock_mode = ?2, lock_days = ?3, lock_years = ?4 \
             WHERE name = ?1",
            params![name, mode, days, years],
        )
    }
}

fn set(connection: &Connection, sql: &str, values: &[&dyn rusqlite::ToSql]) -> Done<()> {
    connection.prepare_cached(sql)?.execute(values)?;
    Ok(())
}
