//! One request or invocation, and the task that works on it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::call::{self, Call};

/// Most log lines, and most calls of AWS, that are kept of one request.
const MOST: usize = 100;

/// What is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A request of the API: its method, and its path with the query.
    Request { method: String, target: String },
    /// An invocation of a function, and what caused it.
    Invocation { source: String },
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A request was answered with this status.
    Answered(u16),
    /// A function gave this result.
    Returned(String),
    /// A function failed.
    Failed(String),
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) time: Timestamp,
    pub(crate) level: String,
    pub(crate) text: String,
}

/// One request or invocation.
#[derive(Debug)]
pub(crate) struct Recording {
    number: u64,
    started: Timestamp,
    begun: Instant,
    trace: String,
    notes: Mutex<Notes>,
}

/// What is known of it so far.
#[derive(Debug, Clone)]
pub(crate) struct Notes {
    pub(crate) subject: Subject,
    /// The function that works on it.
    pub(crate) function: Option<String>,
    /// The id that the client sees.
    pub(crate) request_id: Option<String>,
    /// The id that the function sees.
    pub(crate) invocation_id: Option<String>,
    /// `None` while it goes on, or when its client has gone away.
    pub(crate) outcome: Option<Outcome>,
    pub(crate) elapsed: Option<Duration>,
    pub(crate) lines: Vec<Line>,
    pub(crate) calls: Vec<Call>,
    /// How many lines and calls there were beyond what is kept.
    pub(crate) left_out: usize,
}

tokio::task_local! {
    static CURRENT: Arc<Recording>;
}

/// What this task works on.
pub(crate) fn current() -> Option<Arc<Recording>> {
    CURRENT.try_with(Arc::clone).ok()
}

/// Does work whose log lines and calls belong to `recording`.
pub(crate) async fn within<T>(recording: Arc<Recording>, work: impl Future<Output = T>) -> T {
    CURRENT.scope(recording, work).await
}

impl Recording {
    pub(super) fn begin(number: u64, subject: Subject, trace: String) -> Self {
        let notes = Notes {
            subject,
            function: None,
            request_id: None,
            invocation_id: None,
            outcome: None,
            elapsed: None,
            lines: Vec::new(),
            calls: Vec::new(),
            left_out: 0,
        };
        Self {
            number,
            started: crate::time::now(),
            begun: Instant::now(),
            trace,
            notes: Mutex::new(notes),
        }
    }

    /// Its number among all requests and invocations since the start.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// When it began.
    pub(crate) fn started(&self) -> Timestamp {
        self.started
    }

    /// The trace's id: 32 hexadecimal digits.
    pub(crate) fn trace(&self) -> &str {
        &self.trace
    }

    /// A copy of what is known so far.
    pub(crate) fn notes(&self) -> Notes {
        self.lock().clone()
    }

    /// Says which function works on it.
    pub(crate) fn served_by(&self, function: &str) {
        self.lock().function = Some(function.to_owned());
    }

    /// Says which id the function sees.
    pub(crate) fn invoked_as(&self, invocation_id: &str) {
        self.lock().invocation_id = Some(invocation_id.to_owned());
    }

    pub(super) fn is_invocation(&self, id: &str) -> bool {
        self.lock().invocation_id.as_deref() == Some(id)
    }

    /// Ends it. `request_id` is the id that the client was told.
    pub(crate) fn ended(&self, outcome: Outcome, request_id: Option<&str>) {
        let mut notes = self.lock();
        notes.elapsed = Some(self.begun.elapsed());
        notes.outcome = Some(outcome);
        notes.request_id = request_id.map(str::to_owned);
    }

    /// Adds a log line.
    pub(crate) fn log(&self, line: Line) {
        let mut notes = self.lock();
        if notes.lines.len() < MOST { notes.lines.push(line) } else { notes.left_out += 1 }
    }

    /// Makes a call of AWS and keeps what became of it; `status` reads it from the result.
    pub(crate) async fn call<T>(
        &self,
        operation: String,
        work: impl Future<Output = T>,
        status: impl FnOnce(&T) -> Option<u16>,
    ) -> T {
        let (result, call) = call::observed(operation, work, status).await;
        let mut notes = self.lock();
        if notes.calls.len() < MOST {
            notes.calls.push(call)
        } else {
            notes.left_out += 1
        }
        result
    }

    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
