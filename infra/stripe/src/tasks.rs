//! Work that goes on beside calls, and ends with the server.

use std::sync::{Mutex, PoisonError};

use tokio::runtime::Handle;
use tokio::task::JoinSet;

/// Work in progress.
#[derive(Debug)]
pub(crate) struct Tasks {
    runtime: Handle,
    set: Mutex<JoinSet<()>>,
}

impl Tasks {
    /// No work yet. All of it is done by the runtime that this is called in.
    pub(crate) fn new() -> Self {
        Self { runtime: Handle::current(), set: Mutex::default() }
    }

    /// Starts some more.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        while set.try_join_next().is_some() {}
        set.spawn_on(work, &self.runtime);
    }

    /// Ends all of it where it stands.
    pub(crate) fn end(&self) {
        self.set.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }

    /// Ends all of it, and waits until it has ended.
    pub(crate) async fn ended(&self) {
        let mut set = std::mem::take(&mut *self.set.lock().unwrap_or_else(PoisonError::into_inner));
        set.shutdown().await;
    }
}
