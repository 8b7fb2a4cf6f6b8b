//! The events of an account.

use builder_store::id::{ApiKeyId, UserId};
use builder_store::merge::nullable;
use builder_store::personal::Personal;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::SessionId;
use crate::role::{Permission, Role};

/// The events of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
pub enum UserEvent {
    /// An address without an account was registered. A mail with a link is sent to it.
    #[serde(rename = "user.registered")]
    Registered {
        /// The account that is created when the link is opened.
        id: UserId,
        /// The address to verify.
        email: Personal,
        /// The token in the mail's link.
        verification_token: Personal,
        /// When it expires.
        verification_expires_at: Timestamp,
        /// When it happened.
        at: Timestamp,
    },
    /// An operator created the first admin: there is no address to verify.
    #[serde(rename = "user.admin_bootstrapped")]
    AdminBootstrapped {
        /// The account.
        id: UserId,
        /// The address.
        email: Personal,
        /// The name.
        name: Personal,
        /// When it happened.
        at: Timestamp,
    },
    /// Another verification mail was requested.
    #[serde(rename = "user.verification_requested")]
    VerificationRequested {
        /// The address to verify.
        email: Personal,
        /// The token in the mail's link.
        verification_token: Personal,
        /// When it expires.
        verification_expires_at: Timestamp,
        /// When it happened.
        at: Timestamp,
    },
    /// A person who can read the address's mail opened a link and chose a name and a password: the
    /// account becomes active.
    #[serde(rename = "user.verified")]
    Verified {
        /// The name.
        name: Personal,
        /// The network address from which the link was opened.
        address: Personal,
        /// When it happened.
        at: Timestamp,
    },
    /// The name changed.
    #[serde(rename = "user.updated")]
    Updated {
        /// The new name.
        name: Personal,
        /// When it happened.
        at: Timestamp,
    },
    /// The profile changed. Unchanged members are omitted; cleared ones are null.
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
        /// The billing address, as JSON text.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "nullable")]
        billing_address: Option<Option<Personal>>,
        /// The shipping address, as JSON text.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "nullable")]
        shipping_address: Option<Option<Personal>>,
        /// When it happened.
        at: Timestamp,
    },
    /// The address of this account was registered again. Its owner is notified, with a link to
    /// choose another password.
    #[serde(rename = "user.registration_repeated")]
    RegistrationRepeated {
        /// The address to notify.
        email: Personal,
        /// The token in the mail's link.
        reset_token: Personal,
        /// When it expires.
        reset_expires_at: Timestamp,
        /// Whether the request came from a network that the owner uses.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        known_network: bool,
        /// When it happened.
        at: Timestamp,
    },
    /// An admin changed the role.
    #[serde(rename = "user.role_changed")]
    RoleChanged {
        /// The new role.
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
    /// An admin enabled the account.
    #[serde(rename = "user.enabled")]
    Enabled {
        /// When it happened.
        at: Timestamp,
    },
    /// An API key was created.
    #[serde(rename = "user.api_key_created")]
    ApiKeyCreated {
        /// The API key's ID.
        key: ApiKeyId,
        /// The address to notify.
        email: Personal,
        /// The name.
        name: Personal,
        /// The first characters of the key.
        hint: Personal,
        /// The hash of the key.
        key_hash: Personal,
        /// The scopes.
        scopes: Vec<Permission>,
        /// When it expires, if ever.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
        /// When it happened.
        at: Timestamp,
    },
    /// An API key was revoked.
    #[serde(rename = "user.api_key_revoked")]
    ApiKeyRevoked {
        /// The API key's ID.
        key: ApiKeyId,
        /// When it happened.
        at: Timestamp,
    },
    /// A second factor was set up.
    #[serde(rename = "user.second_factor_enabled")]
    SecondFactorEnabled {
        /// The address to notify.
        email: Personal,
        /// When it happened.
        at: Timestamp,
    },
    /// The second factor was removed, by its owner or by an admin.
    #[serde(rename = "user.second_factor_disabled")]
    SecondFactorDisabled {
        /// The address to notify.
        email: Personal,
        /// When it happened.
        at: Timestamp,
    },
    /// The backup codes were replaced.
    #[serde(rename = "user.backup_codes_renewed")]
    BackupCodesRenewed {
        /// The address to notify.
        email: Personal,
        /// When it happened.
        at: Timestamp,
    },
    /// A person signed in at a provider, with a verified address that was unknown or registered but
    /// not verified here: an account without a password.
    #[serde(rename = "user.joined")]
    Joined {
        /// The account.
        id: UserId,
        /// The address, as verified by the provider.
        email: Personal,
        /// The name.
        name: Personal,
        /// The initial role.
        role: Role,
        /// The provider's name.
        provider: String,
        /// The provider's issuer.
        issuer: String,
        /// The person's ID at the provider.
        subject: Personal,
        /// When it happened.
        at: Timestamp,
    },
    /// An identity at a provider was linked to the account.
    #[serde(rename = "user.identity_linked")]
    IdentityLinked {
        /// The provider's name.
        provider: String,
        /// The provider's issuer.
        issuer: String,
        /// The person's ID at the provider.
        subject: Personal,
        /// The verified address at the provider, if any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        identity_email: Option<Personal>,
        /// The address to notify.
        email: Personal,
        /// When it happened.
        at: Timestamp,
    },
    /// An identity at a provider was unlinked from the account.
    #[serde(rename = "user.identity_unlinked")]
    IdentityUnlinked {
        /// The provider's name.
        provider: String,
        /// The address to notify.
        email: Personal,
        /// When it happened.
        at: Timestamp,
    },
    /// The account was erased: its address and name, and the key to the personal data in events.
    #[serde(rename = "user.erased")]
    Erased {
        /// When it happened.
        at: Timestamp,
    },
    /// A change of address was requested; a mail with a link is sent to the new address.
    #[serde(rename = "user.email_change_requested")]
    EmailChangeRequested {
        /// The new address.
        new_email: Personal,
        /// The token in the mail's link.
        change_token: Personal,
        /// When it expires.
        change_expires_at: Timestamp,
        /// When it happened.
        at: Timestamp,
    },
    /// The new address was confirmed, and replaces the old one, to which a notice is sent.
    #[serde(rename = "user.email_changed")]
    EmailChanged {
        /// The new address.
        email: Personal,
        /// The former address, to which the notice is sent.
        former_email: Personal,
        /// The token in that mail's link, which undoes the change. Absent if the account changes
        /// back to a former address: then no mail is sent, and it can't be undone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        undo_token: Option<Personal>,
        /// When it expires.
        undo_expires_at: Timestamp,
        /// When it happened.
        at: Timestamp,
    },
    /// A person who can read the mail of a former address undid the change. All sessions and the
    /// password become invalid.
    #[serde(rename = "user.email_change_undone")]
    EmailChangeUndone {
        /// The restored address, to which a mail is sent.
        email: Personal,
        /// The token in that mail's link, with which another password can be chosen.
        reset_token: Personal,
        /// When it expires.
        reset_expires_at: Timestamp,
        /// When it happened.
        at: Timestamp,
    },
    /// The owner requested the deletion of the account. All sessions and API keys end.
    #[serde(rename = "user.deletion_scheduled")]
    DeletionScheduled {
        /// The address to notify.
        email: Personal,
        /// When it is due.
        due_at: Timestamp,
        /// When it happened.
        at: Timestamp,
    },
    /// The owner signed in before the account was deleted, which cancels the deletion.
    #[serde(rename = "user.deletion_cancelled")]
    DeletionCancelled {
        /// The address to notify.
        email: Personal,
        /// When it happened.
        at: Timestamp,
    },
    /// A sign-in came from a new network.
    #[serde(rename = "user.signed_in_from_new_network")]
    SignedInFromNewNetwork {
        /// The address to notify.
        email: Personal,
        /// The masked network.
        network: String,
        /// When it happened.
        at: Timestamp,
    },
    /// Ten wrong codes in a row were entered after the right password.
    #[serde(rename = "user.second_factor_paused")]
    SecondFactorPaused {
        /// The address to notify.
        email: Personal,
        /// The masked network of the last one.
        network: String,
        /// When it happened.
        at: Timestamp,
    },
    /// Wrong passwords were entered. Of many in a row, a few are recorded: the 5th, 10th, 20th,
    /// 40th and so on.
    #[serde(rename = "user.sign_in_failed")]
    SignInFailed {
        /// The masked network of the last one.
        network: String,
        /// The number of failures in a row.
        failures: u64,
        /// When it happened.
        at: Timestamp,
    },
    /// All sessions were ended, or all but one.
    #[serde(rename = "user.signed_out")]
    SignedOut {
        /// The session that continues.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kept: Option<SessionId>,
        /// When it happened.
        at: Timestamp,
    },
    /// A password reset was requested; a mail with a link is sent.
    #[serde(rename = "user.password_reset_requested")]
    PasswordResetRequested {
        /// The address.
        email: Personal,
        /// The token in the mail's link.
        reset_token: Personal,
        /// When it expires.
        reset_expires_at: Timestamp,
        /// Whether the request came from a network that the owner uses.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        known_network: bool,
        /// When it happened.
        at: Timestamp,
    },
    /// A person who can read the account's mail chose another password. All sessions end.
    #[serde(rename = "user.password_reset")]
    PasswordReset {
        /// The address to notify.
        email: Personal,
        /// The network address from which the link was opened.
        address: Personal,
        /// When it happened.
        at: Timestamp,
    },
    /// The owner changed the password. All other sessions end.
    #[serde(rename = "user.password_changed")]
    PasswordChanged {
        /// The address to notify.
        email: Personal,
        /// The session that continues.
        kept: SessionId,
        /// When it happened.
        at: Timestamp,
    },
}
