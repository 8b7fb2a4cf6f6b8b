//! The token in the mail that lets a person choose another password, and what an account waits for.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::mailed_links::mail_token::{self, MailToken, Purpose};

/// How long a token is good: an hour.
const LIFE: SignedDuration = SignedDuration::from_hours(1);

/// To choose another password.
#[derive(Debug)]
pub enum ResetPassword {}

impl Purpose for ResetPassword {
    const PREFIX: &'static str = "pt_";
}

/// The token in the mail.
pub type ResetToken = MailToken<ResetPassword>;

impl ResetToken {
    /// From when on a token that is made now is no longer good.
    pub(crate) fn expiry(&self, now: Timestamp) -> Timestamp {
        now.saturating_add(LIFE).unwrap_or(Timestamp::MAX)
    }
}

/// The token an account waits for, as it is stored: not the token itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordReset {
    token_hash: String,
    /// From when on it is no longer good.
    pub expires_at: Timestamp,
}

impl PasswordReset {
    /// Waits for the token of this text.
    #[must_use]
    pub fn of(token: &str, expires_at: Timestamp) -> Self {
        Self { token_hash: mail_token::hash(token), expires_at }
    }

    /// Whether this is the token, in time.
    #[must_use]
    pub fn accepts(&self, token: &ResetToken, now: Timestamp) -> bool {
        token.is_known_by(&self.token_hash) && now < self.expires_at
    }
}
