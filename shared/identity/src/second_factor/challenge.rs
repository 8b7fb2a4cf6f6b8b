//! The result of the first step of a sign-in with a second factor: the right to present a code.
//!
//! It is `ch_` and, in base64url, the user's ID (16 bytes), its binding (16), its expiry in seconds
//! since 1970 (8), and a MAC of these (32). Nothing is stored. It is bound to the account's epoch,
//! to the password or identity of the first step and to the second factor: it becomes invalid when
//! one of them changes. Changes that other people can cause, such as requested mails, don't affect
//! it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use builder_store::error::{Error, Result};
use builder_store::id::UserId;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::password::PasswordHash;
use crate::second_factor::Factor;

/// Its lifetime in seconds.
pub const LIFE: i64 = 300;

const PREFIX: &str = "ch_";
const CONTEXT: &[u8] = b"builder-api/challenge/v1";
const BINDING_CONTEXT: &[u8] = b"builder-api/challenge-binding/v1";
const BODY: usize = 16 + 16 + 8;
const MAC: usize = 32;

/// A challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge {
    /// The user who has completed the first step.
    pub user: UserId,
    /// The state it is bound to.
    pub binding: Binding,
}

/// The credential of the first step.
#[derive(Debug, Clone, Copy)]
pub enum Credential<'a> {
    /// The password.
    Password(&'a PasswordHash),
    /// An identity at an OpenID provider.
    Identity {
        /// The provider's issuer.
        issuer: &'a str,
        /// The person's ID at the provider.
        subject: &'a str,
    },
}

/// The binding of a challenge: a hash of the account's epoch, the credential and the factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding([u8; 16]);

impl Binding {
    /// Computes the binding.
    #[must_use]
    pub fn of(epoch: u64, credential: Credential<'_>, factor: &Factor) -> Self {
        let (kind, parts) = match credential {
            Credential::Password(hash) => (0_u8, [hash.as_str(), ""]),
            Credential::Identity { issuer, subject } => (1, [issuer, subject]),
        };
        let mut hash = Sha256::new_with_prefix(BINDING_CONTEXT);
        hash.update(epoch.to_be_bytes());
        hash.update([kind]);
        for part in [parts[0], parts[1], factor.sealed()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let mut binding = [0; 16];
        binding.copy_from_slice(&hash.finalize()[..16]);
        Self(binding)
    }
}

impl Challenge {
    /// Returns the text for the client.
    ///
    /// # Errors
    /// [`Error::Internal`] if deriving fails, which it doesn't for this length.
    pub fn issue(self, secret: &str, now: Timestamp) -> Result<String> {
        let body = self.body(now.as_second() + LIFE);
        let mut bytes = body.to_vec();
        bytes.extend(mac(secret, &body)?.finalize().into_bytes());
        Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Reads a challenge, if it was created with any of these secrets and hasn't expired.
    ///
    /// # Errors
    /// As [`Self::issue`].
    pub fn read<'a>(
        text: &str,
        secrets: impl IntoIterator<Item = &'a str>,
        now: Timestamp,
    ) -> Result<Option<Self>> {
        let bytes = text.strip_prefix(PREFIX).and_then(|rest| URL_SAFE_NO_PAD.decode(rest).ok());
        let Some(bytes) = bytes.filter(|bytes| bytes.len() == BODY + MAC) else { return Ok(None) };
        let (body, given) = bytes.split_at(BODY);
        let mut is_ours = false;
        for secret in secrets {
            is_ours |= mac(secret, body)?.verify_slice(given).is_ok();
        }
        let number = |range: std::ops::Range<usize>| {
            body[range].iter().fold(0u128, |number, byte| (number << 8) | u128::from(*byte))
        };
        let in_time = i64::try_from(number(32..40)).is_ok_and(|until| now.as_second() < until);
        let binding = Binding(number(16..32).to_be_bytes());
        Ok((is_ours && in_time).then(|| Self { user: UserId::from_u128(number(0..16)), binding }))
    }

    fn body(self, until: i64) -> [u8; BODY] {
        let mut body = [0; BODY];
        body[..16].copy_from_slice(&self.user.as_u128().to_be_bytes());
        body[16..32].copy_from_slice(&self.binding.0);
        body[32..].copy_from_slice(&until.to_be_bytes());
        body
    }
}

fn mac(secret: &str, body: &[u8]) -> Result<Hmac<Sha256>> {
    let mut key = Zeroizing::new([0; 32]);
    let stretched = Hkdf::<Sha256>::new(None, secret.as_bytes()).expand(CONTEXT, key.as_mut());
    stretched.map_err(|error| Error::internal(error.to_string()))?;
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_slice()).map_err(Error::internal)?;
    mac.update(body);
    Ok(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_read_as_it_was_made_and_in_time() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let at = |second: i64| Timestamp::from_second(1_000_000 + second).unwrap();
        let challenge =
            Challenge { user: UserId::from_u128(u128::MAX / 3), binding: Binding([7; 16]) };
        let text = challenge.issue("secret", now).unwrap();
        for (second, expected) in [(0, Some(challenge)), (299, Some(challenge)), (300, None)] {
            assert_eq!(
                Challenge::read(&text, ["secret"], at(second)).unwrap(),
                expected,
                "after {second} s"
            );
        }
        assert_eq!(Challenge::read(&text, ["another"], now).unwrap(), None);
        let mut bytes = URL_SAFE_NO_PAD.decode(&text[3..]).unwrap();
        for place in 0..bytes.len() {
            bytes[place] ^= 1;
            let forged = format!("ch_{}", URL_SAFE_NO_PAD.encode(&bytes));
            assert_eq!(Challenge::read(&forged, ["secret"], now).unwrap(), None, "byte {place}");
            bytes[place] ^= 1;
        }
        for text in ["", "ch_", "x", &text[1..]] {
            assert_eq!(Challenge::read(text, ["secret"], now).unwrap(), None);
        }
    }
}
