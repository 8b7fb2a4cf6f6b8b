//! Recordings of the latest requests and invocations, for the console: status and time, the log
//! lines, and the AWS calls with IAM's decision on each.
//!
//! A handler in this process runs in a task of its own, which identifies its lines and calls. For
//! processes (`--lambda=process`), they are identified by the request ID in their log lines and by
//! the trace header that the SDK sends.

mod call;
mod lines;
mod recording;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

pub(crate) use call::{Call, Verdict, decided, failed};
pub use lines::LogLines;
pub(crate) use lines::line;
pub(crate) use recording::{Outcome, Recording, Subject, current, within};

/// How many requests, and how many invocations, are stored; the oldest are deleted first.
pub(crate) const KEPT: usize = 200;

/// The latest requests and invocations of one stack. Copies share the same data.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recorder(Arc<Memory>);

#[derive(Debug, Default)]
struct Memory {
    last: AtomicU64,
    requests: Mutex<VecDeque<Arc<Recording>>>,
    invocations: Mutex<VecDeque<Arc<Recording>>>,
}

impl Recorder {
    /// Begins to record a request of the API.
    pub(crate) fn request(&self, method: &str, target: &str, trace_id: &str) -> Arc<Recording> {
        let subject = Subject::Request {
            method: method.to_owned(),
            target: builder_runtime::telemetry::mask(target),
        };
        self.begin(&self.0.requests, subject, trace_id)
    }

    /// Begins to record an invocation without a request. `source` describes its cause.
    pub(crate) fn invocation(
        &self,
        function: &str,
        source: &str,
        trace_id: &str,
    ) -> Arc<Recording> {
        let recording = self.begin(
            &self.0.invocations,
            Subject::Invocation { source: source.to_owned() },
            trace_id,
        );
        recording.served_by(function);
        recording
    }

    /// Returns the latest requests, newest first.
    pub(crate) fn requests(&self) -> Vec<Arc<Recording>> {
        all(&self.0.requests)
    }

    /// Returns the latest invocations, newest first.
    pub(crate) fn invocations(&self) -> Vec<Arc<Recording>> {
        all(&self.0.invocations)
    }

    /// Returns the request or invocation that a process's log line belongs to.
    pub(crate) fn of_log_line(&self, request_id: &str, trace_id: &str) -> Option<Arc<Recording>> {
        let is_of_trace =
            |recording: &Recording| !trace_id.is_empty() && recording.trace() == trace_id;
        self.find(|recording| recording.is_invocation(request_id) || is_of_trace(recording))
    }

    /// Returns the request or invocation that a header `X-Amzn-Trace-Id` names.
    pub(crate) fn of_trace_header(&self, header: &str) -> Option<Arc<Recording>> {
        let trace = trace_of(header);
        if trace.is_empty() { None } else { self.find(|recording| recording.trace() == trace) }
    }

    fn find(&self, is_wanted: impl Fn(&Recording) -> bool) -> Option<Arc<Recording>> {
        let find = |ring: &Mutex<VecDeque<Arc<Recording>>>| {
            lock(ring).iter().find(|recording| is_wanted(recording)).cloned()
        };
        find(&self.0.requests).or_else(|| find(&self.0.invocations))
    }

    fn begin(
        &self,
        ring: &Mutex<VecDeque<Arc<Recording>>>,
        subject: Subject,
        trace_id: &str,
    ) -> Arc<Recording> {
        let number = self.0.last.fetch_add(1, Ordering::Relaxed) + 1;
        let recording = Arc::new(Recording::begin(number, subject, trace_of(trace_id)));
        let mut ring = lock(ring);
        ring.push_front(Arc::clone(&recording));
        ring.truncate(KEPT);
        recording
    }
}

/// Returns X-Ray's trace header for work that begins now.
pub(crate) fn new_trace_id(time: Timestamp) -> String {
    format!("Root=1-{:08x}-{:024x}", time.as_second(), fastrand::u128(..) >> 32)
}

/// Returns the trace ID as it is logged, 32 hexadecimal digits, from X-Ray's header.
fn trace_of(header: &str) -> String {
    let root = header.split(';').find_map(|part| part.trim().strip_prefix("Root=1-"));
    root.map(|root| root.replace('-', "")).unwrap_or_default()
}

fn all(ring: &Mutex<VecDeque<Arc<Recording>>>) -> Vec<Arc<Recording>> {
    lock(ring).iter().cloned().collect()
}

fn lock(
    ring: &Mutex<VecDeque<Arc<Recording>>>,
) -> std::sync::MutexGuard<'_, VecDeque<Arc<Recording>>> {
    ring.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_records_are_kept_without_secrets() {
        let recorder = Recorder::default();
        for number in 0..=KEPT {
            recorder.request(
                "GET",
                &format!("/verify?token=vt_AAAAAAAAAAAAAAAA&n={number}"),
                "Root=1-00000001-a;Parent=b",
            );
        }
        let kept = recorder.requests();
        assert_eq!(kept.len(), KEPT);
        assert_eq!(kept[0].number(), KEPT as u64 + 1);
        let Subject::Request { target, .. } = &kept[0].notes().subject else { panic!("a request") };
        assert_eq!(target, &format!("/verify?token=[secret]&n={KEPT}"));
    }

    #[test]
    fn a_process_is_identified_by_trace_and_invocation() {
        let recorder = Recorder::default();
        let trace = new_trace_id(Timestamp::from_second(1).unwrap());
        let recording = recorder.invocation("send-email", "a queue", &trace);
        recording.invoked_as("0190-id");
        let digits = trace.trim_start_matches("Root=1-").replace('-', "");
        assert_eq!(digits.len(), 32);
        for found in [
            recorder.of_trace_header(&format!("{trace};Parent=1;Sampled=0")),
            recorder.of_log_line("0190-id", ""),
        ] {
            assert_eq!(found.map(|found| found.number()), Some(recording.number()));
        }
        assert!(recorder.of_log_line("", &digits).is_some());
        assert!(
            recorder.of_trace_header("Self=1").is_none()
                && recorder.of_log_line("other", "").is_none()
        );
    }
}
