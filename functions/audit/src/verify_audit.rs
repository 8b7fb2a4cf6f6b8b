//! The job `verify-audit`: checks the whole audit trail, or what comes after a position, whenever
//! an operator wants it.
//!
//! It fails when an event was changed, removed, inserted or cut off, and says which. When time runs
//! out, `complete` is false; it goes on with `{"after": <position>}`.

use builder_core::keys::AGGREGATES;
use builder_runtime::{Fault, Function, Job, Resources, Trigger, Work};
use builder_store::feed::{self, Head};
use builder_store::keys::FEED_LOG;
use serde::Deserialize;
use serde_json::Value;

use crate::trail::{Trail, refuse_faults};

/// From where on.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct From {
    /// The last position that needs no check.
    #[serde(default)]
    after: u64,
}

/// The job.
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
        "the audit trail is whole"
    );
    Ok(serde_json::to_value(report)?)
}
