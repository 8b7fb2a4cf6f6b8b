//! The token in the mail with which a person can reset the password, and its stored form.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::mailed_links::mail_token::{self, MailToken, Purpose};

/// How long a token is valid: an hour.
const LIFE: SignedDuration = SignedDuration::from_hours(1);

/// The purpose of resetting the password.
#[derive(Debug)]
pub enum ResetPassword {}

impl Purpose for ResetPassword {
    const PREFIX: &'static str = "pt_";
}

/// The token in the mail.
pub type ResetToken = MailToken<ResetPassword>;

impl ResetToken {
    /// Returns when a token that is created now expires.
    pub(crate) fn expiry(&self, now: Timestamp) -> Timestamp {
        now.saturating_add(LIFE).unwrap_or(Timestamp::MAX)
    }
}

/// The stored form of a token that an account accepts, without the token itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordReset {
    token_hash: String,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl PasswordReset {
    /// Creates the stored form of the token with this text.
    #[must_use]
    pub fn of(token: &str, expires_at: Timestamp) -> Self {
        Self { token_hash: mail_token::hash(token), expires_at }
    }

    /// Returns whether this is the token, and it hasn't expired.
    #[must_use]
    pub fn accepts(&self, token: &ResetToken, now: Timestamp) -> bool {
        token.is_known_by(&self.token_hash) && now < self.expires_at
    }
}
