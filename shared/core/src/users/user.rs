//! The account: its states and what may happen to it. No I/O.
//!
//! ```text
//! registered (guest) ── verified ──> user
//!        any ── disabled ──> refused at sign-in and by the guard
//! ```
//!
//! Anybody can register anybody's address, so until it is verified several may have registered the same one, each with a password.
//! The account is the first one's, as a guest; each link stands for its own registration, and whose link is followed has the account:
//! by then, nobody else's password, session or token is good. So nobody can sit and wait in an account for its owner.
//!
//! The password's hash is no part of it. Events are kept for ever, relayed and exported, which a hash must not be; and reading an
//! account must not mean holding it. It stands in an item of its own, written in the same commit (see [`super::store`]), so all
//! that is here can be folded from the events.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Listed};
use crate::error::{Error, Result};
use crate::id::UserId;
use crate::keys::{self, Key};
use crate::personal::Personal;
use crate::users::email::EmailAddress;
use crate::users::role::Role;
use crate::users::verification::{LIFE_HOURS, Verification, VerificationToken};

/// At most one verification mail in this time, unless somebody registers.
const MAIL_PAUSE: SignedDuration = SignedDuration::from_secs(60);
/// At most so many verification mails in [`MAIL_PERIOD`].
const MAILS: u32 = 10;
/// The period they are counted in.
const MAIL_PERIOD: SignedDuration = SignedDuration::from_hours(24);
/// The most characters of a name.
const MAX_NAME: usize = 100;
/// At most one mail about a repeated registration in this time.
const REPEAT_PAUSE: SignedDuration = SignedDuration::from_secs(3600);

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It may.
    Active,
    /// It may not, until an admin enables it again.
    Disabled,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        })
    }
}

/// An account. Its e-mail address and name are empty when they have been erased.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The account's id.
    pub id: UserId,
    /// The address, as [`EmailAddress`] writes it.
    pub email: String,
    /// What the person wants to be called.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Whether it may do anything.
    pub status: Status,
    /// Access tokens carry it; raising it refuses all that were issued before.
    pub epoch: u64,
    /// Whether the address is known to be the person's.
    pub verified: bool,
    /// The verification tokens that are good, or were until one was used, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verifications: Vec<Verification>,
    /// The verification mails that were asked for lately.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mails: Option<Mails>,
    /// Sessions that began until then are over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_out_at: Option<Timestamp>,
    /// When the owner was last told that somebody registered the address again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat_told_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its profile last changed.
    pub updated_at: Timestamp,
}

/// How many verification mails were asked for since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mails {
    since: Timestamp,
    last: Timestamp,
    count: u32,
}

/// Shows nothing personal: debug output ends up in logs.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "User({}, {}, {}, epoch {})", self.id, self.role, self.status, self.epoch)
    }
}

/// What can happen to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
pub enum UserEvent {
    /// Somebody registered; the address is still to be verified.
    #[serde(rename = "user.registered")]
    Registered {
        /// The account.
        id: UserId,
        /// The address to verify.
        email: Personal,
        /// The name given.
        name: Personal,
        /// The role to begin with.
        role: Role,
        /// What the mail's link carries.
        verification_token: Personal,
        /// Until when.
        verification_expires_at: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// The first admin was made, by an operator: no address to verify.
    #[serde(rename = "user.admin_bootstrapped")]
    AdminBootstrapped {
        /// The account.
        id: UserId,
        /// Its address.
        email: Personal,
        /// Its name.
        name: Personal,
        /// When.
        at: Timestamp,
    },
    /// Another verification mail is to be sent, for the latest registration.
    #[serde(rename = "user.verification_requested")]
    VerificationRequested {
        /// The address to verify.
        email: Personal,
        /// What the mail's link carries.
        verification_token: Personal,
        /// Until when.
        verification_expires_at: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// Somebody registered the address while it was not verified: the same person again, or another.
    #[serde(rename = "user.registered_again")]
    RegisteredAgain {
        /// The address to verify.
        email: Personal,
        /// What the mail's link carries.
        verification_token: Personal,
        /// Until when.
        verification_expires_at: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// Too many registered the address: none of the links that were sent is good any more.
    #[serde(rename = "user.verifications_voided")]
    VerificationsVoided {
        /// When.
        at: Timestamp,
    },
    /// The address is the person's.
    #[serde(rename = "user.verified")]
    Verified {
        /// The role from now on.
        role: Role,
        /// The name from now on, when a later registration than the first was verified: what the first has is no longer good.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Personal>,
        /// When.
        at: Timestamp,
    },
    /// The profile changed.
    #[serde(rename = "user.updated")]
    Updated {
        /// The name from now on.
        name: Personal,
        /// When.
        at: Timestamp,
    },
    /// Somebody registered the address of this account again; its owner is to be told.
    #[serde(rename = "user.registration_repeated")]
    RegistrationRepeated {
        /// Whom to tell.
        email: Personal,
        /// The name to greet.
        name: Personal,
        /// When.
        at: Timestamp,
    },
    /// An admin changed the role.
    #[serde(rename = "user.role_changed")]
    RoleChanged {
        /// The role from now on.
        role: Role,
        /// When.
        at: Timestamp,
    },
    /// An admin disabled the account.
    #[serde(rename = "user.disabled")]
    Disabled {
        /// When.
        at: Timestamp,
    },
}

impl Aggregate for User {
    type Event = UserEvent;
    const KIND: &'static str = "user";

    fn apply(state: Option<Self>, event: &UserEvent) -> Option<Self> {
        let Some(mut user) = state else { return Self::created(event) };
        match event {
            UserEvent::Registered { .. } | UserEvent::AdminBootstrapped { .. } => {}
            UserEvent::VerificationRequested { verification_token, verification_expires_at, at, .. } => {
                let rival = user.verifications.last().is_some_and(|latest| latest.rival && *at < latest.expires_at);
                user.expect_token(verification_token, *verification_expires_at, rival, *at);
            }
            UserEvent::RegisteredAgain { verification_token, verification_expires_at, at, .. } => {
                user.expect_token(verification_token, *verification_expires_at, true, *at);
            }
            UserEvent::VerificationsVoided { .. } => user.verifications.clear(),
            UserEvent::Verified { role, name, at } => {
                user.verified = true;
                user.role = *role;
                user.updated_at = *at;
                if let Some(name) = name {
                    user.name = revealed(name);
                    user.epoch += 1;
                    user.signed_out_at = Some(*at);
                }
            }
            UserEvent::Updated { name, at } => {
                user.name = revealed(name);
                user.updated_at = *at;
            }
            UserEvent::RegistrationRepeated { at, .. } => user.repeat_told_at = Some(*at),
            UserEvent::RoleChanged { role, at } => {
                user.role = *role;
                user.epoch += 1;
                user.updated_at = *at;
            }
            UserEvent::Disabled { at } => {
                user.status = Status::Disabled;
                user.epoch += 1;
                user.updated_at = *at;
            }
        }
        Some(user)
    }

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn key(&self) -> Key {
        keys::state(Self::KIND, self.id)
    }

    fn listed(&self) -> Listed {
        Listed { all: Some(format!("USERS#{}", keys::shard(self.id.as_u128()))), ..Listed::default() }
    }
}

impl User {
    fn created(event: &UserEvent) -> Option<Self> {
        let account = |id: &UserId, email: &Personal, name: &Personal, role, at: &Timestamp| Self {
            id: *id,
            email: revealed(email),
            name: revealed(name),
            role,
            status: Status::Active,
            epoch: 1,
            verified: false,
            verifications: Vec::new(),
            mails: None,
            signed_out_at: None,
            repeat_told_at: None,
            created_at: *at,
            updated_at: *at,
        };
        match event {
            UserEvent::Registered { id, email, name, role, verification_token, verification_expires_at, at } => {
                let mut user = account(id, email, name, *role, at);
                user.expect_token(verification_token, *verification_expires_at, false, *at);
                Some(user)
            }
            UserEvent::AdminBootstrapped { id, email, name, at } => {
                Some(Self { verified: true, ..account(id, email, name, Role::Admin, at) })
            }
            _ => None,
        }
    }

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

    /// An operator makes the first admin.
    #[must_use]
    pub fn bootstrap(id: UserId, email: &EmailAddress, name: &str, now: Timestamp) -> Vec<UserEvent> {
        vec![UserEvent::AdminBootstrapped { id, email: email.as_str().into(), name: name.into(), at: now }]
    }

    fn expect_token(&mut self, token: &Personal, expires_at: Timestamp, rival: bool, now: Timestamp) {
        self.verifications.retain(|verification| now < verification.expires_at);
        self.verifications.extend(token.reveal().map(|token| Verification::of(token, expires_at, rival)));
        let (since, count) = self.mails_lately(now).map_or((now, 0), |mails| (mails.since, mails.count));
        self.mails = Some(Mails { since, last: now, count: count + 1 });
    }

    fn mails_lately(&self, now: Timestamp) -> Option<Mails> {
        self.mails.filter(|mails| now.duration_since(mails.since) < MAIL_PERIOD)
    }

    fn has_had_its_mails(&self, now: Timestamp) -> bool {
        self.mails_lately(now).is_some_and(|mails| mails.count >= MAILS)
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
            let told = too_soon(self.repeat_told_at, REPEAT_PAUSE, now);
            let name = self.name.as_str().into();
            return if told { Vec::new() } else { vec![UserEvent::RegistrationRepeated { email, name, at: now }] };
        }
        if self.has_had_its_mails(now) {
            return if self.verifications.is_empty() { Vec::new() } else { vec![UserEvent::VerificationsVoided { at: now }] };
        }
        let verification_token = token.as_str().into();
        vec![UserEvent::RegisteredAgain { email, verification_token, verification_expires_at: expiry(now), at: now }]
    }

    /// Somebody asks for another verification mail: at most one a minute, and none where there is nothing to verify.
    #[must_use]
    pub fn request_verification(&self, token: &VerificationToken, now: Timestamp) -> Vec<UserEvent> {
        let too_soon = too_soon(self.mails.map(|mails| mails.last), MAIL_PAUSE, now);
        if self.verified || self.status != Status::Active || too_soon || self.has_had_its_mails(now) {
            return Vec::new();
        }
        vec![UserEvent::VerificationRequested {
            email: self.email.as_str().into(),
            verification_token: token.as_str().into(),
            verification_expires_at: expiry(now),
            at: now,
        }]
    }

    /// Whether sessions that began at this time are over.
    #[must_use]
    pub fn has_signed_out(&self, began: Timestamp) -> bool {
        self.signed_out_at.is_some_and(|at| began <= at)
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

    /// The person changes the name.
    #[must_use]
    pub fn rename(&self, name: &str, now: Timestamp) -> Vec<UserEvent> {
        if self.name == name { Vec::new() } else { vec![UserEvent::Updated { name: name.into(), at: now }] }
    }

    /// An admin changes the role.
    #[must_use]
    pub fn change_role(&self, role: Role, now: Timestamp) -> Vec<UserEvent> {
        if self.role == role { Vec::new() } else { vec![UserEvent::RoleChanged { role, at: now }] }
    }

    /// An admin disables the account.
    #[must_use]
    pub fn disable(&self, now: Timestamp) -> Vec<UserEvent> {
        if self.status == Status::Disabled { Vec::new() } else { vec![UserEvent::Disabled { at: now }] }
    }
}

/// The refusal of a verification token, whatever is wrong with it.
#[must_use]
pub fn invalid_token() -> Error {
    Error::refused("invalid-token", "This verification token is wrong or has expired: ask for another mail.")
}

/// Whether this can be a person's name: 1 to 100 characters that stand in one line and are no mark-up.
///
/// # Errors
/// What to change.
pub fn check_name(name: &str) -> Result<(), &'static str> {
    let characters = name.trim().chars().count();
    if !(1..=MAX_NAME).contains(&characters) {
        return Err("must have 1 to 100 characters");
    }
    if name.chars().any(|character| character.is_control() || "<>".contains(character)) {
        return Err("must not hold control characters or angle brackets");
    }
    Ok(())
}

fn expiry(now: Timestamp) -> Timestamp {
    now.saturating_add(SignedDuration::from_hours(LIFE_HOURS)).unwrap_or(Timestamp::MAX)
}

fn too_soon(last: Option<Timestamp>, pause: SignedDuration, now: Timestamp) -> bool {
    last.is_some_and(|last| now.duration_since(last) < pause)
}

fn revealed(value: &Personal) -> String {
    value.reveal().unwrap_or_default().to_owned()
}
