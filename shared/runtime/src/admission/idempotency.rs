//! `Idempotency-Key`: a repeated POST gets its first answer.
//!
//! The answer is kept in the transaction that makes the change, so there is no moment in which one
//! exists without the other, and parallel repetitions need no lock: one transaction wins, the
//! others find its record. Nothing is read in advance either. The handler just runs; only when it
//! is refused, for whatever reason, is the record looked for. A first request therefore costs no
//! extra call, and a repetition whose order of things has moved on (the product is archived by now,
//! say) still gets its answer.
//!
//! Only a hash of the key is stored, and the answer is sealed under a key derived from it: whoever
//! reads the table learns neither.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use builder_store::commit::IdempotencyRecord;
use builder_store::document;
use builder_store::error::Error;
use builder_store::keys;
use builder_store::table::{Item, Table, number};
use hkdf::Hkdf;
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::response::problem::Problem;
use crate::response::reply::{Answer, Body};

/// How long an answer is kept, in seconds: 24 h.
const LIFE: i64 = 24 * 3600;
const NONCE_BYTES: usize = 12;

/// A request's claim to its key.
#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) key_hash: String,
    secret: [u8; 32],
    pub(crate) fingerprint: Vec<u8>,
    /// Tells this run of the request from others, where only one may run at a time.
    pub(crate) lease: Option<String>,
}

/// The first line of an answer as it is sealed; the body follows as it is, if there is one.
#[derive(Serialize, Deserialize)]
struct StoredHead {
    status: u16,
    headers: Vec<(String, String)>,
}

impl Claim {
    /// The claim of a request: `scope` is the caller and the route, `key` the header as sent.
    ///
    /// # Errors
    /// 400 when the key is not 1 to 255 visible characters.
    pub(crate) fn new(scope: &str, key: &str, path: &str, body: &[u8]) -> Result<Self, Problem> {
        if key.is_empty() || key.len() > 255 || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "invalid-idempotency-key",
                "The Idempotency-Key header must have 1 to 255 visible ASCII characters.",
            ));
        }
        let scoped = format!("{}:{scope}{key}", scope.len());
        let key_hash = hex::encode(Sha256::digest(scoped.as_bytes()));
        let mut secret = [0; 32];
        Hkdf::<Sha256>::new(Some(scope.as_bytes()), key.as_bytes())
            .expand(b"idempotency", &mut secret)
            .map_err(|error| Error::internal(error.to_string()))?;
        let mut fingerprint = Sha256::new();
        fingerprint.update(secret);
        fingerprint.update((path.len() as u64).to_be_bytes());
        fingerprint.update(path.as_bytes());
        fingerprint.update(body);
        Ok(Self { key_hash, secret, fingerprint: fingerprint.finalize().to_vec(), lease: None })
    }

    /// The record that keeps `answer`.
    pub(crate) fn record(
        &self,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<IdempotencyRecord, Error> {
        let head = StoredHead { status: answer.status.as_u16(), headers: answer.headers.clone() };
        let mut kept = serde_json::to_string(&head).map_err(Error::internal)?;
        match &answer.body {
            Body::Text(text) => {
                kept.push('\n');
                kept.push_str(text);
            }
            Body::Empty => {}
            Body::Bytes(_) => {
                return Err(Error::internal("a POST returned bytes, which can't be stored"));
            }
        }
        let clear = document::encode(&kept)?;
        let payload = Payload { msg: &clear, aad: self.key_hash.as_bytes() };
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|error| Error::internal(error.to_string()))?;
        let sealed = self
            .cipher()
            .encrypt(&nonce.into(), payload)
            .map_err(|_| Error::internal("could not encrypt a response"))?;
        let sealed_reply = [nonce.as_slice(), &sealed].concat();
        Ok(IdempotencyRecord {
            key_hash: self.key_hash.clone(),
            fingerprint: self.fingerprint.clone(),
            sealed_reply,
            expires_at: now.as_second() + LIFE,
            lease: self.lease.clone(),
        })
    }

    /// Where the answer is kept.
    pub(crate) fn record_key(&self) -> keys::Key {
        keys::idempotency(&self.key_hash)
    }

    /// The answer that an earlier request under this key got.
    ///
    /// # Errors
    /// 422 when that was another request; what reading the table gives.
    pub(crate) async fn find(
        &self,
        table: &Table,
        now: Timestamp,
    ) -> Result<Option<Answer>, Problem> {
        let Some(item) = table.get(&keys::idempotency(&self.key_hash)).await? else {
            return Ok(None);
        };
        if number(&item, "expiresAt").is_none_or(|expires| expires < now.as_second()) {
            return Ok(None);
        }
        self.answer_in(&item)
    }

    /// The answer in a record, unless the request is still running.
    ///
    /// # Errors
    /// 422 when that was another request.
    pub(crate) fn answer_in(&self, item: &Item) -> Result<Option<Answer>, Problem> {
        let bytes = |name: &str| {
            item.get(name).and_then(|value| value.as_b().ok()).map(|blob| blob.as_ref().to_vec())
        };
        if bytes("fingerprint").as_deref() != Some(&self.fingerprint) {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "This Idempotency-Key was used for another request. Use a new key for each \
                 request.",
            ));
        }
        let Some(sealed) = bytes("reply") else { return Ok(None) };
        let kept = self
            .open(&sealed)
            .ok_or_else(|| Error::internal("could not decrypt a stored response"))?;
        Ok(Some(kept))
    }

    fn open(&self, sealed: &[u8]) -> Option<Answer> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
        let payload = Payload { msg: sealed, aad: self.key_hash.as_bytes() };
        let clear = self.cipher().decrypt(&nonce.into(), payload).ok()?;
        let kept = document::decode(&clear).ok()?;
        let (head, body) = match kept.split_once('\n') {
            Some((head, body)) => (head, Body::Text(body.to_owned())),
            None => (kept.as_str(), Body::Empty),
        };
        let head: StoredHead = serde_json::from_str(head).ok()?;
        Some(Answer {
            status: StatusCode::from_u16(head.status).ok()?,
            headers: head.headers,
            body,
        })
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&self.secret.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Answer {
        Answer {
            status: StatusCode::CREATED,
            headers: vec![("location".into(), "/api/v1/orders/1".into())],
            body: Body::Text("{\"data\":1}".into()),
        }
    }

    #[test]
    fn a_kept_answer_opens_under_its_own_key_only() {
        let now = Timestamp::UNIX_EPOCH;
        let claim = Claim::new("usr_1 place-order", "k", "/x", b"{}").unwrap();
        let record = claim.record(&answer(), now).unwrap();
        assert_eq!(claim.open(&record.sealed_reply), Some(answer()));
        let stored = format!("{:?}{}", record.sealed_reply, record.key_hash);
        assert!(!stored.contains("location"));
        for other in [
            Claim::new("usr_2 place-order", "k", "/x", b"{}"),
            Claim::new("usr_1 place-order", "K", "/x", b"{}"),
        ] {
            let other = other.unwrap();
            assert_eq!(other.open(&record.sealed_reply), None);
            assert_ne!(other.key_hash, record.key_hash);
        }
    }

    #[test]
    fn another_body_or_path_is_another_request() {
        let claim = |path: &str, body: &[u8]| Claim::new("s", "k", path, body).unwrap().fingerprint;
        assert_eq!(claim("/a", b"{}"), claim("/a", b"{}"));
        assert_ne!(claim("/a", b"{}"), claim("/a", b"{ }"));
        assert_ne!(claim("/a", b"{}"), claim("/b", b"{}"));
    }

    #[test]
    fn keys_are_1_to_255_visible_characters() {
        for bad in ["", " ", "a b", "ä", &"x".repeat(256)] {
            assert!(Claim::new("s", bad, "/", b"").is_err(), "{bad}");
        }
        assert!(Claim::new("s", &"x".repeat(255), "/", b"").is_ok());
    }
}
