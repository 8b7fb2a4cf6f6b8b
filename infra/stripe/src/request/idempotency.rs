//! Idempotency keys (API reference, "Idempotent requests").

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::params::Params;
use crate::error::ApiError;

/// How long a response is saved.
const KEPT_FOR_MS: i64 = 24 * 60 * 60 * 1_000;

/// The maximum length of a key.
const LONGEST: usize = 255;

/// The response of an executed call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Saved {
    pub(crate) key: String,
    /// A fingerprint of the call.
    pub(crate) fingerprint: String,
    /// The `Request-Id` of the call.
    pub(crate) request: String,
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) at_ms: i64,
}

impl Saved {
    /// Returns whether it has not expired.
    pub(crate) fn holds(&self, now_ms: i64) -> bool {
        now_ms < self.at_ms + KEPT_FOR_MS
    }
}

/// A key and a fingerprint of its call.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) key: String,
    pub(crate) fingerprint: String,
}

impl Key {
    /// Validates a key.
    ///
    /// # Errors
    /// If it is empty or too long.
    pub(crate) fn new(key: &str, path: &str, params: &Params) -> Result<Self, ApiError> {
        if key.is_empty() {
            return Err(ApiError::invalid("Idempotency Key must be a non-empty string."));
        }
        if key.len() > LONGEST {
            return Err(ApiError::invalid(format!(
                "Idempotency keys are limited to {LONGEST} characters; this one has {}.",
                key.len()
            )));
        }
        let digest = Sha256::new()
            .chain_update(path)
            .chain_update([0])
            .chain_update(params.canonical())
            .finalize();
        Ok(Self { key: key.to_owned(), fingerprint: hex::encode(digest) })
    }
}
