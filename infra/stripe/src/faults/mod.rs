//! Faults on demand, reproducible.
//!
//! Whether a call or a delivery fails is a pure function of the seed, the operation and how often
//! it was called before: the same seed and the same sequence produce the same faults, independent
//! of time.

mod draw;
mod injector;

pub(crate) use draw::Fate;
pub(crate) use injector::{Injector, Strike};

use serde::{Deserialize, Serialize};

/// The faults. By default, there are none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// The seed of every decision.
    pub seed: u64,
    /// Every call fails, whatever the rules.
    pub down: Option<Down>,
    /// Evaluated in order; the first that applies is used.
    pub rules: Vec<Rule>,
    /// The faults of deliveries of events.
    pub webhooks: WebhookFaults,
    /// How long payments stay `processing` before they succeed, in milliseconds.
    pub processing_ms: Option<u64>,
    /// Charges have no balance transaction yet when they are retrieved, so their fees are unknown.
    pub fees_late: bool,
}

/// How every call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Down {
    /// The connection is closed without a response.
    Refuse,
    /// 500.
    Error,
    /// No response, until the caller gives up or this ends.
    Hang,
}

/// One kind of fault on a set of operations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `POST /v1/refunds`, `GET /v1/payment_intents/{id}`; a `*` matches any text.
    pub operation: String,
    /// The effect on an affected call.
    pub kind: Kind,
    /// 0.0 (never) to 1.0 (every call).
    #[serde(default = "always")]
    pub probability: f64,
    /// Only this many calls of an operation, from the first on, can be affected.
    #[serde(default)]
    pub first: Option<u64>,
    /// How long a call hangs, in milliseconds.
    #[serde(default)]
    pub ms: u64,
}

fn always() -> f64 {
    1.0
}

/// The effect on a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 500; the call was not executed, and nothing is saved for the idempotency key.
    ErrorBefore,
    /// 500 after the call was executed. The 500 is saved as the response for the idempotency key.
    ErrorAfter,
    /// The response is delayed, and so is the execution.
    HangBefore,
    /// The response is delayed; the call is executed immediately.
    HangAfter,
    /// The connection is closed; the call was not executed.
    CutBefore,
    /// The connection is closed after the call was executed.
    CutAfter,
    /// 429; the call was not executed.
    RateLimit,
}

/// The faults of deliveries. Probabilities are per event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookFaults {
    /// Never delivered.
    pub drop: f64,
    /// The first deliveries, [`late_attempts`](Self::late_attempts) of them, are lost.
    pub late: f64,
    /// How many deliveries are lost.
    pub late_attempts: u32,
    /// Delivered twice.
    pub double: f64,
    /// Delivered [`delay_ms`](Self::delay_ms) later.
    pub delay: f64,
    /// The delay, in milliseconds.
    pub delay_ms: u64,
    /// Delivered after the next event, or a second later if there is none.
    pub reorder: f64,
}
