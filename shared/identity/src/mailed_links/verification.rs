//! The token in a verification mail, and its stored form.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::mailed_links::mail_token::{self, MailToken, Purpose};

/// How long a token is valid, in hours.
pub const LIFE_HOURS: i64 = 24;

/// The purpose of verifying an address.
#[derive(Debug)]
pub enum VerifyEmail {}

impl Purpose for VerifyEmail {
    const PREFIX: &'static str = "vt_";
}

/// The token in a verification mail.
pub type VerificationToken = MailToken<VerifyEmail>;

/// The stored form of a token that an account accepts, without the token itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    token_hash: String,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl Verification {
    /// Creates the stored form of the token with this text.
    #[must_use]
    pub fn of(token: &str, expires_at: Timestamp) -> Self {
        Self { token_hash: mail_token::hash(token), expires_at }
    }

    /// Returns whether this is the token, and it hasn't expired.
    #[must_use]
    pub fn accepts(&self, token: &VerificationToken, now: Timestamp) -> bool {
        token.is_known_by(&self.token_hash) && now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use builder_store::id::UserId;

    #[test]
    fn a_token_is_accepted_as_it_was_made_and_in_time() {
        let now: Timestamp = "2026-11-21T01:00:00Z".parse().unwrap();
        let later: Timestamp = "2026-11-22T01:00:00Z".parse().unwrap();
        let user = UserId::new(now);
        let (token, other) = (
            VerificationToken::generate(user).unwrap(),
            VerificationToken::generate(user).unwrap(),
        );
        let verification = Verification::of(token.as_str(), later);
        assert!(verification.accepts(&token, now));
        assert!(!verification.accepts(&other, now) && !verification.accepts(&token, later));
        assert!(!format!("{verification:?}").contains(token.as_str()));
    }
}
