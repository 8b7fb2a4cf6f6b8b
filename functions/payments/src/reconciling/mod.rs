//! Reconciliation of all payments and refunds, as far as time permits.

mod examine;
mod failure_streak;
mod local;
pub mod reconcile_payments;
mod remote;
mod stats;

use std::time::Duration;

use builder_core::reconciliation::{Finding, Pass, ReconciliationEvent, Stage, Subject, store};
use builder_runtime::Work;
use builder_store::error::Result;
use builder_store::table::Table;
use failure_streak::FailureStreak;
pub(crate) use stats::Stats;

use crate::provider::Provider;

/// With less time than this remaining, no further comparison is started: one takes a few calls of
/// at most five seconds each.
const LEAST_TIME: Duration = Duration::from_secs(40);

/// Where the progress of a run is stored.
pub(crate) enum PassStorage {
    /// In the table.
    Table {
        /// The version of the stored progress.
        version: i64,
    },
    /// Nowhere: the operator gets it in the response.
    None,
}

/// A run, which processes a pass or part of it.
pub(crate) struct Run<'a> {
    work: &'a Work,
    provider: Provider<'a>,
    pass: Pass,
    storage: PassStorage,
    stats: Stats,
    failures: FailureStreak,
}

/// The result of processing a page.
enum Page {
    /// Complete. The next page starts after this ID; `None` for the last page.
    Done(Option<String>),
    /// Incomplete: time ran out.
    Unfinished,
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        work: &'a Work,
        provider: Provider<'a>,
        pass: Pass,
        storage: PassStorage,
    ) -> Self {
        Self {
            work,
            provider,
            pass,
            storage,
            stats: Stats::default(),
            failures: FailureStreak::default(),
        }
    }

    /// Returns the pass with its progress.
    pub(crate) fn pass(&self) -> &Pass {
        &self.pass
    }

    /// Returns the counts of the run.
    pub(crate) fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Continues the pass, and returns whether it is complete. The progress is stored even on
    /// failure.
    ///
    /// # Errors
    /// [`CircuitOpen`](builder_store::Error::CircuitOpen) and
    /// [`Unavailable`](builder_store::Error::Unavailable) while the provider or the table is
    /// failing; [`VersionConflict`](builder_store::Error::VersionConflict) when another run
    /// processes the same pass.
    pub(crate) async fn walk(&mut self) -> Result<bool> {
        self.keep().await?;
        while self.pass.stage != Stage::Done {
            let page = match self.pass.stage {
                Stage::ProviderPayments => Box::pin(self.provider_payments()).await,
                Stage::ProviderRefunds => Box::pin(self.provider_refunds()).await,
                Stage::OpenPayments => Box::pin(self.open_payments()).await,
                Stage::PendingRefunds => Box::pin(self.pending_refunds()).await,
                Stage::Differences | Stage::Done => Box::pin(self.differences()).await,
            };
            match &page {
                Ok(Page::Done(Some(next))) => self.pass.after = Some(next.clone()),
                Ok(Page::Done(None)) => {
                    self.pass.go_on();
                    // Otherwise a failure could lead back into the completed list.
                    self.failures.is_over();
                }
                Ok(Page::Unfinished) | Err(_) => {}
            }
            self.keep().await?;
            if matches!(page?, Page::Unfinished) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn keep(&mut self) -> Result<()> {
        if let PassStorage::Table { version } = &mut self.storage {
            *version = store::keep_pass(self.work.table(), *version, &self.pass).await?;
        }
        Ok(())
    }

    fn table(&self) -> &'a Table {
        self.work.table()
    }

    fn is_late(&self) -> bool {
        self.work.remaining() < LEAST_TIME
    }

    /// Records the outcome of one comparison. A single failure is skipped; several in a row end the
    /// run, and the next run continues before them.
    fn did(&mut self, id: String, outcome: Result<()>) -> Result<()> {
        self.stats.looked += 1;
        let Err(error) = outcome else {
            self.failures.is_over();
            self.pass.after = Some(id);
            return Ok(());
        };
        if self.failures.is_enough(&error, self.pass.after.as_ref()) {
            // The preceding failures belong to the same outage, and are compared again.
            self.stats.failed -= FailureStreak::ALLOWED;
            self.pass.after = self.failures.began_after();
            return Err(error);
        }
        tracing::error!(id, %error, cause = ?std::error::Error::source(&error), "could not compare with the payment provider");
        self.stats.failed += 1;
        self.pass.after = Some(id);
        Ok(())
    }

    /// Records the new findings of a payment or refund.
    async fn keep_findings(&mut self, subject: &Subject, found: &[Finding]) -> Result<()> {
        let events = self
            .work
            .retry_on_conflict(|| async {
                let known = store::find(self.table(), subject).await?;
                let (commit, events) =
                    store::note(&self.work.context(), known.as_ref(), subject, found)?;
                commit.send_unless_empty(self.table()).await?;
                Ok(events)
            })
            .await?;
        for event in events {
            match event {
                ReconciliationEvent::Differed { finding, .. } => {
                    let (ours, difference) = (finding.ours, finding.difference);
                    tracing::error!(%subject, ours, ?difference, "differs from the payment provider");
                    self.stats.found += 1;
                }
                ReconciliationEvent::Resolved { kind, .. } => {
                    tracing::info!(%subject, kind, "no longer differs from the payment provider");
                    self.stats.resolved += 1;
                }
            }
        }
        Ok(())
    }

    fn repaired(&mut self, id: &str) {
        tracing::warn!(id, "recorded a lost change from the payment provider");
        self.stats.repaired += 1;
    }
}
