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
    /// Somebody registers an address that nobody has. All that comes of it is a mail: the account
    /// is made by whoever follows its link.
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

    /// Whether this is a registration whose links have all expired, so that nobody can verify it
    /// any more.
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

    /// Somebody asks for another verification mail. Nothing is sent where there is nothing to
    /// verify, or when [`Mails`](super::Mails) have been sent that are enough; the links in those
    /// stay good.
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

    /// Somebody registers the address of this account. Its owner is told, and the account stays as
    /// it is: who registers has proved nothing.
    ///
    /// The mail carries a link to choose another password: somebody who registers again has usually
    /// forgotten it, and a mail without a link would use up the limit on those with one.
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

    /// Somebody presents a verification token, from this network address, and chooses a name (and a
    /// password, which stands elsewhere).
    ///
    /// Whoever does so reads the mail of the address, so the account is theirs: nobody else has
    /// chosen anything that could be good in it. This happens once. Afterwards no token can change
    /// the account, so that a link left in a mailbox is no way into it.
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

    /// Whether a verification token makes this an account.
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
        "This verification token is wrong or has expired: register again to get another mail.",
    )
}

fn already_verified() -> Error {
    let detail = "This address was verified before: sign in, or choose another password by way of \
         a forgotten one.";
    Error::refused("already-verified", detail)
}

fn expiry(now: Timestamp) -> Timestamp {
    now.saturating_add(SignedDuration::from_hours(LIFE_HOURS)).unwrap_or(Timestamp::MAX)
}
