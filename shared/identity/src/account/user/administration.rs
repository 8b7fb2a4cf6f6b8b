//! What a person changes of the own account, and what an admin changes of others'.

use jiff::Timestamp;

use super::{Status, User, UserEvent};
use crate::id::SessionId;
use crate::role::Role;

impl User {
    /// The person changes the name.
    #[must_use]
    pub fn rename(&self, name: &str, now: Timestamp) -> Vec<UserEvent> {
        if !self.is_owned() || self.name == name {
            Vec::new()
        } else {
            vec![UserEvent::Updated { name: name.into(), at: now }]
        }
    }

    /// An admin changes the role.
    #[must_use]
    pub fn change_role(&self, role: Role, now: Timestamp) -> Vec<UserEvent> {
        if !self.is_owned() || self.role == role {
            Vec::new()
        } else {
            vec![UserEvent::RoleChanged { role, at: now }]
        }
    }

    /// An admin disables the account. Its sessions and API keys end for good: enabling it again
    /// brings none back.
    #[must_use]
    pub fn disable(&self, now: Timestamp) -> Vec<UserEvent> {
        if self.status == Status::Active {
            vec![UserEvent::Disabled { at: now }]
        } else {
            Vec::new()
        }
    }

    /// An admin enables the account again.
    #[must_use]
    pub fn enable(&self, now: Timestamp) -> Vec<UserEvent> {
        if self.status == Status::Disabled {
            vec![UserEvent::Enabled { at: now }]
        } else {
            Vec::new()
        }
    }

    /// The person is to be forgotten.
    #[must_use]
    pub fn erase(&self, now: Timestamp) -> Vec<UserEvent> {
        if self.is_erased() { Vec::new() } else { vec![UserEvent::Erased { at: now }] }
    }

    /// All sessions end, or all but one.
    #[must_use]
    pub fn sign_out(&self, kept: Option<SessionId>, now: Timestamp) -> Vec<UserEvent> {
        vec![UserEvent::SignedOut { kept, at: now }]
    }

    /// Whether the person is forgotten. Nothing happens to the account any more.
    pub(super) fn is_erased(&self) -> bool {
        self.status == Status::Erased
    }

    /// Whether this is somebody's account, not just a registration, nor what is left of one.
    pub(super) fn is_owned(&self) -> bool {
        matches!(self.status, Status::Active | Status::Disabled)
    }

    /// Whether this is an admin that may act: there must always be one.
    #[must_use]
    pub fn is_active_admin(&self) -> bool {
        self.role == Role::Admin && self.status == Status::Active && self.deletion_due_at.is_none()
    }
}
