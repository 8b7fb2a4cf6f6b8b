//! The effect of calls: pure functions from the present objects to a change and a response. No I/O,
//! no clock.

mod amend;
mod attempt;
mod authenticate;
mod cancel;
mod card_input;
mod client_secret;
mod confirm;
mod create;
mod metadata;
mod refund;
mod settle;

pub(crate) use amend::amend_intent;
pub(crate) use authenticate::{authenticate, challenged};
pub(crate) use cancel::cancel_intent;
pub(crate) use client_secret::visible_intent;
pub(crate) use confirm::confirm_intent;
pub(crate) use create::create_intent;
pub(crate) use refund::create_refund;
pub(crate) use settle::{settle_due, settle_refund};

use serde_json::Value;

use crate::books::{Books, Change};
use crate::error::ApiError;
use crate::ids::Ids;
use crate::objects::Record;
use crate::objects::charge::Charge;
use crate::objects::event::{Event, Request};
use crate::objects::intent::Intent;
use crate::objects::method::Method;

/// The input of a call.
pub(crate) struct Call<'a> {
    pub(crate) books: &'a Books,
    pub(crate) ids: &'a mut Ids,
    pub(crate) now_ms: i64,
    /// The URL of this server.
    pub(crate) origin: &'a str,
    /// The request. `None`: an asynchronous change.
    pub(crate) request: Option<Request>,
    /// Whether the caller only has the client secret, with which fewer fields of an intent are
    /// visible.
    pub(crate) public: bool,
    /// Whether there is an endpoint for events.
    pub(crate) told: bool,
    /// How long asynchronous refunds take.
    pub(crate) refunds_settle_after_ms: i64,
    /// How long payments stay `processing`. `None`: they succeed immediately.
    pub(crate) processing_ms: Option<i64>,
    /// Whether charges are shown without a balance transaction.
    pub(crate) fees_late: bool,
    /// The changes so far.
    pub(crate) change: Change,
}

/// The response to a call. A declined card is a response too: its attempt is stored.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    /// Returns a 200 with the object.
    pub(crate) fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }
}

impl From<&ApiError> for Answer {
    fn from(error: &ApiError) -> Self {
        Self { status: error.status, body: error.body() }
    }
}

/// A response, whose changes are stored, or an error without any change.
pub(crate) type Outcome = Result<Answer, ApiError>;

impl Call<'_> {
    /// Returns the seconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.now_ms / 1_000
    }

    /// Stores the new state of an intent.
    fn put_intent(&mut self, intent: Intent) {
        self.change.intents.retain(|other| other.id != intent.id);
        self.change.intents.push(intent);
    }

    /// Returns a payment method, created by this call or before.
    fn method(&self, id: &str) -> Option<&Method> {
        self.change
            .methods
            .iter()
            .find(|method| method.id() == id)
            .or_else(|| self.books.methods.get(id))
    }

    /// Stores an event.
    fn event(&mut self, kind: &str, object: Value, previous: Option<Value>) {
        let event = Event {
            id: self.ids.make("evt"),
            created: self.now(),
            kind: kind.to_owned(),
            object,
            previous,
            request: self.request.clone(),
            pending: self.told,
        };
        self.change.events.push(event);
    }

    /// Returns an intent with the fields that the caller may see.
    fn show(&self, intent: &Intent) -> Value {
        if self.public { intent.public_json(self.origin) } else { intent.json(self.origin) }
    }

    /// Returns a charge as it is shown.
    pub(crate) fn show_charge(&self, charge: &Charge) -> Value {
        let mut shown = charge.json(self.origin);
        if self.fees_late {
            shown["balance_transaction"] = Value::Null;
        }
        shown
    }

    /// Stores an event with the new state of an intent.
    fn intent_event(&mut self, kind: &str, intent: &Intent) {
        self.event(kind, intent.json(self.origin), None);
    }
}

/// Returns the intent in a call's path.
fn intent_of(call: &Call<'_>, id: &str) -> Result<Intent, ApiError> {
    call.books
        .intents
        .get(id)
        .cloned()
        .ok_or_else(|| ApiError::no_such("payment_intent", id, "intent"))
}

/// Returns the error of a call that the intent's status doesn't allow.
fn unexpected_state(call: &Call<'_>, intent: &Intent, message: String) -> ApiError {
    let error = ApiError::invalid(message).code("payment_intent_unexpected_state").executed();
    error.with("payment_intent", call.show(intent))
}

/// Returns the payment method of an intent, as it is shown.
fn method_json(call: &Call<'_>, intent: &Intent) -> Value {
    let method = intent.payment_method.as_ref().and_then(|id| call.method(id));
    method.map(Method::json).unwrap_or_default()
}
