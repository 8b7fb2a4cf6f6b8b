//! Choosing another password: with the old one, or without.

use builder_store::error::{Error, Result};
use jiff::Timestamp;

use super::{Status, User, UserEvent};
use crate::id::SessionId;
use crate::mailed_links::password_reset::ResetToken;

impl User {
    /// Somebody says that the password is forgotten. Nothing is sent when [`Mails`](super::Mails)
    /// have been sent that are enough; the links in those stay good.
    #[must_use]
    pub fn request_password_reset(
        &self,
        token: &ResetToken,
        known_network: bool,
        now: Timestamp,
    ) -> Vec<UserEvent> {
        if self.status != Status::Active || !self.mails.allow(known_network, now) {
            return Vec::new();
        }
        vec![UserEvent::PasswordResetRequested {
            email: self.email.as_str().into(),
            reset_token: token.as_str().into(),
            reset_expires_at: token.expiry(now),
            known_network,
            at: now,
        }]
    }

    /// Somebody presents the token of such a mail, from this network address. It works once, and
    /// voids all others. Whoever else was in the account is out of it.
    ///
    /// # Errors
    /// [`Error::Refused`] with `invalid-token` when it is unknown, used, or expired.
    pub fn reset_password(
        &self,
        token: &ResetToken,
        address: &str,
        now: Timestamp,
    ) -> Result<Vec<UserEvent>> {
        let awaited = self.resets.iter().any(|reset| reset.accepts(token, now));
        if !awaited || self.status != Status::Active {
            return Err(invalid_reset_token());
        }
        Ok(vec![UserEvent::PasswordReset {
            email: self.email.as_str().into(),
            address: address.into(),
            at: now,
        }])
    }

    /// Changes the password within a session, which stays active.
    #[must_use]
    pub fn change_password(&self, kept: SessionId, now: Timestamp) -> Vec<UserEvent> {
        vec![UserEvent::PasswordChanged { email: self.email.as_str().into(), kept, at: now }]
    }
}

impl User {
    /// The person has shown to have a second factor.
    #[must_use]
    pub fn enable_second_factor(&self, now: Timestamp) -> Vec<UserEvent> {
        let asked = self.status == Status::Active && !self.second_factor;
        if asked {
            vec![UserEvent::SecondFactorEnabled { email: self.email.as_str().into(), at: now }]
        } else {
            Vec::new()
        }
    }

    /// The person gets other backup codes.
    #[must_use]
    pub fn renew_backup_codes(&self, now: Timestamp) -> Vec<UserEvent> {
        let email = self.email.as_str().into();
        if self.second_factor {
            vec![UserEvent::BackupCodesRenewed { email, at: now }]
        } else {
            Vec::new()
        }
    }

    /// The person gives the second factor up, or an admin takes it away.
    #[must_use]
    pub fn disable_second_factor(&self, now: Timestamp) -> Vec<UserEvent> {
        if self.second_factor {
            vec![UserEvent::SecondFactorDisabled { email: self.email.as_str().into(), at: now }]
        } else {
            Vec::new()
        }
    }
}

/// The refusal of a reset token, whatever is wrong with it.
#[must_use]
pub fn invalid_reset_token() -> Error {
    Error::refused(
        "invalid-token",
        "This token is invalid, has been used, or has expired. Request another e-mail.",
    )
}
