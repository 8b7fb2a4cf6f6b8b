//! One request or invocation, and the task that works on it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::call::{self, Call};

/// The maximum number of log lines, and of AWS calls, that are stored for one request.
const MOST: usize = 100;

/// The subject of a recording.
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
    /// The status of the response to a request.
    Answered(u16),
    /// The result of a function.
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

/// The recorded data so far.
#[derive(Debug, Clone)]
pub(crate) struct Notes {
    pub(crate) subject: Subject,
    /// The function that works on it.
    pub(crate) function: Option<String>,
    /// The request ID that the client receives.
    pub(crate) request_id: Option<String>,
    /// The request ID that the function receives.
    pub(crate) invocation_id: Option<String>,
    /// `None` while it is in progress, or if its client disconnected.
    pub(crate) outcome: Option<Outcome>,
    pub(crate) elapsed: Option<Duration>,
    pub(crate) lines: Vec<Line>,
    pub(crate) calls: Vec<Call>,
    /// How many lines and calls exceeded the maximum.
    pub(crate) left_out: usize,
}

tokio::task_local! {
    static CURRENT: Arc<Recording>;
}

/// Returns the recording of the current task.
pub(crate) fn current() -> Option<Arc<Recording>> {
    CURRENT.try_with(Arc::clone).ok()
}

/// Runs `work`, whose log lines and calls belong to `recording`.
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

    /// Returns its number among all requests and invocations since the start.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Returns when it began.
    pub(crate) fn started(&self) -> Timestamp {
        self.started
    }

    /// Returns the trace ID: 32 hexadecimal digits.
    pub(crate) fn trace(&self) -> &str {
        &self.trace
    }

    /// Returns a copy of the recorded data.
    pub(crate) fn notes(&self) -> Notes {
        self.lock().clone()
    }

    /// Sets the function that works on it.
    pub(crate) fn served_by(&self, function: &str) {
        self.lock().function = Some(function.to_owned());
    }

    /// Sets the request ID that the function receives.
    pub(crate) fn invoked_as(&self, invocation_id: &str) {
        self.lock().invocation_id = Some(invocation_id.to_owned());
    }

    pub(super) fn is_invocation(&self, id: &str) -> bool {
        self.lock().invocation_id.as_deref() == Some(id)
    }

    /// Ends the recording. `request_id` is the ID that the client receives.
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

    /// Executes an AWS call and records it; `status` reads the status from the result.
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
