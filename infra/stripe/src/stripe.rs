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

/// A running local Stripe. Dropping it stops all work immediately; [`close`](Self::close) lets
/// calls in progress finish.
#[derive(Debug)]
pub struct Stripe {
    state: Arc<State>,
    closing: watch::Sender<bool>,
    serving: Option<JoinHandle<()>>,
}

impl Stripe {
    /// Starts a server.
    ///
    /// # Errors
    /// If the address is in use, or the data directory can't be used.
    pub async fn start(options: Options) -> std::io::Result<Self> {
        let listener = TcpListener::bind(options.listen).await?;
        Self::serve(listener, options)
    }

    /// Starts a server on the caller's listener; [`Options::listen`] is ignored.
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

    /// Returns its URL, without a trailing slash: `http://127.0.0.1:1234`.
    pub fn url(&self) -> &str {
        &self.state.origin
    }

    /// Sets the endpoint for events, which also receives those that are still pending for an
    /// earlier one. Events from before there was any endpoint are not delivered, as with Stripe;
    /// they are in the list of events.
    pub fn set_webhook(&self, endpoint: WebhookEndpoint) {
        self.state.set_webhook(endpoint);
    }

    /// Replaces the faults. The attempts that their decisions depend on are counted from 0 again.
    pub fn set_faults(&self, faults: Faults) {
        self.state.injector.set(faults);
    }

    /// Returns how often each operation was called since the start, by names such as `POST
    /// /v1/refunds` and `GET /v1/payment_intents/{id}`.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.state.injector.calls()
    }

    /// Returns the latest attempts to deliver events, the oldest first.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.state.log.all()
    }

    /// Returns counts and sums of all objects.
    pub fn summary(&self) -> Summary {
        Summary::of(&self.state.desk().books)
    }

    /// Stops: refuses new calls, and finishes those in progress. Pending events are delivered after
    /// the next start, if there is a data directory.
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
