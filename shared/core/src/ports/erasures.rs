//! Records of erasures, stored outside the backups.
//!
//! A backup from before an erasure contains the person's data again. Each erasure therefore writes
//! an object next to the audit trail's heads, with only the user's ID, and after a restore all of
//! them are applied again.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use builder_store::aws::outcome;
use builder_store::error::{Error, Result};
use builder_store::id::UserId;

/// The prefix of the records' names.
const PREFIX: &str = "erasures/";

/// The bucket of the records.
pub struct Erasures {
    client: Client,
    bucket: String,
}

impl Erasures {
    /// Returns the records in this bucket.
    #[must_use]
    pub fn new(client: Client, bucket: &str) -> Self {
        Self { client, bucket: bucket.to_owned() }
    }

    /// Records that a person was erased. This is idempotent.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if S3 didn't store it.
    pub async fn record(&self, user: UserId) -> Result<()> {
        let request = self.client.put_object().bucket(&self.bucket).key(format!("{PREFIX}{user}"));
        request.body(ByteStream::from_static(b"")).send().await.map(drop).map_err(outcome)
    }

    /// Returns all erased users, in the order of their IDs.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if S3 didn't respond; [`Error::Internal`] if an object isn't a valid
    /// record.
    pub async fn all(&self) -> Result<Vec<UserId>> {
        let mut users = Vec::new();
        let mut pages = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(PREFIX)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            for object in page.map_err(outcome)?.contents.unwrap_or_default() {
                let name = object.key.unwrap_or_default();
                users.push(name.trim_start_matches(PREFIX).parse().map_err(Error::internal)?);
            }
        }
        Ok(users)
    }
}
