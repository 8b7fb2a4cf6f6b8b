//! One AWS call, and IAM's decisions on it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A call of the AWS endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// `GetItem`; empty if only the path determines it (S3, SES): then the decisions contain it.
    pub(crate) operation: String,
    /// The permissions that it needed, with IAM's decision on each.
    pub(crate) decisions: Vec<Decision>,
    /// The status; `None` without a response.
    pub(crate) status: Option<u16>,
    /// The error code of the response.
    pub(crate) error: Option<String>,
    pub(crate) elapsed: Duration,
}

/// IAM's decision on one action on one resource.
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
    /// Refused, with AWS's message.
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

/// Executes an AWS call, and also returns IAM's decisions and the error code. `status` reads the
/// status from the result.
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

/// Records a decision on the current call, if it is recorded.
pub(crate) fn decided(action: &str, resource: &str, verdict: impl FnOnce() -> Verdict) {
    note(|found| {
        // A transaction needs the same permission for each of its items.
        if !found.decisions.iter().any(|known| known.action == action && known.resource == resource)
        {
            let (action, resource) =
                (action.to_owned(), builder_runtime::telemetry::mask(resource));
            found.decisions.push(Decision { action, resource, verdict: verdict() });
        }
    });
}

/// Records the error code of the current call's response.
pub(crate) fn failed(code: impl FnOnce() -> String) {
    note(|found| found.error = Some(code()));
}

fn note(write: impl FnOnce(&mut Found)) {
    // Outside of a recorded call there is nothing to record.
    CALL.try_with(|found| write(&mut found.lock().unwrap_or_else(PoisonError::into_inner)))
        .unwrap_or_default();
}
