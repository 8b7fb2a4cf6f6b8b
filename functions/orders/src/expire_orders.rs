//! The job `expire-orders`: every five minutes, expires the pending orders that weren't paid in
//! time, and releases their stock.
//!
//! It can run concurrently, stop halfway and run again: each order is changed in a separate commit
//! with its version as a condition, and orders that are no longer pending are skipped. If an order
//! can't be changed, the job continues with the others and fails at the end, so that the scheduler
//! retries it and the alarm is raised.
//!
//! Orders are found by the time they were placed, which their IDs contain. An order expires after
//! the time that applied when it was placed: that of the settings, or `ORDER_EXPIRY_HOURS` if the
//! settings don't define one. The settings retain their earlier values. If the variable is
//! increased, older orders may expire that much later; orders never expire early.

use std::time::Duration;

use builder_core::keys::{ORDER, ORDERS, PRODUCT};
use builder_core::orders::{Order, store};
use builder_core::settings::Settings;
use builder_identity::keys::SETTINGS;
use builder_runtime::{Fault, Function, Job, Resources, Trigger, Work};
use builder_store::aggregate::{Owner, Versioned};
use builder_store::error::{Error, Result};
use builder_store::keys::SHARDS;
use futures::future::join_all;
use jiff::Timestamp;
use serde_json::{Value, json};

/// With less time than this remaining, no further order is processed; the next run continues.
const LEAST_TIME: Duration = Duration::from_secs(3);
/// The maximum number of attempts for an order that is changed concurrently.
const ATTEMPTS: u32 = 3;

/// The result of a run.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Stats {
    expired: u32,
    failed: u32,
    /// Whether time ran out with orders remaining.
    stopped: bool,
}

/// Returns the job.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Job::task(
            "expire-orders",
            Trigger::Schedule { expression: "rate(5 minutes)", give_up_after_s: 240 },
            expire_orders,
        ),
        Resources::new()
            .timeout(60)
            .variables(["ORDER_EXPIRY_HOURS"])
            .get([ORDER, SETTINGS])
            .put([ORDER])
            .update([PRODUCT])
            .query_index("gsi3", [ORDERS]),
    )
}

async fn expire_orders(work: Work, _: Value) -> Result<Value, Fault> {
    let hours: u32 = work.env().parse("ORDER_EXPIRY_HOURS", "a whole number of hours")?;
    let placed_before =
        work.cached::<Settings>().await?.state.due_orders_placed_before(hours, work.now());
    let shards = join_all((0..SHARDS).map(|shard| expire_shard(&work, shard, placed_before))).await;
    let Stats { expired, failed, stopped } =
        shards.into_iter().fold(Stats::default(), |sum, shard| Stats {
            expired: sum.expired + shard.expired,
            failed: sum.failed + shard.failed,
            stopped: sum.stopped || shard.stopped,
        });
    tracing::info!(expired, failed, stopped, "orders expired");
    if failed > 0 {
        return Err(format!(
            "{failed} orders or pages of orders could not be processed; {expired} orders expired"
        )
        .into());
    }
    Ok(json!({ "expired": expired, "stopped": stopped }))
}

/// Expires the overdue orders of one shard.
async fn expire_shard(work: &Work, shard: u8, placed_before: Timestamp) -> Stats {
    let mut stats = Stats::default();
    let mut start = None;
    loop {
        let (orders, next) = match store::overdue(work.table(), shard, placed_before, start).await {
            Ok(page) => page,
            Err(error) => {
                tracing::error!(shard, %error, "could not read overdue orders");
                stats.failed += 1;
                return stats;
            }
        };
        for order in orders {
            if work.remaining() < LEAST_TIME {
                stats.stopped = true;
                return stats;
            }
            let id = order.state.id;
            match expire(work, order).await {
                Ok(expired) => stats.expired += u32::from(expired),
                Err(error) => {
                    tracing::error!(order = %id, %error, cause = ?std::error::Error::source(&error), "could not expire an order");
                    stats.failed += 1;
                }
            }
        }
        start = next;
        if start.is_none() {
            return stats;
        }
    }
}

/// Expires one order, and returns whether it did.
async fn expire(work: &Work, mut order: Versioned<Order>) -> Result<bool> {
    for _ in 0..ATTEMPTS {
        let Some(commit) = store::expire(&work.context(), &order)? else { return Ok(false) };
        match commit.send(work.table()).await {
            Ok(()) => return Ok(true),
            // The index was stale, or the order was changed concurrently.
            Err(Error::VersionConflict) => {
                order = store::find(work.table(), Owner::Any, order.state.id).await?
            }
            Err(error) => return Err(error),
        }
    }
    Err(Error::Unavailable("the order was changed concurrently too often".into()))
}
