//! One call of AWS, and what IAM decided on it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A call of the AWS endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// `GetItem`; empty where only the path says it (S3, SES): then the decisions do.
    pub(crate) operation: String,
    /// What it needed, with IAM's decision on each.
    pub(crate) decisions: Vec<Decision>,
    /// The status; `None` when there was no answer.
    pub(crate) status: Option<u16>,
    /// The code of the error it was answered with.
    pub(crate) error: Option<String>,
    pub(crate) elapsed: Duration,
}

/// What IAM decided on one action on one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) verdict: Verdict,
}

/// IAM's decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Allowed by this statement, in the template's JSON.
    Allowed(String),
    /// Refused, in the words of AWS.
    Refused(String),
}

#[derive(Debug, Default)]
struct Found {
    decisions: Vec<Decision>,
    error: Option<String>,
}

tokio::task_local! {
    static CALL: Arc<Mutex<Found>>;
}

/// Makes a call of AWS, and gives what became of it besides: IAM's decisions and the code of an
/// error. `status` reads the status from the result.
pub(super) async fn observed<T>(
    operation: String,
    work: impl Future<Output = T>,
    status: impl FnOnce(&T) -> Option<u16>,
) -> (T, Call) {
    let (begun, found) = (Instant::now(), Arc::new(Mutex::new(Found::default())));
    let result = CALL.scope(Arc::clone(&found), work).await;
    let Found { decisions, error } =
        std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
    let call =
        Call { operation, decisions, status: status(&result), error, elapsed: begun.elapsed() };
    (result, call)
}

/// Notes a decision on the call that is being made, if one is recorded.
pub(crate) fn decided(action: &str, resource: &str, verdict: impl FnOnce() -> Verdict) {
    note(|found| {
        // A transaction asks the same for each of its items.
        if !found.decisions.iter().any(|known| known.action == action && known.resource == resource)
        {
            let (action, resource) =
                (action.to_owned(), builder_runtime::telemetry::mask(resource));
            found.decisions.push(Decision { action, resource, verdict: verdict() });
        }
    });
}

/// Notes the code of the error that the call is answered with.
pub(crate) fn failed(code: impl FnOnce() -> String) {
    note(|found| found.error = Some(code()));
}

fn note(write: impl FnOnce(&mut Found)) {
    // Outside of a recorded call there is nothing to note.
    CALL.try_with(|found| write(&mut found.lock().unwrap_or_else(PoisonError::into_inner)))
        .unwrap_or_default();
}
