//! The lock on the origin: behind a content delivery network (`infra/edge.yaml`), only what comes
//! through it is answered.
//!
//! API Gateway's own address can't be hidden, so the edge proves itself by a secret header.
//! Functions are given only the SHA-256 of the secrets they accept: no call to read one, and
//! nothing secret in an environment. The secret is random and long, so its hash says nothing of it.
//! Two are accepted while one takes the other's place.
//!
//! Beside that proof, and nowhere else, the address that the edge saw is the client's.

use builder_store::config::{Env, EnvError};
use http::{HeaderMap, StatusCode};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::admission::viewer_address;
use crate::response::problem::Problem;

/// The variable that holds the hashes, or [`OPEN`]. It must be set: one that was forgotten is no
/// open door.
const VARIABLE: &str = "ORIGIN_LOCK";
/// Its value where there is no edge.
const OPEN: &str = "none";
/// What carries the edge's secret. The edge puts its own in the place of one that a client sent.
const PROOF: &str = "x-origin-verify";
/// Whom the edge was asked by.
const VIEWER: &str = "cloudfront-viewer-address";
/// A shorter proof proves nothing, whatever its hash: somebody has hashed an empty text by mistake.
const SHORTEST_PROOF: usize = 32;

/// Which secrets prove that a request came through the edge; none where there is no edge.
#[derive(Debug)]
pub(crate) struct OriginLock(Vec<[u8; 32]>);

impl OriginLock {
    /// Reads the environment: `none`, or one or more SHA-256 in hexadecimal, separated by commas.
    ///
    /// # Errors
    /// [`EnvError`] when the variable is missing or is something else.
    pub(crate) fn of(env: &Env) -> Result<Self, EnvError> {
        let value = env.require(VARIABLE)?;
        if value == OPEN {
            return Ok(Self(Vec::new()));
        }
        let hashes: Result<_, _> = value.split(',').map(hash).collect();
        hashes.map(Self).map_err(|_| EnvError::Malformed {
            name: VARIABLE.to_owned(),
            expected: "none, or SHA-256 hashes in hexadecimal, separated by commas",
        })
    }

    /// The address of the client, if the request came by the right way. `source` is who connected
    /// to the gateway. Takes the edge's headers away: nothing behind this has any use for them.
    ///
    /// # Errors
    /// 403 when there is an edge and the request didn't come through it.
    pub(crate) fn admit(&self, headers: &mut HeaderMap, source: &str) -> Result<String, Problem> {
        let (proof, viewer) = (headers.remove(PROOF), headers.remove(VIEWER));
        if self.0.is_empty() {
            return Ok(source.to_owned());
        }
        let proof = proof.as_ref().map_or(&[][..], |proof| proof.as_bytes());
        let shown: [u8; 32] = Sha256::digest(proof).into();
        // All of them are compared: the time doesn't tell which, or how much of it, was right.
        let accepted =
            self.0.iter().fold(Choice::from(0), |accepted, hash| accepted | hash.ct_eq(&shown));
        if proof.len() < SHORTEST_PROOF || !bool::from(accepted) {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "direct-access-refused",
                "Requests must be sent to the API's public address.",
            ));
        }
        match viewer.as_ref().and_then(|viewer| viewer.to_str().ok()).and_then(viewer_address::read)
        {
            Some(address) => Ok(address.to_string()),
            None => {
                // All clients count as one then, which is too strict, but never too lax.
                tracing::warn!(
                    "the edge doesn't forward the client's address: its origin request policy \
                     must add {VIEWER}"
                );
                Ok(source.to_owned())
            }
        }
    }
}

fn hash(digits: &str) -> Result<[u8; 32], hex::FromHexError> {
    let mut hash = [0; 32];
    hex::decode_to_slice(digits, &mut hash).map(|()| hash)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const OLD: &str = "edge_old_0123456789abcdefghijklmn";
    const NEW: &str = "edge_new_0123456789abcdefghijklmn";
    /// By `printf %s "$NEW" | sha256sum`.
    const HASHES: &str = "9c21c89ba156b226644a984618b62916ed199bfdaeae3ecfbebd0535f5971a29,\
                          9009ba75e9780684aac4f82e36c70dad333b414b0f0936fc4c254a6520d11368";

    fn lock(value: &str) -> Result<OriginLock, EnvError> {
        OriginLock::of(&Env::from_map(BTreeMap::from([(VARIABLE.to_owned(), value.to_owned())])))
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn the_variable_is_none_or_hashes_and_never_missing() {
        assert!(lock("none").unwrap().0.is_empty());
        assert_eq!(lock(HASHES).unwrap().0.len(), 2);
        assert_eq!(lock("").unwrap_err(), EnvError::Missing(VARIABLE.to_owned()));
        let (one, other) = HASHES.split_once(',').unwrap();
        let signed = format!("+{}", &one[1..]);
        for wrong in [
            "NONE",
            "none,none",
            "secret",
            &one[1..],
            &format!("{one},"),
            &format!("{one} {other}"),
            &signed,
        ] {
            assert!(matches!(lock(wrong).unwrap_err(), EnvError::Malformed { .. }), "{wrong}");
        }
    }

    #[test]
    fn only_who_knows_a_secret_gets_in() {
        let lock = lock(HASHES).unwrap();
        for proof in [OLD, NEW] {
            let mut headers =
                headers(&[(PROOF, proof), (VIEWER, "192.0.2.7:1234"), ("accept", "*/*")]);
            assert_eq!(lock.admit(&mut headers, "198.51.100.1").unwrap(), "192.0.2.7");
            assert_eq!(headers.len(), 1, "the edge's headers are gone: {headers:?}");
        }
        let hash = HASHES.split_once(',').unwrap().0;
        for proof in
            ["", "other", &format!("{OLD},{NEW}"), &OLD.to_uppercase(), &OLD[..32], hash, HASHES]
        {
            let mut headers = headers(&[(PROOF, proof), (VIEWER, "192.0.2.7:1234")]);
            let problem = lock.admit(&mut headers, "198.51.100.1").unwrap_err();
            assert_eq!(
                (problem.status.as_u16(), &*problem.code),
                (403, "direct-access-refused"),
                "{proof}"
            );
        }
        assert!(lock.admit(&mut headers(&[(VIEWER, "192.0.2.7:1234")]), "198.51.100.1").is_err());
    }

    #[test]
    fn the_hash_of_nothing_opens_nothing() {
        let empty =
            lock("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855").unwrap();
        assert!(empty.admit(&mut HeaderMap::new(), "198.51.100.1").is_err());
        assert!(empty.admit(&mut headers(&[(PROOF, "")]), "198.51.100.1").is_err());
    }

    #[test]
    fn without_an_edge_nobody_is_believed() {
        let mut headers = headers(&[(PROOF, OLD), (VIEWER, "192.0.2.7:1234")]);
        assert_eq!(
            lock("none").unwrap().admit(&mut headers, "198.51.100.1").unwrap(),
            "198.51.100.1"
        );
    }

    #[test]
    fn an_edge_that_names_nobody_is_itself_the_client() {
        for viewer in [&[(PROOF, NEW)][..], &[(PROOF, NEW), (VIEWER, "unknown")]] {
            assert_eq!(
                lock(HASHES).unwrap().admit(&mut headers(viewer), "198.51.100.1").unwrap(),
                "198.51.100.1"
            );
        }
    }
}
