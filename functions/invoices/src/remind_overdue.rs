//! The job `remind-overdue`: once a day, reminds the buyers of open invoices that are overdue by
//! the numbers of days in the settings.
//!
//! It can run concurrently, stop halfway and run again: each invoice is changed in a separate
//! commit with its version as a condition, and counts its reminders. The oldest invoices are
//! processed first, so that newer ones don't delay them. If an invoice can't be changed, the job
//! continues with the others and fails at the end.

use std::time::Duration;

use builder_core::id::InvoiceId;
use builder_core::invoices::{Invoice, InvoiceEvent, store};
use builder_core::keys::{INVOICE, INVOICES};
use builder_core::settings::{Document, Settings};
use builder_identity::keys::SETTINGS;
use builder_runtime::{Fault, Function, Job, Resources, Trigger, Work};
use builder_store::aggregate::{Owner, Versioned};
use builder_store::error::Result;
use serde_json::{Value, json};

/// How many invoices are read at a time.
const PAGE: usize = 100;
/// With less time than this remaining, no further page is processed. The next run starts again with
/// the oldest invoice.
const LEAST_TIME: Duration = Duration::from_secs(20);

/// Returns the job.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Job::task(
            "remind-overdue",
            Trigger::Schedule { expression: "cron(0 7 * * ? *)", give_up_after_s: 3600 },
            remind_overdue,
        ),
        Resources::new()
            .timeout(300)
            .get([INVOICE, SETTINGS])
            .put([INVOICE])
            .query_index("gsi3", [INVOICES]),
    )
}

async fn remind_overdue(work: Work, _: Value) -> Result<Value, Fault> {
    let settings = work.cached::<Settings>().await?.state.document.clone();
    let (mut reminded, mut failed, mut after) = (0_u32, 0_u32, None::<String>);
    let stopped = loop {
        let page = store::list_open_oldest_first(work.table(), after.as_deref(), PAGE).await?;
        for invoice in &page.items {
            match remind(&work, invoice, &settings).await {
                Ok(done) => reminded += u32::from(done),
                Err(error) => {
                    let id = invoice.state.content.id;
                    tracing::error!(invoice = %id, %error, cause = ?std::error::Error::source(&error), "could not remind the buyer of an invoice");
                    failed += 1;
                }
            }
        }
        after = page.next;
        if after.is_none() || work.remaining() < LEAST_TIME {
            break after.is_some();
        }
    };
    tracing::info!(reminded, failed, stopped, "requested reminders");
    if failed > 0 {
        return Err(
            format!("reminders of {failed} invoices failed; {reminded} were requested").into()
        );
    }
    Ok(json!({ "reminded": reminded, "stopped": stopped }))
}

/// Requests a reminder of one invoice if it is due, and returns whether it was. Retries on
/// conflicts: the listing may be stale, and the invoice's file may be written concurrently.
async fn remind(work: &Work, listed: &Versioned<Invoice>, settings: &Document) -> Result<bool> {
    if due(work, &listed.state, settings).is_empty() {
        return Ok(false);
    }
    work.retry_on_conflict(|| attempt(work, listed.state.content.id, settings)).await
}

async fn attempt(work: &Work, invoice: InvoiceId, settings: &Document) -> Result<bool> {
    let invoice = store::find(work.table(), Owner::Any, invoice).await?;
    let (commit, after) =
        store::change(&work.context(), &invoice, &due(work, &invoice.state, settings))?;
    commit.send_unless_empty(work.table()).await?;
    Ok(after.version > invoice.version)
}

/// Returns the event of a reminder that is due.
fn due(work: &Work, invoice: &Invoice, settings: &Document) -> Vec<InvoiceEvent> {
    invoice.remind(&settings.invoices.reminder_days, settings.day(work.now()), work.now())
}
