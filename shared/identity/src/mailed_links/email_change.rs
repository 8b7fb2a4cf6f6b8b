//! The tokens in the mails about a change of address, and the pending change in an account.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::mailed_links::mail_token::{self, MailToken, Purpose};

/// How long the link to the new address is valid: a day.
pub const LIFE: SignedDuration = SignedDuration::from_hours(24);
/// How long the change can be undone with the link to the old address: seven days.
pub const UNDO_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The purpose of confirming the new address.
#[derive(Debug)]
pub enum ConfirmEmailChange {}

impl Purpose for ConfirmEmailChange {
    const PREFIX: &'static str = "ec_";
}

/// The purpose of restoring the old address.
#[derive(Debug)]
pub enum UndoEmailChange {}

impl Purpose for UndoEmailChange {
    const PREFIX: &'static str = "eu_";
}

/// The token in the mail to the new address.
pub type ConfirmToken = MailToken<ConfirmEmailChange>;
/// The token in the mail to the old address.
pub type UndoToken = MailToken<UndoEmailChange>;

/// A change whose new address isn't confirmed yet.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailChange {
    /// The new address.
    pub email: String,
    token_hash: String,
    /// When the token expires.
    pub expires_at: Timestamp,
}

impl EmailChange {
    /// Creates a change that accepts the token with this text.
    #[must_use]
    pub fn of(email: &str, token: &str, expires_at: Timestamp) -> Self {
        Self { email: email.to_owned(), token_hash: mail_token::hash(token), expires_at }
    }

    /// Returns whether this is the token, and it hasn't expired.
    #[must_use]
    pub fn accepts(&self, token: &ConfirmToken, now: Timestamp) -> bool {
        token.is_known_by(&self.token_hash) && now < self.expires_at
    }
}

/// A former address that an account can change back to. Until then, no other account can use it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormerEmail {
    /// The old address.
    pub email: String,
    token_hash: String,
    /// When it was left.
    pub left_at: Timestamp,
    /// When the address becomes available to others.
    pub expires_at: Timestamp,
}

impl FormerEmail {
    /// Creates a former address that accepts the token with this text.
    #[must_use]
    pub fn of(email: &str, token: &str, left_at: Timestamp, expires_at: Timestamp) -> Self {
        Self { email: email.to_owned(), token_hash: mail_token::hash(token), left_at, expires_at }
    }

    /// Returns whether this is the token, and it hasn't expired.
    #[must_use]
    pub fn accepts(&self, token: &UndoToken, now: Timestamp) -> bool {
        token.is_known_by(&self.token_hash) && now < self.expires_at
    }
}

/// Shows nothing personal: debug output ends up in logs.
impl std::fmt::Debug for EmailChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EmailChange(until {})", self.expires_at)
    }
}

/// As [`EmailChange`].
impl std::fmt::Debug for FormerEmail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FormerEmail(until {})", self.expires_at)
    }
}
