//! What can happen to an account.

use builder_store::id::{ApiKeyId, UserId};
use builder_store::merge::nullable;
use builder_store::personal::Personal;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::SessionId;
use crate::role::{Permission, Role};

/// What can happen to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
pub enum UserEvent {
    /// Somebody asked for an account with an address that has none. A mail with a link goes there.
    #[serde(rename = "user.registered")]
    Registered {
        /// The account that there will be once a link is followed.
        id: UserId,
        /// The address to verify.
        email: Personal,
        /// What the mail's link carries.
        verification_token: Personal,
        /// Until when.
        verification_expires_at: Timestamp,
        /// When it happened.
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
        /// When it happened.
        at: Timestamp,
    },
    /// Another verification mail is to be sent.
    #[serde(rename = "user.verification_requested")]
    VerificationRequested {
        /// The address to verify.
        email: Personal,
        /// What the mail's link carries.
        verification_token: Personal,
        /// Until when.
        verification_expires_at: Timestamp,
        /// When it happened.
        at: Timestamp,
    },
    /// Whoever reads the mail of the address followed a link and chose a name and a password: the
    /// account exists from now on.
    #[serde(rename = "user.verified")]
    Verified {
        /// The name.
        name: Personal,
        /// The network address that the link was followed from.
        address: Personal,
        /// When it happened.
        at: Timestamp,
    },
    /// The profile changed.
    #[serde(rename = "user.updated")]
    Updated {
        /// The name from now on.
        name: Personal,
        /// When it happened.
        at: Timestamp,
    },
    /// The person told more, or took it back, for invoices and parcels. What stays as it was is
    /// left out; null is what is no longer told.
    #[serde(rename = "user.profile_changed")]
    ProfileChanged {
        /// The user's company.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "nullable")]
        company: Option<Option<Personal>>,
        /// The VAT identification number.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "nullable")]
        vat_id: Option<Option<Personal>>,
        /// The user's telephone number.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "nullable")]
        phone: Option<Option<Personal>>,
        /// Where invoices go: an address as JSON text.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "nullable")]
        billing_address: Option<Option<Personal>>,
        /// Where goods go: an address as JSON text.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "nullable")]
        shipping_address: Option<Option<Personal>>,
        /// When it happened.
        at: Timestamp,
    },
    /// Somebody registered the address of this account again. Its owner is told, with a link to
    /// choose another password.
    #[serde(rename = "user.registration_repeated")]
    RegistrationRepeated {
        /// Whom to tell.
        email: Personal,
        /// What the mail's link carries.
        reset_token: Personal,
        /// Until when.
        reset_expires_at: Timestamp,
        /// Whether it was asked for from a network that the owner uses.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        known_network: bool,
        /// When it happened.
        at: Timestamp,
    },
    /// An admin changed the role.
    #[serde(rename = "user.role_changed")]
    RoleChanged {
        /// The role from now on.
        role: Role,
        /// When it happened.
        at: Timestamp,
    },
    /// An admin disabled the account.
    #[serde(rename = "user.disabled")]
    Disabled {
        /// When it happened.
        at: Timestamp,
    },
    /// An admin enabled the account again.
    #[serde(rename = "user.enabled")]
    Enabled {
        /// When it happened.
        at: Timestamp,
    },
    /// The person made an API key.
    #[serde(rename = "user.api_key_created")]
    ApiKeyCreated {
        /// The API key's ID.
        key: ApiKeyId,
        /// Whom to tell.
        email: Personal,
        /// Its name.
        name: Personal,
        /// The first characters of the key.
        hint: Personal,
        /// What its text is known by.
        key_hash: Personal,
        /// What it may do.
        scopes: Vec<Permission>,
        /// From when on it is no longer good, if ever.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
        /// When it happened.
        at: Timestamp,
    },
    /// The person revoked an API key.
    #[serde(rename = "user.api_key_revoked")]
    ApiKeyRevoked {
        /// The API key's ID.
        key: ApiKeyId,
        /// When it happened.
        at: Timestamp,
    },
    /// The person has set up a second factor.
    #[serde(rename = "user.second_factor_enabled")]
    SecondFactorEnabled {
        /// Whom to tell.
        email: Personal,
        /// When it happened.
        at: Timestamp,
    },
    /// The second factor is gone: its owner gave it up, or an admin took it away from somebody who
    /// lost it.
    #[serde(rename = "user.second_factor_disabled")]
    SecondFactorDisabled {
        /// Whom to tell.
        email: Personal,
        /// When it happened.
        at: Timestamp,
    },
    /// The person has got other backup codes in place of those before.
    #[serde(rename = "user.backup_codes_renewed")]
    BackupCodesRenewed {
        /// Whom to tell.
        email: Personal,
        /// When it happened.
        at: Timestamp,
    },
    /// Somebody signed in at a provider, with a verified address that nobody had, or that was
    /// registered but not verified here: an account without a password.
    #[serde(rename = "user.joined")]
    Joined {
        /// The account.
        id: UserId,
        /// Its address, as the provider has verified it.
        email: Personal,
        /// Its name.
        name: Personal,
        /// The role to begin with.
        role: Role,
        /// The provider's name.
        provider: String,
        /// Its issuer.
        issuer: String,
        /// Who it is there.
        subject: Personal,
        /// When it happened.
        at: Timestamp,
    },
    /// An identity at a provider became a way to sign in.
    #[serde(rename = "user.identity_linked")]
    IdentityLinked {
        /// The provider's name.
        provider: String,
        /// Its issuer.
        issuer: String,
        /// Who it is there.
        subject: Personal,
        /// The verified address there, if any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        identity_email: Option<Personal>,
        /// Whom to tell.
        email: Personal,
        /// When it happened.
        at: Timestamp,
    },
    /// An identity at a provider is no way to sign in any more.
    #[serde(rename = "user.identity_unlinked")]
    IdentityUnlinked {
        /// The provider's name.
        provider: String,
        /// Whom to tell.
        email: Personal,
        /// When it happened.
        at: Timestamp,
    },
    /// The person is forgotten: address and name are gone, and the key to what events say of them.
    #[serde(rename = "user.erased")]
    Erased {
        /// When it happened.
        at: Timestamp,
    },
    /// The person wants to be known by another address; a mail with a link is to be sent there.
    #[serde(rename = "user.email_change_requested")]
    EmailChangeRequested {
        /// Where to.
        new_email: Personal,
        /// What the mail's link carries.
        change_token: Personal,
        /// Until when.
        change_expires_at: Timestamp,
        /// When it happened.
        at: Timestamp,
    },
    /// The new address was proven, and is the account's. The old one is to be told.
    #[serde(rename = "user.email_changed")]
    EmailChanged {
        /// The address from now on.
        email: Personal,
        /// The address before: whom to tell.
        former_email: Personal,
        /// What the link in that mail carries, which undoes the change. Missing when this goes back
        /// to an address that the account had: then nobody is told, and nobody can undo it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        undo_token: Option<Personal>,
        /// Until when.
        undo_expires_at: Timestamp,
        /// When it happened.
        at: Timestamp,
    },
    /// Whoever reads the mail of an address before has taken the account back. All sessions are
    /// over, and so is the password.
    #[serde(rename = "user.email_change_undone")]
    EmailChangeUndone {
        /// The address from now on: whom to tell.
        email: Personal,
        /// What the link in that mail carries, which lets another password be chosen.
        reset_token: Personal,
        /// Until when.
        reset_expires_at: Timestamp,
        /// When it happened.
        at: Timestamp,
    },
    /// The person wants the account deleted. All sessions and API keys are over.
    #[serde(rename = "user.deletion_scheduled")]
    DeletionScheduled {
        /// Whom to tell.
        email: Personal,
        /// From when on it is deleted.
        due_at: Timestamp,
        /// When it happened.
        at: Timestamp,
    },
    /// The person has signed in before the account was deleted, and keeps it.
    #[serde(rename = "user.deletion_cancelled")]
    DeletionCancelled {
        /// Whom to tell.
        email: Personal,
        /// When it happened.
        at: Timestamp,
    },
    /// Somebody signed in from a network that nobody had signed in from before.
    #[serde(rename = "user.signed_in_from_new_network")]
    SignedInFromNewNetwork {
        /// Whom to tell.
        email: Personal,
        /// The network, as it may be told.
        network: String,
        /// When it happened.
        at: Timestamp,
    },
    /// Ten wrong codes in a row came after the right password.
    #[serde(rename = "user.second_factor_paused")]
    SecondFactorPaused {
        /// Whom to tell.
        email: Personal,
        /// The network that the last one came from, as it may be told.
        network: String,
        /// When it happened.
        at: Timestamp,
    },
    /// Wrong passwords were given. Of many in a row, a few are noted: the 5th, 10th, 20th, 40th and
    /// so on.
    #[serde(rename = "user.sign_in_failed")]
    SignInFailed {
        /// The network that the last one came from, as it may be told.
        network: String,
        /// How many there were in a row.
        failures: u64,
        /// When it happened.
        at: Timestamp,
    },
    /// Sessions were ended, all of them or all but one.
    #[serde(rename = "user.signed_out")]
    SignedOut {
        /// The session that goes on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kept: Option<SessionId>,
        /// When it happened.
        at: Timestamp,
    },
    /// Somebody forgot the password, or says so; a mail with a link is to be sent.
    #[serde(rename = "user.password_reset_requested")]
    PasswordResetRequested {
        /// Where to.
        email: Personal,
        /// What the mail's link carries.
        reset_token: Personal,
        /// Until when.
        reset_expires_at: Timestamp,
        /// Whether it was asked for from a network that the owner uses.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        known_network: bool,
        /// When it happened.
        at: Timestamp,
    },
    /// Whoever reads the account's mail chose another password. All sessions are over.
    #[serde(rename = "user.password_reset")]
    PasswordReset {
        /// Whom to tell.
        email: Personal,
        /// The network address that the link was followed from.
        address: Personal,
        /// When it happened.
        at: Timestamp,
    },
    /// The person chose another password. All other sessions are over.
    #[serde(rename = "user.password_changed")]
    PasswordChanged {
        /// Whom to tell.
        email: Personal,
        /// The session that goes on.
        kept: SessionId,
        /// When it happened.
        at: Timestamp,
    },
}
