//! Changes that people make to their own account, and admins to others'.

use jiff::Timestamp;

use super::{Status, User, UserEvent};
use crate::id::SessionId;
use crate::role::Role;

impl User {
    /// Changes the name.
    #[must_use]
    pub fn rename(&self, name: &str, now: Timestamp) -> Vec<UserEvent> {
        if !self.is_owned() || self.name == name {
            Vec::new()
        } else {
            vec![UserEvent::Updated { name: name.into(), at: now }]
        }
    }

    /// Changes the role.
    #[must_use]
    pub fn change_role(&self, role: Role, now: Timestamp) -> Vec<UserEvent> {
        if !self.is_owned() || self.role == role {
            Vec::new()
        } else {
            vec![UserEvent::RoleChanged { role, at: now }]
        }
    }

    /// Disables the account. Its sessions and API keys end permanently: enabling it doesn't restore
    /// them.
    #[must_use]
    pub fn disable(&self, now: Timestamp) -> Vec<UserEvent> {
        if self.status == Status::Active {
            vec![UserEvent::Disabled { at: now }]
        } else {
            Vec::new()
        }
    }

    /// Enables the account.
    #[must_use]
    pub fn enable(&self, now: Timestamp) -> Vec<UserEvent> {
        if self.status == Status::Disabled {
            vec![UserEvent::Enabled { at: now }]
        } else {
            Vec::new()
        }
    }

    /// Erases the account.
    #[must_use]
    pub fn erase(&self, now: Timestamp) -> Vec<UserEvent> {
        if self.is_erased() { Vec::new() } else { vec![UserEvent::Erased { at: now }] }
    }

    /// Ends all sessions, or all but one.
    #[must_use]
    pub fn sign_out(&self, kept: Option<SessionId>, now: Timestamp) -> Vec<UserEvent> {
        vec![UserEvent::SignedOut { kept, at: now }]
    }

    /// Returns whether the account is erased. It can't change any more.
    pub(super) fn is_erased(&self) -> bool {
        self.status == Status::Erased
    }

    /// Returns whether this is a person's account, and not a registration or an erased account.
    pub(super) fn is_owned(&self) -> bool {
        matches!(self.status, Status::Active | Status::Disabled)
    }

    /// Returns whether this is an active admin, of which there must always be one.
    #[must_use]
    pub fn is_active_admin(&self) -> bool {
        self.role == Role::Admin && self.status == Status::Active && self.deletion_due_at.is_none()
    }
}
