//! The state of a running server.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use subtle::ConstantTimeEq;

use crate::books::journal::Journal;
use crate::books::{Books, Change};
use crate::clock::Clock;
use crate::faults::Injector;
use crate::ids::Ids;
use crate::objects::event::Event;
use crate::options::{Options, WebhookEndpoint};
use crate::tasks::Tasks;
use crate::webhooks::{Log, Sender};

/// Delivers an event to the endpoint, however long that takes.
pub(crate) type Deliver = fn(Arc<State>, Event) -> BoxFuture<'static, ()>;

/// The state of a running server.
#[derive(Debug)]
pub(crate) struct State {
    /// Its URL: `http://127.0.0.1:1234`.
    pub(crate) origin: String,
    secret_key: String,
    publishable_key: String,
    pub(crate) clock: Clock,
    pub(crate) injector: Injector,
    pub(crate) log: Log,
    pub(crate) sender: Sender,
    deliver: Deliver,
    pub(crate) tasks: Tasks,
    pub(crate) retry_scale: f64,
    pub(crate) refunds_settle_after_ms: i64,
    webhook: Mutex<Option<WebhookEndpoint>>,
    desk: Mutex<Desk>,
}

/// The state that only one call at a time may access.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) books: Books,
    pub(crate) ids: Ids,
    journal: Option<Journal>,
    /// Idempotency keys of calls in progress.
    pub(crate) in_progress: HashSet<String>,
    /// Events that are being delivered.
    under_way: HashSet<String>,
}

impl State {
    /// Opens the journal, if there is one.
    ///
    /// # Errors
    /// If the journal can't be used.
    pub(crate) fn open(
        origin: String,
        options: Options,
        deliver: Deliver,
    ) -> std::io::Result<Arc<Self>> {
        let (journal, books) = match &options.data_dir {
            Some(directory) => {
                Journal::open(directory).map(|(journal, books)| (Some(journal), books))?
            }
            None => (None, Books::default()),
        };
        let desk = Desk {
            books,
            ids: Ids::default(),
            journal,
            in_progress: HashSet::new(),
            under_way: HashSet::new(),
        };
        let state = Arc::new(Self {
            origin,
            secret_key: options.secret_key,
            publishable_key: options.publishable_key,
            clock: options.clock,
            injector: Injector::new(options.faults),
            log: Log::default(),
            sender: Sender::default(),
            deliver,
            tasks: Tasks::new(),
            retry_scale: options.retry_scale.max(0.0),
            refunds_settle_after_ms: i64::try_from(options.refunds_settle_after_ms)
                .unwrap_or(i64::MAX),
            webhook: Mutex::default(),
            desk: Mutex::new(desk),
        });
        if let Some(endpoint) = options.webhook {
            state.set_webhook(endpoint);
        }
        Ok(state)
    }

    /// Locks the books and related state for one call.
    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether this is the secret key.
    pub(crate) fn is_secret_key(&self, key: &str) -> bool {
        key.as_bytes().ct_eq(self.secret_key.as_bytes()).into()
    }

    /// Returns whether this is the publishable key.
    pub(crate) fn is_publishable_key(&self, key: &str) -> bool {
        key.as_bytes().ct_eq(self.publishable_key.as_bytes()).into()
    }

    /// Returns the endpoint for events.
    pub(crate) fn webhook(&self) -> Option<WebhookEndpoint> {
        self.webhook.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets the endpoint for events, which also receives those that are still pending for an
    /// earlier one.
    pub(crate) fn set_webhook(self: &Arc<Self>, endpoint: WebhookEndpoint) {
        *self.webhook.lock().unwrap_or_else(PoisonError::into_inner) = Some(endpoint);
        let mut desk = self.desk();
        let waiting: Vec<Event> =
            desk.books.events.all().iter().filter(|event| event.pending).cloned().collect();
        self.send(&mut desk, waiting);
    }

    /// Commits a change: writes it to the journal, then delivers its events.
    ///
    /// # Errors
    /// If it can't be written; then nothing changes.
    pub(crate) fn commit(self: &Arc<Self>, desk: &mut Desk, change: Change) -> std::io::Result<()> {
        if change.is_empty() {
            return Ok(());
        }
        if let Some(journal) = &mut desk.journal {
            journal.append(&change)?;
        }
        let events = change.events.iter().filter(|event| event.pending).cloned().collect();
        desk.books.apply(change);
        self.send(desk, events);
        Ok(())
    }

    /// Marks an event as one that need not be delivered any more.
    pub(crate) fn told(&self, event: &str) {
        let mut desk = self.desk();
        let change = Change { told: vec![event.to_owned()], ..Change::default() };
        if let Some(journal) = &mut desk.journal
            && let Err(error) = journal.append(&change)
        {
            tracing::error!(%error, event, "cannot write that this event was delivered: it will \
                 be delivered again");
        }
        desk.books.apply(change);
        desk.under_way.remove(event);
    }

    fn send(self: &Arc<Self>, desk: &mut Desk, events: Vec<Event>) {
        for event in events {
            if desk.under_way.insert(event.id.clone()) {
                self.tasks.spawn((self.deliver)(Arc::clone(self), event));
            }
        }
    }
}
