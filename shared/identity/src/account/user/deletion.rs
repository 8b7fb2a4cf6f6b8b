//! A person's wish to have the account deleted: it is carried out after a time in which signing in
//! takes it back.

use jiff::{SignedDuration, Timestamp};

use super::{Status, User, UserEvent};

/// How long the person can change the mind: seven days.
const GRACE: SignedDuration = SignedDuration::from_hours(7 * 24);

impl User {
    /// The person wants the account deleted. All sessions and API keys end at once; nothing happens
    /// when it is to be deleted already.
    #[must_use]
    pub fn schedule_deletion(&self, now: Timestamp) -> Vec<UserEvent> {
        if self.status != Status::Active || self.deletion_due_at.is_some() {
            return Vec::new();
        }
        let due_at = now.saturating_add(GRACE).unwrap_or(Timestamp::MAX);
        vec![UserEvent::DeletionScheduled { email: self.email.as_str().into(), due_at, at: now }]
    }

    /// The person has signed in before the account was deleted, and keeps it.
    #[must_use]
    pub fn cancel_deletion(&self, now: Timestamp) -> Vec<UserEvent> {
        let wanted = self.status == Status::Active && self.deletion_due_at.is_some();
        if wanted {
            vec![UserEvent::DeletionCancelled { email: self.email.as_str().into(), at: now }]
        } else {
            Vec::new()
        }
    }

    /// Whether the account is to be deleted by now.
    #[must_use]
    pub fn is_due_for_deletion(&self, now: Timestamp) -> bool {
        self.deletion_due_at.is_some_and(|due| due <= now)
    }

    pub(super) fn await_deletion(&mut self, due_at: Timestamp) {
        self.deletion_due_at = Some(due_at);
        self.api_keys.clear();
        self.email_change = None;
        self.end_sessions(None);
    }
}
