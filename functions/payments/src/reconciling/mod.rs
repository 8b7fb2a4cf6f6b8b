//! Going over everything, as far as time allows.

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

/// With less time than this left nothing more is begun: one thing takes a few calls of at most five
/// seconds.
const LEAST_TIME: Duration = Duration::from_secs(40);

/// Where the progress of a run is stored.
pub(crate) enum PassStorage {
    /// The table, as of this version.
    Table {
        /// The version.
        version: i64,
    },
    /// Nowhere: the operator who started the run gets it in the response.
    None,
}

/// A run of a pass.
pub(crate) struct Run<'a> {
    work: &'a Work,
    provider: Provider<'a>,
    pass: Pass,
    storage: PassStorage,
    stats: Stats,
    failures: FailureStreak,
}

/// What is left of a page.
enum Page {
    /// Nothing; the next one begins after this id, if there is one.
    Done(Option<String>),
    /// Something: time ran out.
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

    /// How far it has come.
    pub(crate) fn pass(&self) -> &Pass {
        &self.pass
    }

    /// What it has done.
    pub(crate) fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Goes over everything, and says whether it came to the end. How far it came is kept, also
    /// when it fails.
    ///
    /// # Errors
    /// [`CircuitOpen`](builder_store::Error::CircuitOpen) and
    /// [`Unavailable`](builder_store::Error::Unavailable) while the provider or the table is in
    /// trouble; [`VersionConflict`](builder_store::Error::VersionConflict) when another run goes
    /// over the same.
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
                    // It would lead back into a list that is over.
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

    /// Takes note of what came of one thing. One that fails is passed over; several in a row end
    /// the run, which goes on there.
    fn did(&mut self, id: String, outcome: Result<()>) -> Result<()> {
        self.stats.looked += 1;
        let Err(error) = outcome else {
            self.failures.is_over();
            self.pass.after = Some(id);
            return Ok(());
        };
        if self.failures.is_enough(&error, self.pass.after.as_ref()) {
            // Those before it did not fail by themselves, and are looked at again.
            self.stats.failed -= FailureStreak::ALLOWED;
            self.pass.after = self.failures.began_after();
            return Err(error);
        }
        tracing::error!(id, %error, cause = ?std::error::Error::source(&error), "this could not \
                                                                                 be compared with the provider's");
        self.stats.failed += 1;
        self.pass.after = Some(id);
        Ok(())
    }

    /// Keeps what was found at a thing, as far as it is new.
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
                    tracing::error!(%subject, ours, ?difference, "the payment provider has it differently");
                    self.stats.found += 1;
                }
                ReconciliationEvent::Resolved { kind, .. } => {
                    tracing::info!(%subject, kind, "the payment provider no longer has it \
                                                    differently");
                    self.stats.resolved += 1;
                }
            }
        }
        Ok(())
    }

    fn repaired(&mut self, id: &str) {
        tracing::warn!(id, "what the provider told was lost, and is noted now");
        self.stats.repaired += 1;
    }
}
