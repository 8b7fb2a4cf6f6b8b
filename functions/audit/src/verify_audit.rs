//! The job `verify-audit`: verifies the whole audit trail, or the events after a position, when an
//! operator invokes it.
//!
//! It fails if an event was changed, removed, inserted or truncated, and reports which. When time
//! runs out, `complete` is false; continue with `{"after": <position>}`.

use builder_core::keys::AGGREGATES;
use builder_runtime::{Fault, Function, Job, Resources, Trigger, Work};
use builder_store::feed::{self, Head};
use builder_store::keys::FEED_LOG;
use serde::Deserialize;
use serde_json::Value;

use crate::trail::{Trail, refuse_faults};

/// The payload.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct From {
    /// The position to continue after.
    #[serde(default)]
    after: u64,
}

/// Returns the job.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Job::task("verify-audit", Trigger::OperatorInBackground, verify_audit),
        Resources::new()
            .timeout(900)
            .secrets(["AUDIT_SECRET"])
            .get_objects("AUDIT_BUCKET", "heads/")
            .list_objects("AUDIT_BUCKET")
            .batch_get(AGGREGATES)
            .query(AGGREGATES)
            .query([FEED_LOG]),
    )
}

async fn verify_audit(work: Work, payload: Value) -> Result<Value, Fault> {
    let From { after } =
        if payload.is_null() { From::default() } else { serde_json::from_value(payload)? };
    let from = if after == 0 {
        Head::default()
    } else {
        Head { position: after, link: feed::link_at(work.table(), after).await? }
    };
    let report = Trail::open(&work).await?.verify(&work, from).await?;
    refuse_faults(&report)?;
    tracing::info!(
        checked = report.checked,
        heads = report.heads,
        complete = report.complete,
        "the audit trail is intact"
    );
    Ok(serde_json::to_value(report)?)
}
