//! A running local Stripe.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::books::summary::Summary;
use crate::delivery::deliver;
use crate::faults::Faults;
use crate::options::{Options, WebhookEndpoint};
use crate::server;
use crate::state::State;
use crate::webhooks::Delivery;

/// A running local Stripe. When it is dropped, everything ends where it stands;
/// [`close`](Self::close) lets calls in progress finish.
#[derive(Debug)]
pub struct Stripe {
    state: Arc<State>,
    closing: watch::Sender<bool>,
    serving: Option<JoinHandle<()>>,
}

impl Stripe {
    /// Starts one.
    ///
    /// # Errors
    /// If the address is taken, or the data directory can't be used.
    pub async fn start(options: Options) -> std::io::Result<Self> {
        let listener = TcpListener::bind(options.listen).await?;
        Self::serve(listener, options)
    }

    /// Starts one on a port that the caller has taken; [`Options::listen`] is left aside.
    ///
    /// # Errors
    /// If the data directory can't be used.
    pub fn serve(listener: TcpListener, options: Options) -> std::io::Result<Self> {
        let state = State::open(format!("http://{}", listener.local_addr()?), options, deliver)?;
        let closing = watch::Sender::new(false);
        state.tasks.spawn(server::settle(Arc::clone(&state)));
        let serving =
            tokio::spawn(server::serve(Arc::clone(&state), listener, closing.subscribe()));
        Ok(Self { state, closing, serving: Some(serving) })
    }

    /// Where it answers, without a slash at the end: `http://127.0.0.1:1234`.
    pub fn url(&self) -> &str {
        &self.state.origin
    }

    /// Tells this endpoint of events from now on, and of those that one before it was not told of
    /// yet. Events from before there was any endpoint are not delivered, as with Stripe; they are
    /// in the list of events.
    pub fn set_webhook(&self, endpoint: WebhookEndpoint) {
        self.state.set_webhook(endpoint);
    }

    /// Other faults from now on. The attempts that their decisions depend on are counted from 0
    /// again.
    pub fn set_faults(&self, faults: Faults) {
        self.state.injector.set(faults);
    }

    /// How often each operation was called since the start, by names such as `POST /v1/refunds` and
    /// `GET /v1/payment_intents/{id}`.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.state.injector.calls()
    }

    /// The latest attempts to deliver events, the oldest first.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.state.log.all()
    }

    /// Counts and sums of everything.
    pub fn summary(&self) -> Summary {
        Summary::of(&self.state.desk().books)
    }

    /// Stops: no more calls, those in progress are finished. Events that were not delivered yet
    /// will be after the next start, if there is a data directory.
    pub async fn close(mut self) {
        self.closing.send_replace(true);
        if let Some(serving) = self.serving.take()
            && let Err(error) = serving.await
        {
            tracing::error!(%error, "the server ended in a panic");
        }
        self.state.tasks.ended().await;
    }
}

impl Drop for Stripe {
    fn drop(&mut self) {
        self.closing.send_replace(true);
        if let Some(serving) = self.serving.take() {
            serving.abort();
        }
        self.state.tasks.end();
    }
}
