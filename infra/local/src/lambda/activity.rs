//! Counts the work that no client waits for, so that a test can wait until all of it is done.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The background work of one stack.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    running: AtomicUsize,
    begun: AtomicU64,
}

/// One unit of work; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Work(Arc<Activity>);

impl Activity {
    /// Begins a unit of work.
    pub(crate) fn begin(self: &Arc<Self>) -> Work {
        self.running.fetch_add(1, Ordering::SeqCst);
        self.begun.fetch_add(1, Ordering::SeqCst);
        Work(Arc::clone(self))
    }

    /// Returns the number of units in progress.
    pub(crate) fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }

    /// Returns how many units were ever begun: if it is the same before and after all sources were
    /// checked, none was missed.
    pub(crate) fn begun(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}
