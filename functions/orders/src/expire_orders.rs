//! The job `expire-orders`: every five minutes, cancels the orders whose time to be paid is over
//! and gives their stock back.
//!
//! It may run twice at once, stop half-way and run again: each order is changed by a commit of its
//! own under the condition of its version, and one that is no longer pending is left alone. An
//! order that can't be changed stops no other; the run reports it by failing in the end, so that
//! the schedule repeats it and the alarm sees it.
//!
//! Orders are found by the time they were placed, which their ids hold, and expire when the time
//! they were promised is over: by the settings of that moment, or by `ORDER_EXPIRY_HOURS` where
//! these leave it open. The settings remember what they promised before. If the variable is
//! lengthened, older orders may wait that much longer; they never expire early.

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

/// With less time than this left, no further order is begun: the next run goes on.
const LEAST_TIME: Duration = Duration::from_secs(3);
/// How often one order is tried when it is changed meanwhile.
const ATTEMPTS: u32 = 3;

/// What a run has done.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Stats {
    expired: u32,
    failed: u32,
    /// Whether time ran out with orders left.
    stopped: bool,
}

/// The job.
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
            "{failed} orders or pages of them could not be worked off, {expired} expired"
        )
        .into());
    }
    Ok(json!({ "expired": expired, "stopped": stopped }))
}

/// Walks the overdue orders of one shard.
async fn expire_shard(work: &Work, shard: u8, placed_before: Timestamp) -> Stats {
    let mut stats = Stats::default();
    let mut start = None;
    loop {
        let (orders, next) = match store::overdue(work.table(), shard, placed_before, start).await {
            Ok(page) => page,
            Err(error) => {
                tracing::error!(shard, %error, "overdue orders could not be read");
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
                    tracing::error!(order = %id, %error, cause = ?std::error::Error::source(&error), "the order could not expire");
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

/// Lets one order expire; says whether it did.
async fn expire(work: &Work, mut order: Versioned<Order>) -> Result<bool> {
    for _ in 0..ATTEMPTS {
        let Some(commit) = store::expire(&work.context(), &order)? else { return Ok(false) };
        match commit.send(work.table()).await {
            Ok(()) => return Ok(true),
            // The index was behind, or its owner was faster.
            Err(Error::VersionConflict) => {
                order = store::find(work.table(), Owner::Any, order.state.id).await?
            }
            Err(error) => return Err(error),
        }
    }
    Err(Error::Unavailable("the order kept being changed".into()))
}
