//! Wakes receivers that wait for messages.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// One notifier for each queue.
#[derive(Clone, Debug, Default)]
pub(super) struct Wakes {
    bells: Arc<Mutex<HashMap<String, Arc<Notify>>>>,
}

impl Wakes {
    /// Returns the notifier of a queue, to wait for.
    pub(super) fn bell(&self, queue: &str) -> Arc<Notify> {
        let mut bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(bells.entry(queue.to_owned()).or_default())
    }

    /// Notifies receivers that a queue may have messages.
    pub(super) fn ring(&self, queue: &str) {
        let bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = bells.get(queue) {
            bell.notify_waiters();
        }
    }
}
