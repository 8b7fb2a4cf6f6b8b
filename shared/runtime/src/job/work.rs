//! The context of a job's work.

use std::sync::Arc;
use std::time::Duration;

use builder_store::aggregate::Versioned;
use builder_store::cached::Cached;
use builder_store::config::Env;
use builder_store::event::{Actor, Context};
use builder_store::table::Table;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::app::App;
use crate::telemetry::trace::Trace;

/// The context of a unit of background work.
#[derive(Clone)]
pub struct Work {
    app: Arc<App>,
    table: Table,
    pub(super) deadline: Instant,
    now: Timestamp,
    request_id: String,
    trace: Trace,
}

impl Work {
    pub(super) fn new(app: &Arc<App>, deadline: Instant, request_id: &str, trace: Trace) -> Self {
        let (table, now) = (app.table().until(deadline), app.clock().now());
        Self {
            app: Arc::clone(app),
            table,
            deadline,
            now,
            request_id: request_id.to_owned(),
            trace,
        }
    }

    /// Returns the same context with another trace: a child of `sent`, if there is one.
    pub(super) fn traced(&self, sent: Option<&Trace>) -> Self {
        Self { trace: sent.map_or_else(|| self.trace.clone(), Trace::child), ..self.clone() }
    }

    pub(super) fn trace_id(&self) -> &str {
        self.trace.id()
    }

    /// Returns the instance's state.
    #[must_use]
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Returns the function's environment.
    #[must_use]
    pub fn env(&self) -> &Env {
        self.app.env()
    }

    /// Returns the tables, limited to the duration of this work.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Returns when it began.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Returns the remaining time.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Returns the same context with an earlier deadline, so that this much time is left
    /// afterwards.
    #[must_use]
    pub fn leaving(&self, time: Duration) -> Self {
        let deadline = self.deadline.checked_sub(time).unwrap_or(self.deadline);
        Self { deadline, table: self.table.until(deadline), ..self.clone() }
    }

    /// Returns the context to record in events.
    #[must_use]
    pub fn context(&self) -> Context {
        Context {
            actor: Actor::System,
            at: self.now,
            request_id: self.request_id.clone(),
            traceparent: Some(self.trace.to_string()),
        }
    }

    /// Returns the aggregate as it was at most [`Cached::LIFE`] ago.
    ///
    /// # Errors
    /// As [`crate::Call::cached`].
    pub async fn cached<T: Cached>(&self) -> builder_store::Result<Arc<Versioned<T>>> {
        self.app.cached(&self.table).await
    }
}
