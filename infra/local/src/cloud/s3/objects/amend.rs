//! Changes to an existing version: its tags, its retention, its legal hold.

use std::collections::BTreeMap;

use rusqlite::params;
use s3s::s3_error;

use super::read::{Found, Wanted};
use crate::cloud::s3::index::version::Lock;
use crate::cloud::s3::index::{Bucket, Done, Index, now};

impl Index {
    /// Replaces the tags of a version. Returns the version's ID.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub(super) fn set_tags(
        &self,
        wanted: &Wanted,
        tags: BTreeMap<String, String>,
    ) -> Done<Option<String>> {
        let Found { mut version, version_id } = self.find(wanted)?;
        version.details.tags = tags;
        self.connection
            .prepare_cached("UPDATE versions SET details = ?2 WHERE number = ?1")?
            .execute(params![version.number, serde_json::to_string(&version.details)?])?;
        Ok(version_id)
    }

    /// Finds a version in a bucket with locks.
    ///
    /// # Errors
    /// As [`Self::find`], and `InvalidRequest` if the bucket has no locks.
    pub(super) fn lockable(&self, wanted: &Wanted) -> Done<Found> {
        if !Bucket::load(&self.connection, &wanted.bucket)?.lockable {
            return Err(
                s3_error!(InvalidRequest, "Bucket is missing Object Lock Configuration").into()
            );
        }
        self.find(wanted)
    }

    /// Sets the retention of a version. It can't be shortened unless a governance retention may be
    /// bypassed.
    ///
    /// # Errors
    /// As [`Self::lockable`]; `AccessDenied` if it would be shortened; `InvalidArgument` for a time
    /// in the past.
    pub(super) fn retain(
        &self,
        wanted: &Wanted,
        mode: Option<&str>,
        until: Option<i64>,
        bypass_governance: bool,
    ) -> Done<()> {
        let version = self.lockable(wanted)?.version;
        let weaker =
            version.lock.mode.as_deref() == Some("COMPLIANCE") && mode != Some("COMPLIANCE");
        let shorter = until.unwrap_or_default() < version.lock.until.unwrap_or_default();
        if (weaker || shorter) && version.lock.retains(bypass_governance) {
            return Err(s3_error!(
                AccessDenied,
                "Access Denied because object protected by object lock."
            )
            .into());
        }
        if mode.is_some() && until.is_none_or(|until| until <= now()) {
            return Err(
                s3_error!(InvalidArgument, "The retain until date must be in the future!").into()
            );
        }
        self.connection
            .prepare_cached(
                "UPDATE versions SET lock_mode = ?2, locked_until = ?3 WHERE number = ?1",
            )?
            .execute(params![version.number, mode, mode.and(until)])?;
        Ok(())
    }

    /// Sets or removes a legal hold.
    ///
    /// # Errors
    /// As [`Self::lockable`].
    pub(super) fn hold(&self, wanted: &Wanted, held: bool) -> Done<()> {
        let version = self.lockable(wanted)?.version;
        self.connection
            .prepare_cached("UPDATE versions SET held = ?2 WHERE number = ?1")?
            .execute(params![version.number, held])?;
        Ok(())
    }

    /// Returns the lock of a version.
    ///
    /// # Errors
    /// As [`Self::lockable`].
    pub(super) fn lock(&self, wanted: &Wanted) -> Done<Lock> {
        Ok(self.lockable(wanted)?.version.lock)
    }
}
