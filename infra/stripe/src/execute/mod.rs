//! Executes a call: the idempotency key, the change, the response.

mod expand;
mod list;
mod read;

use std::sync::Arc;

use serde_json::Value;

use crate::books::Change;
use crate::error::ApiError;
use crate::machine::{self, Answer, Call};
use crate::objects::event::Request;
use crate::request::idempotency::{Key, Saved};
use crate::request::params::Params;
use crate::request::route::Route;
use crate::state::{Desk, State};

/// A call.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) route: Route,
    /// The path, for lists.
    pub(crate) path: String,
    pub(crate) params: Params,
    /// Whether it was sent with the publishable key.
    pub(crate) public: bool,
    /// Its `Request-Id`.
    pub(crate) id: String,
    /// Its idempotency key, if it changes an object.
    pub(crate) key: Option<Key>,
    /// Whether the response is a 500 although the call was executed.
    pub(crate) fails_afterwards: bool,
}

/// The response.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// The header `Stripe-Should-Retry`.
    pub(crate) retry: Option<bool>,
    /// The request ID of the call whose response this is, if it was another.
    pub(crate) replays: Option<String>,
}

impl From<ApiError> for Reply {
    fn from(error: ApiError) -> Self {
        Self {
            status: error.status,
            body: pretty(&error.body()),
            retry: error.retry,
            replays: None,
        }
    }
}

/// Locks an idempotency key while its call is in progress.
#[derive(Debug)]
pub(crate) struct InProgress {
    state: Arc<State>,
    key: String,
}

impl Drop for InProgress {
    fn drop(&mut self) {
        self.state.desk().in_progress.remove(&self.key);
    }
}

/// Locks an idempotency key for a call. The error is the response without executing the call.
pub(crate) fn begin(state: &Arc<State>, key: &Key) -> Result<InProgress, Reply> {
    let now_ms = state.clock.now_ms();
    let mut desk = state.desk();
    if let Some(saved) = desk.books.saved.get(&key.key).filter(|saved| saved.holds(now_ms)) {
        return Err(replay(saved, key));
    }
    if !desk.in_progress.insert(key.key.clone()) {
        return Err(ApiError::key_in_use(&key.key).into());
    }
    Ok(InProgress { state: Arc::clone(state), key: key.key.clone() })
}

fn replay(saved: &Saved, key: &Key) -> Reply {
    if saved.fingerprint != key.fingerprint {
        return ApiError::key_reused(&key.key).into();
    }
    let retry = (saved.status >= 400).then_some(false);
    Reply {
        status: saved.status,
        body: saved.body.clone(),
        retry,
        replays: Some(saved.request.clone()),
    }
}

/// Executes a call.
pub(crate) fn execute(state: &Arc<State>, ask: Ask) -> Reply {
    let mut desk = state.desk();
    let key = ask.key.clone();
    let (id, fails_afterwards) = (ask.id.clone(), ask.fails_afterwards);
    let (outcome, mut change) =
        with_call(state, &mut desk, Some((&ask.id, key.as_ref())), ask.public, |call| {
            run(call, ask.route, &ask.path, ask.params)
        });
    let (mut answer, mut retry, executed) = match outcome {
        Ok(answer) => {
            let retry = (answer.status >= 400).then_some(false);
            (answer, retry, true)
        }
        Err(error) => {
            change = Change::default();
            (Answer::from(&error), error.retry, error.executed)
        }
    };
    if executed && fails_afterwards {
        let error = ApiError::internal(false);
        (answer, retry) = (Answer::from(&error), error.retry);
    }
    let body = pretty(&answer.body);
    if let Some(key) = key.filter(|_| executed) {
        let saved = Saved {
            key: key.key,
            fingerprint: key.fingerprint,
            request: id,
            status: answer.status,
            body: body.clone(),
            at_ms: state.clock.now_ms(),
        };
        change.saved = Some(saved);
    }
    if let Err(error) = state.commit(&mut desk, change) {
        tracing::error!(%error, "cannot write the journal");
        return ApiError::internal(true).into();
    }
    Reply { status: answer.status, body, retry, replays: None }
}

/// Runs an operation on the books, and returns the change. `by` is the call that causes it, and its
/// idempotency key.
pub(crate) fn with_call<R>(
    state: &State,
    desk: &mut Desk,
    by: Option<(&str, Option<&Key>)>,
    public: bool,
    work: impl FnOnce(&mut Call<'_>) -> R,
) -> (R, Change) {
    let request = by.map(|(id, key)| Request {
        id: id.to_owned(),
        idempotency_key: key.map(|key| key.key.clone()),
    });
    let faults = state.injector.faults();
    let processing_ms = faults.processing_ms.map(|ms| i64::try_from(ms).unwrap_or(i64::MAX));
    let mut call = Call {
        books: &desk.books,
        ids: &mut desk.ids,
        now_ms: state.clock.now_ms(),
        origin: &state.origin,
        request,
        public,
        told: state.webhook().is_some(),
        refunds_settle_after_ms: state.refunds_settle_after_ms,
        processing_ms,
        fees_late: faults.fees_late,
        change: Change::default(),
    };
    let result = work(&mut call);
    (result, call.change)
}

fn run(
    call: &mut Call<'_>,
    route: Route,
    path: &str,
    mut params: Params,
) -> Result<Answer, ApiError> {
    let paths = expand::take(&mut params)?;
    let mut answer = match route {
        Route::CreateIntent => machine::create_intent(call, params)?,
        Route::AmendIntent(id) => machine::amend_intent(call, &id, params)?,
        Route::ConfirmIntent(id) => machine::confirm_intent(call, &id, params)?,
        Route::CancelIntent(id) => machine::cancel_intent(call, &id, params)?,
        Route::CreateRefund => machine::create_refund(call, params)?,
        route => Answer::ok(read::read(call, route, path, params)?),
    };
    if answer.status == 200 {
        expand::expand(call, &mut answer.body, &paths)?;
    }
    Ok(answer)
}

/// Formats JSON as Stripe does.
pub(crate) fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
