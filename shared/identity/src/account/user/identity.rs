//! Identities at OpenID providers: other ways to sign in to the account.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use builder_store::error::{Error, Result};
use builder_store::id::UserId;
use builder_store::personal::Personal;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Status, User, UserEvent, check_name, revealed};
use crate::email::EmailAddress;
use crate::role::Role;

/// The hash of an unlinked identity, which doesn't reveal the identity.
pub(super) fn hash(user: UserId, issuer: &str, subject: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{user}\n{issuer}\n{subject}")))
}

/// The data that a provider returns about a user who has signed in.
#[derive(Clone, PartialEq, Eq)]
pub struct NewIdentity {
    /// The provider's name here.
    pub provider: String,
    /// Its issuer.
    pub issuer: String,
    /// The subject: unique for the issuer, and never reassigned.
    pub subject: String,
    /// The verified address there, if any.
    pub email: Option<EmailAddress>,
}

/// An identity that is linked to an account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// The provider's name here.
    pub provider: String,
    /// Its issuer.
    pub issuer: String,
    /// The subject.
    pub subject: String,
    /// The verified address there, if any, so that its owner can distinguish identities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// When it was linked.
    pub linked_at: Timestamp,
}

/// Shows nothing personal: debug output ends up in logs.
impl std::fmt::Debug for NewIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewIdentity({})", self.provider)
    }
}

/// As [`NewIdentity`].
impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({})", self.provider)
    }
}

impl Identity {
    /// Returns whether it is this identity.
    #[must_use]
    pub fn is(&self, issuer: &str, subject: &str) -> bool {
        self.issuer == issuer && self.subject == subject
    }

    pub(super) fn of(
        provider: &str,
        issuer: &str,
        subject: &Personal,
        email: Option<&Personal>,
        at: Timestamp,
    ) -> Self {
        let email = email.and_then(Personal::reveal).map(str::to_owned);
        Self {
            provider: provider.to_owned(),
            issuer: issuer.to_owned(),
            subject: revealed(subject),
            email,
            linked_at: at,
        }
    }
}

impl User {
    /// Creates an account without a password for a user who signed in at a provider, and whose
    /// verified address has no account here or an unverified one. `name` is the name at the
    /// provider, if it is valid here.
    /// A pending registration contains nothing that an attacker could have prepared
    /// ("pre-hijacking", <https://arxiv.org/abs/2205.10174>): no password, no session, no identity.
    /// Its links become invalid.
    #[must_use]
    pub fn join(
        id: UserId,
        email: &EmailAddress,
        name: Option<&str>,
        new: &NewIdentity,
        now: Timestamp,
    ) -> Vec<UserEvent> {
        let before_at = email.as_str().split('@').next().unwrap_or_default();
        let name = name
            .into_iter()
            .chain([before_at])
            .find(|name| check_name(name).is_ok())
            .unwrap_or(&new.provider);
        vec![UserEvent::Joined {
            id,
            email: email.as_str().into(),
            name: name.into(),
            role: Role::User,
            provider: new.provider.clone(),
            issuer: new.issuer.clone(),
            subject: new.subject.as_str().into(),
            at: now,
        }]
    }

    /// An identity becomes a way to sign in to this account. Nothing happens when it is one
    /// already.
    ///
    /// # Errors
    /// [`Error::Refused`] with `account-not-active`, or with `provider-linked` when another
    /// identity of the provider is linked.
    pub fn link_identity(&self, new: &NewIdentity, now: Timestamp) -> Result<Vec<UserEvent>> {
        if self.status != Status::Active {
            return Err(Error::refused(
                "account-not-active",
                "An identity can't be linked to a disabled account.",
            ));
        }
        match self.identities.iter().find(|identity| identity.provider == new.provider) {
            Some(identity) if identity.is(&new.issuer, &new.subject) => return Ok(Vec::new()),
            // The provider may have given the address to another person since.
            Some(_) => {
                return Err(Error::refused(
                    "provider-linked",
                    "Another identity of this provider is linked to the account. Sign in another \
                     way and unlink it first.",
                ));
            }
            None => {}
        }
        Ok(vec![UserEvent::IdentityLinked {
            provider: new.provider.clone(),
            issuer: new.issuer.clone(),
            subject: new.subject.as_str().into(),
            identity_email: new.email.as_ref().map(|email| email.as_str().into()),
            email: self.email.as_str().into(),
            at: now,
        }])
    }

    /// Returns whether this identity was unlinked and not linked again. Signing in with it must
    /// then not link it, since its owner removed it.
    #[must_use]
    pub fn has_unlinked(&self, identity: &NewIdentity) -> bool {
        self.unlinked.contains(&hash(self.id, &identity.issuer, &identity.subject))
    }

    /// Unlinks the identity at this provider.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none, [`Error::Refused`] with `last-sign-in` when the
    /// account would have no way to sign in left.
    pub fn unlink_identity(&self, provider: &str, now: Timestamp) -> Result<Vec<UserEvent>> {
        let linked = self.identities.iter().any(|identity| identity.provider == provider);
        if !linked {
            return Err(Error::NotFound { what: "identity" });
        }
        if self.passwordless && self.identities.len() == 1 {
            return Err(Error::refused(
                "last-sign-in",
                "This is the only way to sign in to the account. Set a password first, with POST \
                 /api/v1/auth/forgot-password.",
            ));
        }
        Ok(vec![UserEvent::IdentityUnlinked {
            provider: provider.to_owned(),
            email: self.email.as_str().into(),
            at: now,
        }])
    }
}
