//! From the registration of an address to its verification.

use jiff::{SignedDuration, Timestamp};

use super::mails::Mails;
use super::{Status, User, UserEvent};
use crate::error::{Error, Result};
use crate::id::UserId;
use crate::personal::Personal;
use crate::users::email::EmailAddress;
use crate::users::password_reset::{self, ResetToken};
use crate::users::role::Role;
use crate::users::verification::{LIFE_HOURS, Verification, VerificationToken};

/// At most one mail about a repeated registration in this time.
const REPEAT_PAUSE: SignedDuration = SignedDuration::from_secs(3600);

impl User {
    /// Somebody registers an address that nobody has.
    #[must_use]
    pub fn register(email: &EmailAddress, name: &str, token: &VerificationToken, now: Timestamp) -> Vec<UserEvent> {
        vec![UserEvent::Registered {
            id: token.user(),
            email: email.as_str().into(),
            name: name.into(),
            role: Role::Guest,
            verification_token: token.as_str().into(),
            verification_expires_at: expiry(now),
            at: now,
        }]
    }

    /// An operator makes the first admin, who chooses the password with `token` if the operator gave none.
    #[must_use]
    pub fn bootstrap(id: UserId, email: &EmailAddress, name: &str, token: Option<&ResetToken>, now: Timestamp) -> Vec<UserEvent> {
        let made = UserEvent::AdminBootstrapped { id, email: email.as_str().into(), name: name.into(), at: now };
        let link = token.map(|token| UserEvent::PasswordResetRequested {
            email: email.as_str().into(),
            reset_token: token.as_str().into(),
            reset_expires_at: now.saturating_add(password_reset::LIFE).unwrap_or(Timestamp::MAX),
            at: now,
        });
        std::iter::once(made).chain(link).collect()
    }

    pub(super) fn expect_token(&mut self, token: &Personal, expires_at: Timestamp, rival: bool, now: Timestamp) {
        self.verifications.retain(|verification| now < verification.expires_at);
        self.verifications.extend(token.reveal().map(|token| Verification::of(token, expires_at, rival)));
        self.mails = Some(Mails::with_one_more(self.mails, now));
    }

    /// Somebody registers the address of this account again.
    ///
    /// While it isn't verified, the registration waits beside those before it, and a link of its own is sent. When too many have
    /// registered, nothing more is sent, and no link that was sent is good: the owner would follow somebody else's. Once it is
    /// verified, its owner is told, at most once an hour, and the account stays as it is: who registers again has proved nothing.
    #[must_use]
    pub fn register_again(&self, token: &VerificationToken, now: Timestamp) -> Vec<UserEvent> {
        if self.status != Status::Active {
            return Vec::new();
        }
        let email = self.email.as_str().into();
        if self.verified {
            let told = self.repeat_told_at.is_some_and(|told| now.duration_since(told) < REPEAT_PAUSE);
            let name = self.name.as_str().into();
            return if told { Vec::new() } else { vec![UserEvent::RegistrationRepeated { email, name, at: now }] };
        }
        if Mails::used_up(self.mails, now) {
            return if self.verifications.is_empty() { Vec::new() } else { vec![UserEvent::VerificationsVoided { at: now }] };
        }
        let verification_token = token.as_str().into();
        vec![UserEvent::RegisteredAgain { email, verification_token, verification_expires_at: expiry(now), at: now }]
    }

    /// Somebody asks for another verification mail: at most one a minute, and none where there is nothing to verify.
    #[must_use]
    pub fn request_verification(&self, token: &VerificationToken, now: Timestamp) -> Vec<UserEvent> {
        let enough = Mails::just_sent(self.mails, now) || Mails::used_up(self.mails, now);
        if self.verified || self.status != Status::Active || enough {
            return Vec::new();
        }
        vec![UserEvent::VerificationRequested {
            email: self.email.as_str().into(),
            verification_token: token.as_str().into(),
            verification_expires_at: expiry(now),
            at: now,
        }]
    }

    /// The registration that a mail sent again is about: the latest that waits, unless that is the account's own.
    #[must_use]
    pub fn latest_rival(&self, now: Timestamp) -> Option<&Verification> {
        self.verifications.last().filter(|latest| latest.rival && now < latest.expires_at)
    }

    /// What a verification token is for.
    ///
    /// # Errors
    /// [`Error::Refused`] with `invalid-token` when it is none of ours, or expired.
    pub fn verification(&self, token: &VerificationToken, now: Timestamp) -> Result<&Verification> {
        let found = self.verifications.iter().find(|verification| verification.accepts(token, now));
        found.filter(|_| self.status == Status::Active).ok_or_else(invalid_token)
    }

    /// Somebody presents a verification token; `rival` is the name given in its registration, when that isn't the first.
    ///
    /// It works once. Presented again within its life it changes nothing and still succeeds: mail scanners follow links before
    /// people do, and a token that gives no access is no more dangerous used twice.
    ///
    /// # Errors
    /// As [`Self::verification`].
    pub fn verify(&self, token: &VerificationToken, rival: Option<&str>, now: Timestamp) -> Result<Vec<UserEvent>> {
        self.verification(token, now)?;
        if self.verified {
            return Ok(Vec::new());
        }
        // A role that was given in the meantime is not taken back.
        Ok(vec![UserEvent::Verified { role: self.role.max(Role::User), name: rival.map(Personal::from), at: now }])
    }
}

/// The refusal of a verification token, whatever is wrong with it.
#[must_use]
pub fn invalid_token() -> Error {
    Error::refused("invalid-token", "This verification token is wrong or has expired: ask for another mail.")
}

fn expiry(now: Timestamp) -> Timestamp {
    now.saturating_add(SignedDuration::from_hours(LIFE_HOURS)).unwrap_or(Timestamp::MAX)
}
