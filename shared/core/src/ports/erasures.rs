//! Who has been erased, recorded where a restored backup doesn't reach.
//!
//! A backup from before an erasure brings the person back. So each erasure leaves an object beside
//! the audit trail's heads, with the user's id and nothing else, and after a restore all of them
//! are applied again.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use builder_store::aws::outcome;
use builder_store::error::{Error, Result};
use builder_store::id::UserId;

/// What the names of records begin with.
const PREFIX: &str = "erasures/";

/// The bucket that holds them.
pub struct Erasures {
    client: Client,
    bucket: String,
}

impl Erasures {
    /// The records in this bucket.
    #[must_use]
    pub fn new(client: Client, bucket: &str) -> Self {
        Self { client, bucket: bucket.to_owned() }
    }

    /// Records that a person has been erased. Doing so twice changes nothing.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when S3 did not take it.
    pub async fn record(&self, user: UserId) -> Result<()> {
        let request = self.client.put_object().bucket(&self.bucket).key(format!("{PREFIX}{user}"));
        request.body(ByteStream::from_static(b"")).send().await.map(drop).map_err(outcome)
    }

    /// Everybody who has been erased, in the order of their ids.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when S3 did not answer; [`Error::Internal`] when a record is not one of
    /// ours.
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
