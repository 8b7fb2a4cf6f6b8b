//! The job `seal-audit`: every day, verifies the events since the last signed head, and signs the
//! next one.
//!
//! Before that, it assigns positions to events that the stream lost. A head is signed only over
//! verified events; when time runs out, the next run continues there. If a fault is found, nothing
//! is signed and the run fails.

use builder_core::keys::AGGREGATES;
use builder_runtime::{Fault, Function, Job, Resources, Trigger, Work};
use builder_store::audit::heads::SignedHead;
use builder_store::feed::{self, Head};
use builder_store::keys::{EVENTS, FEED_LOG, FEEDS_OF_OWNERS};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::trail::{Trail, refuse_faults};

/// How far back to search for lost events. The stream gives up after half a day, and a run may be
/// missed.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(72);

/// Returns the job.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Job::task(
            "seal-audit",
            Trigger::Schedule { expression: "rate(1 day)", give_up_after_s: 3600 },
            seal_audit,
        ),
        Resources::new()
            .timeout(900)
            .secrets(["AUDIT_SECRET"])
            .get_objects("AUDIT_BUCKET", "heads/")
            .put_objects("AUDIT_BUCKET", "heads/")
            .list_objects("AUDIT_BUCKET")
            .batch_get(AGGREGATES)
            .query(AGGREGATES)
            .query([FEED_LOG])
            .put([FEED_LOG])
            .update(AGGREGATES)
            .batch_write([FEEDS_OF_OWNERS])
            .query_index("gsi2", [EVENTS]),
    )
}

async fn seal_audit(work: Work, _: Value) -> Result<Value, Fault> {
    let since = work.now().checked_sub(LOOK_BACK)?;
    let found = feed::sweep(work.table(), since).await?;
    if found > 0 {
        tracing::warn!(found, "assigned positions to events that had none");
    }
    let trail = Trail::open(&work).await?;
    let from = trail
        .last()
        .map_or_else(Head::default, |head| Head { position: head.position, link: head.link });
    let report = trail.verify(&work, from).await?;
    refuse_faults(&report)?;
    if report.position > from.position {
        let link = feed::link_at(work.table(), report.position).await?;
        let head =
            SignedHead::sign(Head { position: report.position, link }, work.now(), &trail.key);
        trail.heads.put(&head).await?;
    }
    tracing::info!(
        checked = report.checked,
        position = report.position,
        complete = report.complete,
        "the audit trail is intact"
    );
    Ok(
        json!({ "found": found, "checked": report.checked, "position": report.position, "complete": report.complete }),
    )
}
