//! Deletion at the owner's request: it is carried out after a period in which signing in cancels
//! it.

use jiff::{SignedDuration, Timestamp};

use super::{Status, User, UserEvent};

/// The period in which the owner can cancel the deletion: seven days.
const GRACE: SignedDuration = SignedDuration::from_hours(7 * 24);

impl User {
    /// Schedules the deletion of the account. All sessions and API keys end at once. Does nothing
    /// if it is already scheduled.
    #[must_use]
    pub fn schedule_deletion(&self, now: Timestamp) -> Vec<UserEvent> {
        if self.status != Status::Active || self.deletion_due_at.is_some() {
            return Vec::new();
        }
        let due_at = now.saturating_add(GRACE).unwrap_or(Timestamp::MAX);
        vec![UserEvent::DeletionScheduled { email: self.email.as_str().into(), due_at, at: now }]
    }

    /// Cancels a scheduled deletion, because the owner has signed in.
    #[must_use]
    pub fn cancel_deletion(&self, now: Timestamp) -> Vec<UserEvent> {
        let wanted = self.status == Status::Active && self.deletion_due_at.is_some();
        if wanted {
            vec![UserEvent::DeletionCancelled { email: self.email.as_str().into(), at: now }]
        } else {
            Vec::new()
        }
    }

    /// Returns whether the scheduled deletion is due.
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
