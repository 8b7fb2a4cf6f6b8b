//! Signed heads of the feed, stored where they can't be changed.
//!
//! A head states that the feed had this many events, and this link. The link covers all of them, so
//! a head in a bucket with Object Lock shows later whether any earlier event has been changed or
//! removed, even by someone who can write to the table.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::DisplayErrorContext;
use aws_sdk_s3::primitives::ByteStream;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use futures::future::try_join_all;
use hkdf::Hkdf;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::event::chain::Link;
use crate::feed::Head;

/// The HKDF context of the key. Other uses of the secret would have their own contexts.
const CONTEXT: &[u8] = b"builder-api/audit-head/ed25519/v1";
/// The prefix of the heads' names.
const PREFIX: &str = "heads/";
/// The number of heads that are read at once.
const AT_ONCE: usize = 20;

/// The key that signs heads.
pub struct HeadKey(SigningKey);

impl HeadKey {
    /// Derives the key from a secret text.
    ///
    /// # Errors
    /// [`Error::Internal`] when HKDF fails, which it does only for outputs far longer than this.
    pub fn derive(secret: &str) -> Result<Self> {
        let mut seed = Zeroizing::new([0; 32]);
        let stretched = Hkdf::<Sha256>::new(None, secret.as_bytes()).expand(CONTEXT, seed.as_mut());
        stretched.map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    fn public(&self) -> VerifyingKey {
        self.0.verifying_key()
    }
}

/// A head of the feed and its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignedHead {
    /// The number of events in the feed.
    pub position: u64,
    /// The link of the last event.
    pub link: Link,
    /// When the head was signed.
    pub at: Timestamp,
    /// The Ed25519 public key, in base64.
    pub public_key: String,
    /// The signature of [`Link::statement`], in base64.
    pub signature: String,
}

impl SignedHead {
    /// Signs a head.
    #[must_use]
    pub fn sign(head: Head, at: Timestamp, key: &HeadKey) -> Self {
        let Head { position, link } = head;
        let signature = STANDARD.encode(key.0.sign(&link.statement(position, at)).to_bytes());
        Self { position, link, at, public_key: STANDARD.encode(key.public().as_bytes()), signature }
    }

    /// Returns whether the holder of `key` has signed exactly this head.
    #[must_use]
    pub fn is_signed_by(&self, key: &HeadKey) -> bool {
        let signature = STANDARD
            .decode(&self.signature)
            .ok()
            .and_then(|bytes| Signature::from_slice(&bytes).ok());
        signature.is_some_and(|signature| {
            key.public()
                .verify_strict(&self.link.statement(self.position, self.at), &signature)
                .is_ok()
        })
    }
}

/// The bucket of the heads.
pub struct Heads {
    client: Client,
    bucket: String,
}

impl Heads {
    /// Returns the heads in this bucket.
    #[must_use]
    pub fn new(client: Client, bucket: &str) -> Self {
        Self { client, bucket: bucket.to_owned() }
    }

    /// Stores a head. Positions in names have twelve digits, so that names sort as positions do.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when S3 didn't store it.
    pub async fn put(&self, head: &SignedHead) -> Result<()> {
        let body = serde_json::to_vec(head).map_err(Error::internal)?;
        let name = format!("{PREFIX}{:012}.json", head.position);
        let request = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(name)
            .content_type("application/json");
        request.body(ByteStream::from(body)).send().await.map(drop).map_err(failed)
    }

    /// Reads all heads, in the order of their positions. An object that isn't a valid head is
    /// returned as an `Err` with its name.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when S3 didn't respond.
    pub async fn all(&self) -> Result<Vec<std::result::Result<SignedHead, String>>> {
        let mut names = Vec::new();
        let mut pages = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(PREFIX)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            names.extend(
                page.map_err(failed)?
                    .contents
                    .unwrap_or_default()
                    .into_iter()
                    .filter_map(|object| object.key),
            );
        }
        let mut heads = Vec::with_capacity(names.len());
        for names in names.chunks(AT_ONCE) {
            heads.extend(try_join_all(names.iter().map(|name| self.get(name))).await?);
        }
        Ok(heads)
    }

    async fn get(&self, name: &str) -> Result<std::result::Result<SignedHead, String>> {
        let object =
            self.client.get_object().bucket(&self.bucket).key(name).send().await.map_err(failed)?;
        let body = object.body.collect().await.map_err(|error| Error::Unavailable(error.into()))?;
        Ok(serde_json::from_slice(&body.into_bytes()).map_err(|_| name.to_owned()))
    }
}

fn failed<E: std::error::Error + Send + Sync + 'static>(error: E) -> Error {
    Error::Unavailable(DisplayErrorContext(error).to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_heads_have_invalid_signatures() {
        let key = HeadKey::derive("one").unwrap();
        let head = Head { position: 7, link: Link::NONE.join(7, Link::NONE) };
        let signed = SignedHead::sign(head, "2026-11-21T01:00:00.5Z".parse().unwrap(), &key);
        let stored: SignedHead =
            serde_json::from_str(&serde_json::to_string(&signed).unwrap()).unwrap();
        assert!(stored.is_signed_by(&key));
        assert!(!stored.is_signed_by(&HeadKey::derive("two").unwrap()));
        assert!(!SignedHead { position: 8, ..stored.clone() }.is_signed_by(&key));
        assert!(!SignedHead { link: Link::NONE, ..stored.clone() }.is_signed_by(&key));
        assert!(!SignedHead { at: Timestamp::UNIX_EPOCH, ..stored.clone() }.is_signed_by(&key));
        assert!(!SignedHead { signature: String::new(), ..stored }.is_signed_by(&key));
    }
}
