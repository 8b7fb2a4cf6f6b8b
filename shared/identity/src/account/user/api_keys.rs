//! The keys that a person gives to programs.

use builder_store::error::{Error, Result, Violation};
use builder_store::id::ApiKeyId;
use jiff::Timestamp;

use super::{Status, User, UserEvent};
use crate::api_keys::api_key::{ApiKeyText, MOST};
use crate::role::Permission;

/// An API key to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiKey {
    /// Its name.
    pub name: String,
    /// The permissions.
    pub scopes: Vec<Permission>,
    /// When it expires, if ever.
    pub expires_at: Option<Timestamp>,
}

impl User {
    /// The person makes a key.
    ///
    /// # Errors
    /// [`Error::Invalid`] for scopes that no key, or none of this person, may have, and for an
    /// expiry in the past; [`Error::Refused`] with `too-many-keys`.
    pub fn create_api_key(
        &self,
        id: ApiKeyId,
        text: &ApiKeyText,
        new: NewApiKey,
        now: Timestamp,
    ) -> Result<Vec<UserEvent>> {
        let refused = new.scopes.iter().enumerate().filter_map(|(index, scope)| {
            let why = if !scope.is_for_keys() {
                "is only for signed-in users: API keys can't have it"
            } else if !self.role.permits(*scope) {
                "exceeds the permissions of this account"
            } else if new.scopes[..index].contains(scope) {
                "is listed twice"
            } else {
                return None;
            };
            Some(Violation::new(format!("/scopes/{index}"), why))
        });
        let mut errors: Vec<Violation> = refused.collect();
        if new.expires_at.is_some_and(|expiry| expiry <= now) {
            errors.push(Violation::new("/expiresAt", "must be in the future"));
        }
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        if self.status != Status::Active || self.api_keys.len() >= MOST {
            return Err(Error::refused(
                "too-many-keys",
                format!("There are already {MOST} keys. Revoke one first."),
            ));
        }
        Ok(vec![UserEvent::ApiKeyCreated {
            key: id,
            email: self.email.as_str().into(),
            name: new.name.as_str().into(),
            hint: text.hint().as_str().into(),
            key_hash: text.hash().as_str().into(),
            scopes: new.scopes,
            expires_at: new.expires_at,
            at: now,
        }])
    }

    /// The person revokes a key.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such key.
    pub fn revoke_api_key(&self, id: ApiKeyId, now: Timestamp) -> Result<Vec<UserEvent>> {
        if self.api_keys.iter().all(|key| key.id != id) {
            return Err(Error::NotFound { what: "key" });
        }
        Ok(vec![UserEvent::ApiKeyRevoked { key: id, at: now }])
    }
}
