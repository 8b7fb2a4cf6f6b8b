//! What goes wrong on demand, repeatably.
//!
//! Whether a call or a delivery is struck is a pure function of the seed, the operation and how
//! often it was called before: the same seed and the same sequence meet the same faults, whatever
//! the clock says.

mod draw;
mod injector;

pub(crate) use draw::Fate;
pub(crate) use injector::{Injector, Strike};

use serde::{Deserialize, Serialize};

/// What goes wrong. The default is nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Changes every decision.
    pub seed: u64,
    /// Every call fails, whatever the rules say.
    pub down: Option<Down>,
    /// Tried in order; the first that strikes is applied.
    pub rules: Vec<Rule>,
    /// What happens to deliveries of events.
    pub webhooks: WebhookFaults,
    /// Payments stay `processing` for so many milliseconds before they succeed.
    pub processing_ms: Option<u64>,
    /// Charges have no balance transaction yet when they are looked at, so nobody knows what they
    /// cost.
    pub fees_late: bool,
}

/// How every call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Down {
    /// The connection is cut without an answer.
    Refuse,
    /// 500.
    Error,
    /// No answer, until the caller gives up or this ends.
    Hang,
}

/// One kind of fault on a set of operations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `POST /v1/refunds`, `GET /v1/payment_intents/{id}`; a `*` stands for any text.
    pub operation: String,
    /// What happens to a call that is struck.
    pub kind: Kind,
    /// 0.0 (never) to 1.0 (every call).
    #[serde(default = "always")]
    pub probability: f64,
    /// Only so many calls of an operation, from the first on, can be struck.
    #[serde(default)]
    pub first: Option<u64>,
    /// How long a call hangs, in milliseconds.
    #[serde(default)]
    pub ms: u64,
}

fn always() -> f64 {
    1.0
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 500; nothing was done, and nothing is kept for the idempotency key.
    ErrorBefore,
    /// 500 after everything was done. The 500 is the answer of the idempotency key from then on.
    ErrorAfter,
    /// The answer is late; so is what it does.
    HangBefore,
    /// The answer is late; what it does is done at once.
    HangAfter,
    /// The connection is cut; nothing was done.
    CutBefore,
    /// The connection is cut after everything was done.
    CutAfter,
    /// 429; nothing was done.
    RateLimit,
}

/// What happens to deliveries. Probabilities are per event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookFaults {
    /// Never delivered.
    pub drop: f64,
    /// The first deliveries, [`late_attempts`](Self::late_attempts) of them, get lost on the way.
    pub late: f64,
    /// How many.
    pub late_attempts: u32,
    /// Delivered twice.
    pub double: f64,
    /// Delivered [`delay_ms`](Self::delay_ms) later.
    pub delay: f64,
    /// How much later.
    pub delay_ms: u64,
    /// Delivered after the next event, or a second later if none comes.
    pub reorder: f64,
}
