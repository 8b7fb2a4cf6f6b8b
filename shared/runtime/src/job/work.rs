//! The circumstances that a job works under.

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

/// The circumstances of one piece of background work.
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

    /// The same under another trace: one span further on `sent`, if there is one.
    pub(super) fn traced(&self, sent: Option<&Trace>) -> Self {
        Self { trace: sent.map_or_else(|| self.trace.clone(), Trace::child), ..self.clone() }
    }

    pub(super) fn trace_id(&self) -> &str {
        self.trace.id()
    }

    /// What lives longer than this work.
    #[must_use]
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// The function's environment.
    #[must_use]
    pub fn env(&self) -> &Env {
        self.app.env()
    }

    /// The tables, for as long as this work may last.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// When it began.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// How much time is left for it.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The same with less time, so that this much is left for what comes after it.
    #[must_use]
    pub fn leaving(&self, time: Duration) -> Self {
        let deadline = self.deadline.checked_sub(time).unwrap_or(self.deadline);
        Self { deadline, table: self.table.until(deadline), ..self.clone() }
    }

    /// The circumstances to record in events.
    #[must_use]
    pub fn context(&self) -> Context {
        Context {
            actor: Actor::System,
            at: self.now,
            request_id: self.request_id.clone(),
            traceparent: Some(self.trace.to_string()),
        }
    }

    /// The aggregate as it was at most [`Cached::LIFE`] ago.
    ///
    /// # Errors
    /// As [`crate::Call::cached`].
    pub async fn cached<T: Cached>(&self) -> builder_store::Result<Arc<Versioned<T>>> {
        self.app.cached(&self.table).await
    }
}
