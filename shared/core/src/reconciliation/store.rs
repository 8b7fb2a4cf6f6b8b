//! Differences in DynamoDB, the progress of a pass, and the lists that it reads.

use builder_store::aggregate::{Aggregate as _, Versioned};
use builder_store::commit::Commit;
use builder_store::error::{Error, Result};
use builder_store::event::Context;
use builder_store::listing::{Index, Listing, Page, page};
use builder_store::table::{Table, number, numeric, primary, text, textual, values};
use jiff::Timestamp;

use super::{Finding, Pass, Reconciliation, ReconciliationEvent, Subject};
use crate::id::{PaymentId, RefundId};
use crate::keys;
use crate::payments::{Payment, Refund, RefundStatus};

/// The number of rows read from our own lists at a time.
const ROWS: usize = 25;

/// Reads the recorded differences of an object, if there ever were any.
///
/// # Errors
/// As [`Table::load`].
pub async fn find(table: &Table, subject: &Subject) -> Result<Option<Versioned<Reconciliation>>> {
    table.load(&keys::state(Reconciliation::KIND, subject)).await
}

/// Creates the commit that records the findings about an object. It is empty if they are already
/// recorded.
///
/// # Errors
/// As [`Commit::save`]; sending it, [`Error::VersionConflict`].
pub fn note(
    context: &Context,
    known: Option<&Versioned<Reconciliation>>,
    subject: &Subject,
    found: &[Finding],
) -> Result<(Commit, Vec<ReconciliationEvent>)> {
    let events = Reconciliation::find(known.map(|known| &known.state), subject, found, context.at);
    let mut commit = Commit::new(context);
    if !events.is_empty() {
        commit.save(known, &events, None)?;
    }
    Ok((commit, events))
}

/// Reads the progress of the last scheduled pass and its version; `None` before the first.
///
/// # Errors
/// As [`Table::get`].
pub async fn last_pass(table: &Table) -> Result<(i64, Option<Pass>)> {
    let Some(item) = table.get(&keys::reconciliation()).await? else { return Ok((0, None)) };
    let version = number(&item, "version")
        .ok_or_else(|| Error::internal("the progress of a reconciliation pass has no version"))?;
    Ok((version, Some(serde_json::from_str(text(&item, "pass")?).map_err(Error::internal)?)))
}

/// Stores the progress of a pass. Returns the next version.
///
/// # Errors
/// [`Error::VersionConflict`] if another run has changed it since; as [`Table::call`].
pub async fn keep_pass(table: &Table, version: i64, pass: &Pass) -> Result<i64> {
    let key = keys::reconciliation();
    let mut item = primary(&key);
    item.insert("version".to_owned(), numeric(version + 1));
    item.insert("pass".to_owned(), textual(serde_json::to_string(pass).map_err(Error::internal)?));
    let unchanged = "attribute_not_exists(pk) AND :version = :none OR version = :version";
    let values = values([(":version", numeric(version)), (":none", numeric(0))]);
    match table.put_if(&key, item, unchanged, values).await? {
        None => Ok(version + 1),
        Some(_) => Err(Error::VersionConflict),
    }
}

/// Reads our payments that were started before then and can still be paid, newest first. The index
/// is eventually consistent.
///
/// # Errors
/// As [`page`].
pub async fn open_payments(
    table: &Table,
    before: Timestamp,
    after: Option<&str>,
) -> Result<Page<Versioned<Payment>>> {
    let bound = PaymentId::lower_bound(before).to_string();
    page(
        table,
        &Listing::sharded(Index::Status, &keys::unpaid_payments()),
        Some(after.unwrap_or(&bound)),
        ROWS,
    )
    .await
}

/// Reads our pending refunds that were requested before then, newest first. The index is eventually
/// consistent.
///
/// # Errors
/// As [`page`].
pub async fn pending_refunds(
    table: &Table,
    before: Timestamp,
    after: Option<&str>,
) -> Result<Page<Versioned<Refund>>> {
    let bound = RefundId::lower_bound(before).to_string();
    page(
        table,
        &Listing::of_status::<Refund>(RefundStatus::Pending),
        Some(after.unwrap_or(&bound)),
        ROWS,
    )
    .await
}

/// Reads the objects with differences, in reverse order of their IDs. The index is eventually
/// consistent.
///
/// # Errors
/// As [`page`].
pub async fn open_differences(
    table: &Table,
    after: Option<&str>,
) -> Result<Page<Versioned<Reconciliation>>> {
    page(table, &Listing::sharded(Index::Status, &keys::open_differences()), after, ROWS).await
}
