//! The account: its states and events. No I/O.
//!
//! ```text
//! pending ── a mailed link is opened ──> active <── a provider verified the address ── pending, or
//! unknown
//! active ── disabled ──> refused at sign-in and by the guard
//! ```
//!
//! Anyone can register anyone's address, so a registration contains only the address and the tokens
//! of the mailed links: no name, no password, no session. The person who opens one of the links
//! chooses these, so all links are equally valid for the owner of the mailbox, and the account
//! contains nothing that someone else could have put there.
//!
//! The password's hash is not part of the account. Events are permanent, relayed and exported,
//! which a hash must not be, and reading an account must not return it. It is stored in its own
//! item, written in the same commit (see [`crate::account::store`]), so the whole account can be
//! folded from its events.

mod administration;
mod api_keys;
mod deletion;
mod email_change;
mod event;
mod identity;
mod mails;
mod notices;
mod password;
mod profile;
mod registration;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::account::profile::Profile;
use crate::api_keys::api_key::ApiKey;
use crate::id::SessionId;
use crate::keys;
use crate::mailed_links::email_change::{EmailChange, FormerEmail};
use crate::mailed_links::password_reset::PasswordReset;
use crate::mailed_links::verification::Verification;
use crate::role::Role;
pub use api_keys::NewApiKey;
use builder_store::aggregate::{Aggregate, Listed};
use builder_store::id::UserId;
use builder_store::personal::Personal;
pub use email_change::invalid_change_token;
pub use event::UserEvent;
pub use identity::{Identity, NewIdentity};
pub use mails::Mails;
pub use notices::is_noted;
pub use password::invalid_reset_token;
pub use registration::invalid_token;

/// The maximum number of characters of a name.
const MAX_NAME: usize = 100;
/// The maximum number of network addresses that are stored because a mailed link was opened there.
const MOST_ADDRESSES: usize = 5;
/// The maximum number of unlinked identities that are stored.
const MOST_UNLINKED: usize = 20;

/// The status of an account.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, strum::Display,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Status {
    /// Its address was registered, and the mailed link hasn't been followed yet.
    Pending,
    /// It can be used.
    Active,
    /// It can't be used until an admin enables it.
    Disabled,
    /// It was erased and can never be used again.
    Erased,
}

/// An account. Its e-mail address, name and profile are empty after erasure.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The account's ID.
    pub id: UserId,
    /// The address, in the form of [`EmailAddress`].
    pub email: String,
    /// The user's name.
    pub name: String,
    /// The data for invoices and shipping.
    #[serde(default, skip_serializing_if = "Profile::is_empty")]
    pub profile: Profile,
    /// The role.
    pub role: Role,
    /// The status.
    pub status: Status,
    /// Contained in access tokens; raising it invalidates all earlier ones.
    pub epoch: u64,
    /// The unexpired verification tokens, oldest first. Once the account is active they are stored,
    /// but can't be used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verifications: Vec<Verification>,
    /// The recently requested mails.
    #[serde(default, skip_serializing_if = "Mails::is_empty")]
    pub mails: Mails,
    /// The network addresses from which mailed links were opened, oldest first, at most
    /// [`MOST_ADDRESSES`]. Only the owner can read those mails, so these networks are the owner's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// The epoch in which all sessions were last ended: those from an earlier epoch have ended,
    /// except [`Self::kept_session`].
    #[serde(default)]
    pub signed_out_epoch: u64,
    /// The session that continued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_session: Option<SessionId>,
    /// The valid reset tokens, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resets: Vec<PasswordReset>,
    /// Whether signing in requires a second factor.
    #[serde(default)]
    pub second_factor: bool,
    /// When the second factor was set up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_factor_at: Option<Timestamp>,
    /// The address that will replace the current one once it is confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_change: Option<EmailChange>,
    /// When mails about a new address were requested in the last hour.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub email_changes_asked_at: Vec<Timestamp>,
    /// The addresses that the account can change back to, in the order in which it left them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_emails: Vec<FormerEmail>,
    /// When the account is due for deletion at its owner's request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_due_at: Option<Timestamp>,
    /// The API keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub api_keys: Vec<ApiKey>,
    /// The linked identities at OpenID providers, at most one per provider.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<Identity>,
    /// The hashes of unlinked identities, oldest first, at most [`MOST_UNLINKED`]: they can be
    /// linked again only in a session.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unlinked: Vec<String>,
    /// Returns whether it has no password: it is pending, or was created by signing in at a
    /// provider and none has been set since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub passwordless: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its data last changed.
    pub updated_at: Timestamp,
}

/// Shows nothing personal: debug output ends up in logs.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "User({}, {}, {}, epoch {})", self.id, self.role, self.status, self.epoch)
    }
}

impl Aggregate for User {
    type Event = UserEvent;
    const KIND: &'static str = "user";

    fn apply(state: Option<Self>, event: &UserEvent) -> Option<Self> {
        let Some(mut user) = state else { return Self::created(event) };
        match event {
            UserEvent::Registered { .. } | UserEvent::AdminBootstrapped { .. } => {}
            UserEvent::BackupCodesRenewed { .. }
            | UserEvent::SignedInFromNewNetwork { .. }
            | UserEvent::SecondFactorPaused { .. }
            | UserEvent::SignInFailed { .. } => {}
            UserEvent::Joined { name, role, provider, issuer, subject, email, at, .. } => {
                user.status = Status::Active;
                user.name = revealed(name);
                user.role = *role;
                user.identities = vec![Identity::of(provider, issuer, subject, Some(email), *at)];
                user.updated_at = *at;
            }
            UserEvent::VerificationRequested {
                verification_token,
                verification_expires_at,
                at,
                ..
            } => {
                user.expect_token(verification_token, *verification_expires_at, *at);
            }
            UserEvent::Verified { name, address, at } => {
                user.status = Status::Active;
                user.name = revealed(name);
                user.passwordless = false;
                user.know_address(address);
                user.updated_at = *at;
            }
            UserEvent::Updated { name, at } => {
                user.name = revealed(name);
                user.updated_at = *at;
            }
            UserEvent::ProfileChanged {
                company,
                vat_id,
                phone,
                billing_address,
                shipping_address,
                at,
            } => {
                user.profile = user.profile.changed([
                    company,
                    vat_id,
                    phone,
                    billing_address,
                    shipping_address,
                ]);
                user.updated_at = *at;
            }
            UserEvent::RoleChanged { role, at } => {
                user.role = *role;
                user.epoch += 1;
                user.updated_at = *at;
            }
            UserEvent::Disabled { at } => {
                user.status = Status::Disabled;
                user.end_sessions(None);
                user.api_keys.clear();
                user.updated_at = *at;
            }
            UserEvent::Enabled { at } => {
                user.status = Status::Active;
                user.updated_at = *at;
            }
            UserEvent::ApiKeyCreated {
                key, name, hint, key_hash, scopes, expires_at, at, ..
            } => user.api_keys.push(ApiKey {
                id: *key,
                name: revealed(name),
                hint: revealed(hint),
                hash: revealed(key_hash),
                scopes: scopes.clone(),
                expires_at: *expires_at,
                created_at: *at,
            }),
            UserEvent::ApiKeyRevoked { key, .. } => {
                user.api_keys.retain(|present| present.id != *key)
            }
            UserEvent::SecondFactorEnabled { at, .. } => {
                user.second_factor = true;
                user.second_factor_at = Some(*at);
            }
            UserEvent::SecondFactorDisabled { .. } => {
                user.second_factor = false;
                user.second_factor_at = None;
            }
            UserEvent::EmailChangeRequested { new_email, change_token, change_expires_at, at } => {
                user.await_email_change(new_email, change_token, *change_expires_at, *at);
            }
            UserEvent::EmailChanged { email, undo_token, undo_expires_at, at, .. } => {
                user.take_email(revealed(email), undo_token.as_ref(), *undo_expires_at, *at);
            }
            UserEvent::EmailChangeUndone { email, reset_token, reset_expires_at, at } => {
                user.go_back_to_email(&revealed(email), *at);
                user.resets.extend(
                    reset_token.reveal().map(|token| PasswordReset::of(token, *reset_expires_at)),
                );
            }
            UserEvent::DeletionScheduled { due_at, .. } => user.await_deletion(*due_at),
            UserEvent::DeletionCancelled { .. } => user.deletion_due_at = None,
            UserEvent::IdentityLinked { provider, issuer, subject, identity_email, at, .. } => {
                let hash = identity::hash(user.id, issuer, &revealed(subject));
                user.unlinked.retain(|unlinked| *unlinked != hash);
                user.identities.push(Identity::of(
                    provider,
                    issuer,
                    subject,
                    identity_email.as_ref(),
                    *at,
                ));
            }
            UserEvent::IdentityUnlinked { provider, .. } => user.forget_identity(provider),
            UserEvent::Erased { at } => {
                user = Self {
                    email: String::new(),
                    name: String::new(),
                    profile: Profile::default(),
                    role: Role::Guest,
                    status: Status::Erased,
                    epoch: user.epoch + 1,
                    verifications: Vec::new(),
                    mails: Mails::default(),
                    addresses: Vec::new(),
                    signed_out_epoch: user.epoch + 1,
                    kept_session: None,
                    resets: Vec::new(),
                    second_factor: false,
                    second_factor_at: None,
                    email_change: None,
                    email_changes_asked_at: Vec::new(),
                    former_emails: Vec::new(),
                    deletion_due_at: None,
                    api_keys: Vec::new(),
                    identities: Vec::new(),
                    unlinked: Vec::new(),
                    passwordless: false,
                    updated_at: *at,
                    ..user
                }
            }
            UserEvent::SignedOut { kept, .. } => user.end_sessions(*kept),
            UserEvent::PasswordResetRequested {
                reset_token,
                reset_expires_at,
                known_network,
                at,
                ..
            }
            | UserEvent::RegistrationRepeated {
                reset_token,
                reset_expires_at,
                known_network,
                at,
                ..
            } => {
                user.resets.retain(|reset| *at < reset.expires_at);
                user.resets.extend(
                    reset_token.reveal().map(|token| PasswordReset::of(token, *reset_expires_at)),
                );
                user.mails.count(*known_network, *at);
            }
            UserEvent::PasswordReset { address, .. } => {
                user.know_address(address);
                user.resets.clear();
                user.passwordless = false;
                user.end_sessions(None);
            }
            UserEvent::PasswordChanged { kept, .. } => {
                user.resets.clear();
                user.passwordless = false;
                user.end_sessions(Some(*kept));
            }
        }
        Some(user)
    }

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn owner(&self) -> Option<UserId> {
        Some(self.id)
    }

    fn listed(&self) -> Listed {
        let id = self.id.as_u128();
        if self.status == Status::Erased {
            return Listed::default();
        }
        let by_status = Some(keys::sharded(&keys::users_like(self.role, self.status), id));
        if self.status == Status::Pending {
            return Listed { by_status, ..Listed::default() };
        }
        Listed {
            all: Some(keys::sharded(&keys::listing(Self::KIND), id)),
            by_status,
            by_name: Some((keys::addresses_like(&self.email), self.email.clone())),
            by_owner: None,
        }
    }
}

impl User {
    fn created(event: &UserEvent) -> Option<Self> {
        let account = |id: &UserId, email: &Personal, name: &Personal, role, at: &Timestamp| Self {
            id: *id,
            email: revealed(email),
            name: revealed(name),
            profile: Profile::default(),
            role,
            status: Status::Active,
            epoch: 1,
            verifications: Vec::new(),
            mails: Mails::default(),
            addresses: Vec::new(),
            signed_out_epoch: 0,
            kept_session: None,
            resets: Vec::new(),
            second_factor: false,
            second_factor_at: None,
            email_change: None,
            email_changes_asked_at: Vec::new(),
            former_emails: Vec::new(),
            deletion_due_at: None,
            api_keys: Vec::new(),
            identities: Vec::new(),
            unlinked: Vec::new(),
            passwordless: false,
            created_at: *at,
            updated_at: *at,
        };
        match event {
            UserEvent::Registered {
                id,
                email,
                verification_token,
                verification_expires_at,
                at,
            } => {
                let mut user = account(id, email, &Personal::from(""), Role::User, at);
                user.status = Status::Pending;
                user.passwordless = true;
                user.expect_token(verification_token, *verification_expires_at, *at);
                Some(user)
            }
            UserEvent::AdminBootstrapped { id, email, name, at } => {
                Some(account(id, email, name, Role::Admin, at))
            }
            UserEvent::Joined { id, email, name, role, provider, issuer, subject, at } => {
                Some(Self {
                    identities: vec![Identity::of(provider, issuer, subject, Some(email), *at)],
                    passwordless: true,
                    ..account(id, email, name, *role, at)
                })
            }
            _ => None,
        }
    }

    fn forget_identity(&mut self, provider: &str) {
        let id = self.id;
        let unlinked = self.identities.extract_if(.., |identity| identity.provider == provider);
        let hashes: Vec<String> = unlinked
            .map(|identity| identity::hash(id, &identity.issuer, &identity.subject))
            .collect();
        self.unlinked.extend(hashes);
        let oldest = self.unlinked.len().saturating_sub(MOST_UNLINKED);
        self.unlinked.drain(..oldest);
    }

    /// Records that a mailed link was opened from this network address.
    fn know_address(&mut self, address: &Personal) {
        let Some(address) = address.reveal() else { return };
        self.addresses.retain(|known| known != address);
        self.addresses.push(address.to_owned());
        let oldest = self.addresses.len().saturating_sub(MOST_ADDRESSES);
        self.addresses.drain(..oldest);
    }

    fn end_sessions(&mut self, kept: Option<SessionId>) {
        self.epoch += 1;
        self.signed_out_epoch = self.epoch;
        self.kept_session = kept;
    }
}

/// Checks that this is a valid name: 1 to 100 characters in one line, without markup.
///
/// # Errors
/// What to change.
pub fn check_name(name: &str) -> Result<(), &'static str> {
    let characters = name.trim().chars().count();
    if !(1..=MAX_NAME).contains(&characters) {
        return Err("must have 1 to 100 characters");
    }
    if name.contains(['<', '>']) {
        return Err("must not contain angle brackets");
    }
    builder_store::text::check_line(name.trim())
}

fn revealed(value: &Personal) -> String {
    value.reveal().unwrap_or_default().to_owned()
}
