//! The tokens in the mails about another e-mail address, and what an account waits for.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::mailed_links::mail_token::{self, MailToken, Purpose};

/// How long the link to the new address is good: a day.
pub const LIFE: SignedDuration = SignedDuration::from_hours(24);
/// How long the change can be undone with the link to the old address: seven days.
pub const UNDO_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// To prove that the new address is the person's.
#[derive(Debug)]
pub enum ConfirmEmailChange {}

impl Purpose for ConfirmEmailChange {
    const PREFIX: &'static str = "ec_";
}

/// To go back to the old address.
#[derive(Debug)]
pub enum UndoEmailChange {}

impl Purpose for UndoEmailChange {
    const PREFIX: &'static str = "eu_";
}

/// The token in the mail to the new address.
pub type ConfirmToken = MailToken<ConfirmEmailChange>;
/// The token in the mail to the old address.
pub type UndoToken = MailToken<UndoEmailChange>;

/// A change that waits for the new address to be proven.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailChange {
    /// The new address.
    pub email: String,
    token_hash: String,
    /// From when on the token is no longer good.
    pub expires_at: Timestamp,
}

impl EmailChange {
    /// Waits for the token of this text.
    #[must_use]
    pub fn of(email: &str, token: &str, expires_at: Timestamp) -> Self {
        Self { email: email.to_owned(), token_hash: mail_token::hash(token), expires_at }
    }

    /// Whether this is the token, in time.
    #[must_use]
    pub fn accepts(&self, token: &ConfirmToken, now: Timestamp) -> bool {
        token.is_known_by(&self.token_hash) && now < self.expires_at
    }
}

/// An address that an account has left, and can go back to. Until then nobody else can have it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormerEmail {
    /// The old address.
    pub email: String,
    token_hash: String,
    /// When it was left.
    pub left_at: Timestamp,
    /// From when on it is free.
    pub expires_at: Timestamp,
}

impl FormerEmail {
    /// Waits for the token of this text.
    #[must_use]
    pub fn of(email: &str, token: &str, left_at: Timestamp, expires_at: Timestamp) -> Self {
        Self { email: email.to_owned(), token_hash: mail_token::hash(token), left_at, expires_at }
    }

    /// Whether this is the token, in time.
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
