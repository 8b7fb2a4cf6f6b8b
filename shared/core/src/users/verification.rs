//! The token in a verification mail: whoever presents it can read the address's mail.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::error::{Error, Result};
use crate::id::UserId;

/// How long a token is good, in hours.
pub const LIFE_HOURS: i64 = 24;

const USER_BYTES: usize = 16;
const RANDOM_BYTES: usize = 32;

/// How a verification token begins, so that logs can mask it and scanners find it.
const PREFIX: &str = "vt_";

/// A verification token: `vt_`, the user's id, so that the account is found by its key, and 256 random bits.
#[derive(Clone)]
pub struct VerificationToken {
    user: UserId,
    text: String,
}

impl VerificationToken {
    /// A new token of a user.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system gives no randomness.
    pub fn generate(user: UserId) -> Result<Self> {
        let mut bytes = [0; USER_BYTES + RANDOM_BYTES];
        bytes[..USER_BYTES].copy_from_slice(&user.as_u128().to_be_bytes());
        getrandom::fill(&mut bytes[USER_BYTES..]).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self { user, text: format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)) })
    }

    /// The token that was presented as this text, if it has the form of one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; USER_BYTES + RANDOM_BYTES] = URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?.try_into().ok()?;
        let mut user = [0; USER_BYTES];
        user.copy_from_slice(&bytes[..USER_BYTES]);
        Some(Self { user: UserId::from_u128(u128::from_be_bytes(user)), text: text.to_owned() })
    }

    /// Whose account it is to verify.
    #[must_use]
    pub fn user(&self) -> UserId {
        self.user
    }

    /// What it is known by where it is waited for: [`Verification::token_hash`].
    #[must_use]
    pub fn hash(&self) -> String {
        hash(&self.text)
    }

    /// The text to send.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Never shows the token: debug output ends up in logs.
impl std::fmt::Debug for VerificationToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VerificationToken({})", self.user)
    }
}

/// The token an account waits for, as it is stored: not the token itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// SHA-256 of the token. It is random, so a fast hash is as good as a slow one.
    token_hash: String,
    /// From when on it is no longer good.
    pub expires_at: Timestamp,
    /// Whether it stands for another registration than the account's first: one that waits with a password of its own.
    #[serde(default)]
    pub rival: bool,
}

impl Verification {
    /// Waits for the token of this text.
    #[must_use]
    pub fn of(token: &str, expires_at: Timestamp, rival: bool) -> Self {
        Self { token_hash: hash(token), expires_at, rival }
    }

    /// The name that what waits for the token is kept under. It doesn't give the token away.
    #[must_use]
    pub fn token_hash(&self) -> &str {
        &self.token_hash
    }

    /// Whether this is the token, in time. Takes as long for a wrong one.
    #[must_use]
    pub fn accepts(&self, token: &VerificationToken, now: Timestamp) -> bool {
        let equal = self.token_hash.as_bytes().ct_eq(hash(token.as_str()).as_bytes());
        bool::from(equal) && now < self.expires_at
    }
}

fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_accepted_as_it_was_made_and_in_time() {
        let now: Timestamp = "2026-11-21T01:00:00Z".parse().unwrap();
        let later: Timestamp = "2026-11-22T01:00:00Z".parse().unwrap();
        let user = UserId::new(now);
        let (token, other) = (VerificationToken::generate(user).unwrap(), VerificationToken::generate(user).unwrap());
        let verification = Verification::of(token.as_str(), later, false);
        let presented = VerificationToken::parse(token.as_str()).unwrap();
        assert_eq!(presented.user(), user);
        assert!(verification.accepts(&presented, now));
        assert!(!verification.accepts(&other, now) && !verification.accepts(&presented, later));
        assert!(!format!("{token:?} {verification:?}").contains(token.as_str()));
    }

    #[test]
    fn what_has_another_form_is_none() {
        let token = VerificationToken::generate(UserId::from_u128(7)).unwrap();
        for text in ["", "x", &token.as_str()[1..], &format!("{}A", token.as_str()), &format!("{} ", token.as_str())] {
            assert!(VerificationToken::parse(text).is_none(), "{text:?}");
        }
    }
}
