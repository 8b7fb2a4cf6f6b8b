//! The job `reconcile-payments`: compares payments and refunds with the provider's, fixes what a
//! lost webhook has left undone, and reports the rest.
//!
//! A pass over everything begins once a day. The schedule comes every hour, so that a pass which
//! ran out of time, or met a provider in trouble, goes on where it was. By hand, `{"since":
//! "2026-11-01T00:00:00Z"}` goes over what was made since then, at once and beside the schedule;
//! when time runs out, `complete` is false, and `{"pass": …}` with the `pass` of the answer goes
//! on.
//!
//! Everything may be done twice and at once: what is fixed is decided by the same code as for
//! webhooks, what is found is kept once.

use builder_core::keys::{
    PAYMENT, PAYMENTS, RECONCILER, RECONCILIATION, RECONCILIATIONS, REFUND, REFUNDS,
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

/// What an operator asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ByHand {
    /// What the provider has made since then is compared.
    since: Option<Timestamp>,
    /// A pass to go on with.
    pass: Option<Pass>,
}

/// The job.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Job::task(
            "reconcile-payments",
            // A pass begins once a day; the other runs continue it, or do nothing.
            Trigger::Schedule { expression: "rate(1 hour)", give_up_after_s: 3000 },
            reconcile_payments,
        ),
        provider::resources()
            .and(sync::resources())
            .timeout(900)
            .get([RECONCILER, RECONCILIATION, REFUND])
            .batch_get([PAYMENT, REFUND])
            .put([RECONCILER, RECONCILIATION])
            .query_index("gsi3", [PAYMENTS, RECONCILIATIONS, REFUNDS]),
    )
}

async fn reconcile_payments(work: Work, payload: Value) -> Result<Value, Fault> {
    let stage = work.env().require("STAGE")?;
    let by_hand = asked_by_hand(payload, work.now())?;
    let scheduled = by_hand.is_none();
    let provider = match provider::provider(work.app(), work.table()).await {
        // A deployment without payments has none to compare.
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
            tracing::info!(told, complete, "payments are compared with the provider's");
            Ok(json!({ "complete": complete, "pass": pass, "stats": stats }))
        }
        // Another run of the schedule goes over the same: it goes on, this one needn't.
        Err(Error::VersionConflict) => {
            Ok(json!({ "complete": false, "skipped": "overtaken", "stats": stats }))
        }
        Err(error) => {
            tracing::error!(told, "the comparison with the provider stops here");
            Err(format!("{error}; to go on here: {told}").into())
        }
    }
}

/// The pass that an operator wants; `None` for what the schedule sends, and for nothing.
fn asked_by_hand(payload: Value, now: Timestamp) -> Result<Option<Pass>, Fault> {
    if payload.is_null() || payload.get("source").is_some_and(|source| source == "aws.scheduler") {
        return Ok(None);
    }
    let ByHand { since, pass } = serde_json::from_value(payload)?;
    Ok(pass.or_else(|| since.map(|since| Pass::since(since, now))))
}

/// Tells the alarms.
fn report(stage: &str, stats: &Stats, over: bool) {
    let counts = [
        ("ReconciliationDifferences", stats.found + stats.failed),
        ("ReconciliationRepairs", stats.repaired),
        ("ReconciliationPasses", u64::from(over)),
    ];
    telemetry::count(stage, &counts);
}
