//! From the registration of an address to its verification.

use builder_store::error::{Error, Result};
use builder_store::id::UserId;
use builder_store::personal::Personal;
use jiff::{SignedDuration, Timestamp};

use super::{Status, User, UserEvent};
use crate::email::EmailAddress;
use crate::mailed_links::password_reset::ResetToken;
use crate::mailed_links::verification::{LIFE_HOURS, Verification, VerificationToken};

impl User {
    /// Registers an address without an account. This only sends a mail; the account is created by
    /// the person who follows its link.
    #[must_use]
    pub fn register(
        email: &EmailAddress,
        token: &VerificationToken,
        now: Timestamp,
    ) -> Vec<UserEvent> {
        vec![UserEvent::Registered {
            id: token.user(),
            email: email.as_str().into(),
            verification_token: token.as_str().into(),
            verification_expires_at: expiry(now),
            at: now,
        }]
    }

    /// An operator makes the first admin, who chooses the password with `token` if the operator
    /// gave none.
    #[must_use]
    pub fn bootstrap(
        id: UserId,
        email: &EmailAddress,
        name: &str,
        token: Option<&ResetToken>,
        now: Timestamp,
    ) -> Vec<UserEvent> {
        let made = UserEvent::AdminBootstrapped {
            id,
            email: email.as_str().into(),
            name: name.into(),
            at: now,
        };
        let link = token.map(|token| UserEvent::PasswordResetRequested {
            email: email.as_str().into(),
            reset_token: token.as_str().into(),
            reset_expires_at: token.expiry(now),
            known_network: false,
            at: now,
        });
        std::iter::once(made).chain(link).collect()
    }

    /// Returns whether this is a registration whose links have all expired, so that it can't be
    /// verified any more.
    #[must_use]
    pub fn has_lapsed(&self, now: Timestamp) -> bool {
        self.status == Status::Pending
            && self.verifications.iter().all(|verification| verification.expires_at <= now)
    }

    pub(super) fn expect_token(&mut self, token: &Personal, expires_at: Timestamp, now: Timestamp) {
        self.verifications.retain(|verification| now < verification.expires_at);
        self.verifications.extend(token.reveal().map(|token| Verification::of(token, expires_at)));
        self.mails.count(false, now);
    }

    /// Requests another verification mail. None is sent if there is nothing to verify, or the limit
    /// of [`Mails`](super::Mails) is reached; the links already sent stay valid.
    #[must_use]
    pub fn request_verification(
        &self,
        token: &VerificationToken,
        now: Timestamp,
    ) -> Vec<UserEvent> {
        if self.status != Status::Pending || !self.mails.allow(false, now) {
            return Vec::new();
        }
        vec![UserEvent::VerificationRequested {
            email: self.email.as_str().into(),
            verification_token: token.as_str().into(),
            verification_expires_at: expiry(now),
            at: now,
        }]
    }

    /// Handles a registration of this account's address. The owner is notified, and the account
    /// doesn't change, since registering proves nothing.
    /// The mail contains a link to reset the password: users who register again have usually
    /// forgotten it, and a mail without a link would count against the limit.
    #[must_use]
    pub fn repeat_registration(
        &self,
        token: &ResetToken,
        known_network: bool,
        now: Timestamp,
    ) -> Vec<UserEvent> {
        if self.status != Status::Active || !self.mails.allow(known_network, now) {
            return Vec::new();
        }
        vec![UserEvent::RegistrationRepeated {
            email: self.email.as_str().into(),
            reset_token: token.as_str().into(),
            reset_expires_at: token.expiry(now),
            known_network,
            at: now,
        }]
    }

    /// Verifies a registration with a token from this network address, and sets the name. The
    /// password is stored elsewhere.
    /// The person with the token reads the mail of the address, so the account is theirs, and
    /// nobody else has set anything in it. This happens once: afterwards, no token can change the
    /// account, so that links left in a mailbox don't give access.
    ///
    /// # Errors
    /// [`Error::Refused`] with `already-verified` when the account exists, and with `invalid-token`
    /// when the token is not ours, or expired.
    pub fn verify(
        &self,
        token: &VerificationToken,
        name: &str,
        address: &str,
        now: Timestamp,
    ) -> Result<Vec<UserEvent>> {
        self.require_verifiable(token, now)?;
        Ok(vec![UserEvent::Verified { name: name.into(), address: address.into(), at: now }])
    }

    /// Returns whether a verification token is valid for this registration.
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub fn require_verifiable(&self, token: &VerificationToken, now: Timestamp) -> Result<()> {
        if !self.verifications.iter().any(|verification| verification.accepts(token, now)) {
            return Err(invalid_token());
        }
        match self.status {
            Status::Pending => Ok(()),
            Status::Active | Status::Disabled => Err(already_verified()),
            Status::Erased => Err(invalid_token()),
        }
    }
}

/// The refusal of a verification token, whatever is wrong with it.
#[must_use]
pub fn invalid_token() -> Error {
    Error::refused(
        "invalid-token",
        "This verification token is invalid or has expired. Register again to get another e-mail.",
    )
}

fn already_verified() -> Error {
    let detail = "This address is already verified. Sign in, or reset the password.";
    Error::refused("already-verified", detail)
}

fn expiry(now: Timestamp) -> Timestamp {
    now.saturating_add(SignedDuration::from_hours(LIFE_HOURS)).unwrap_or(Timestamp::MAX)
}
