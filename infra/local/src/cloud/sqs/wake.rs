//! Wakes receivers that wait for messages.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// One bell for each queue.
#[derive(Clone, Debug, Default)]
pub(super) struct Wakes {
    bells: Arc<Mutex<HashMap<String, Arc<Notify>>>>,
}

impl Wakes {
    /// The bell of a queue, to wait for.
    pub(super) fn bell(&self, queue: &str) -> Arc<Notify> {
        let mut bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(bells.entry(queue.to_owned()).or_default())
    }

    /// Says that a queue may have something to receive.
    pub(super) fn ring(&self, queue: &str) {
        let bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = bells.get(queue) {
            bell.notify_waiters();
        }
    }
}
