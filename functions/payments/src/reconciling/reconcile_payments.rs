//! The job `reconcile-payments`: compares payments and refunds with the provider's, applies changes
//! whose webhooks were lost, and reports the other differences.
//!
//! A pass over everything starts once a day. The schedule runs every hour, so that a pass that ran
//! out of time, or met a failing provider, continues where it stopped. When invoked by an operator,
//! `{"since": "2026-11-01T00:00:00Z"}` compares what was created since then, immediately and
//! independently of the schedule; when time runs out, `complete` is false, and `{"pass": …}` with
//! the `pass` of the response continues.
//!
//! Everything can be repeated and run concurrently: the same code as for webhooks decides what to
//! change, and a difference is recorded once.

use builder_core::keys::{
    ORDER, PAYMENT, PAYMENTS, RECONCILER, RECONCILIATION, RECONCILIATIONS, REFUND, REFUNDS,
};
use builder_core::reconciliation::{Pass, store};
use builder_runtime::{Fault, Function, Job, Trigger, Work, telemetry};
use builder_store::error::Error;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::provider;
use crate::provider::sync;
use crate::reconciling::{PassStorage, Run, Stats};

/// The payload of an operator's invocation.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ByHand {
    /// Compares what the provider has created since then.
    since: Option<Timestamp>,
    /// The pass to continue.
    pass: Option<Pass>,
}

/// Returns the job.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Job::task(
            "reconcile-payments",
            // A pass starts once a day; the other runs continue it, or do nothing.
            Trigger::Schedule { expression: "rate(1 hour)", give_up_after_s: 3000 },
            reconcile_payments,
        ),
        provider::resources()
            .and(sync::resources())
            .timeout(900)
            .get([RECONCILER, RECONCILIATION, REFUND])
            .batch_get([ORDER, PAYMENT, REFUND])
            .put([RECONCILER, RECONCILIATION])
            .query_index("gsi3", [PAYMENTS, RECONCILIATIONS, REFUNDS]),
    )
}

async fn reconcile_payments(work: Work, payload: Value) -> Result<Value, Fault> {
    let stage = work.env().require("STAGE")?;
    let by_hand = asked_by_hand(payload, work.now())?;
    let scheduled = by_hand.is_none();
    let provider = match provider::provider(work.app(), work.table()).await {
        // A deployment without a provider has no payments to compare.
        Err(Error::Refused { code: "payments-not-set-up", .. }) => {
            report(stage, &Stats::default(), scheduled);
            return Ok(json!({ "complete": true, "skipped": "payments-not-set-up" }));
        }
        provider => provider?,
    };
    let (pass, storage) = match by_hand {
        Some(pass) => (pass, PassStorage::None),
        None => {
            let (version, last) = store::last_pass(work.table()).await?;
            let Some(pass) = Pass::due(last, work.now()) else {
                return Ok(json!({ "complete": true, "skipped": "not-due" }));
            };
            (pass, PassStorage::Table { version })
        }
    };
    let mut run = Run::new(&work, provider, pass, storage);
    let outcome = Box::pin(run.walk()).await;
    let (pass, stats) = (run.pass(), run.stats());
    report(stage, stats, scheduled && matches!(outcome, Ok(true)));
    let told = serde_json::to_string(&json!({ "pass": pass, "stats": stats }))?;
    match outcome {
        Ok(complete) => {
            tracing::info!(told, complete, "compared payments with the payment provider");
            Ok(json!({ "complete": complete, "pass": pass, "stats": stats }))
        }
        // Another scheduled run processes the same pass and continues it.
        Err(Error::VersionConflict) => {
            Ok(json!({ "complete": false, "skipped": "overtaken", "stats": stats }))
        }
        Err(error) => {
            tracing::error!(told, "stopped comparing payments with the payment provider");
            Err(format!("{error}; to continue from here: {told}").into())
        }
    }
}

/// Returns the pass that an operator requests; `None` for the schedule's payload and for an empty
/// one.
fn asked_by_hand(payload: Value, now: Timestamp) -> Result<Option<Pass>, Fault> {
    if payload.is_null() || payload.get("source").is_some_and(|source| source == "aws.scheduler") {
        return Ok(None);
    }
    let ByHand { since, pass } = serde_json::from_value(payload)?;
    Ok(pass.or_else(|| since.map(|since| Pass::since(since, now))))
}

/// Emits the metrics of the alarms.
fn report(stage: &str, stats: &Stats, over: bool) {
    let counts = [
        ("ReconciliationDifferences", stats.found + stats.failed),
        ("ReconciliationRepairs", stats.repaired),
        ("ReconciliationPasses", u64::from(over)),
    ];
    telemetry::count(stage, &counts);
}
