//! One running stack.

pub mod administrator;
mod functions;
mod lambda_env;
mod listen;
mod options;
mod payment_provider;
mod role_checks;
mod start;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use builder_stripe::Stripe;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use administrator::Administrator;
pub use options::Options;
pub(crate) use start::check_template;

use crate::aws::Clients;
use crate::cloud::{Cloud, Mail};
use crate::console::Mails;
use crate::data_dir::DataDir;
use crate::lambda::Lambda;
use crate::mappings::Mappings;
use crate::template::Model;

/// How long a stop waits for what a function left behind when it ended.
const CLOSE: Duration = Duration::from_secs(5);

/// A running stack. Dropping it stops it at once; [`Stack::stop`] finishes what is in progress
/// first.
pub struct Stack {
    api: SocketAddr,
    aws_url: String,
    model: Arc<Model>,
    lambda: Lambda,
    mails: Arc<Mails>,
    mappings: Mappings,
    cloud: Option<Cloud>,
    /// Kept for the Lambda API, which holds them weakly.
    _clients: Arc<Clients>,
    administrator: Option<Administrator>,
    stripe: Option<Stripe>,
    gateway: JoinHandle<()>,
    endpoint: Option<JoinHandle<()>>,
    /// Becomes true when the gateway and the pollers are to finish.
    closing: watch::Sender<bool>,
    /// Becomes true when the AWS endpoint is to finish, after everything that calls it.
    closing_endpoint: watch::Sender<bool>,
    _data_dir: Option<DataDir>,
}

impl Stack {
    /// Starts a stack and returns when it is ready for requests.
    ///
    /// # Errors
    /// In one line, what is wrong: a port in use, a template that can't be read, a variable that a
    /// function misses.
    pub async fn start(options: Options) -> Result<Self> {
        start::start(options).await
    }

    /// The base URL of the HTTP API, without a slash at the end.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("http://{}", self.api)
    }

    /// The URL of the AWS endpoint.
    #[must_use]
    pub fn aws_url(&self) -> &str {
        &self.aws_url
    }

    /// The cloud in this process, unless another AWS endpoint is used.
    #[must_use]
    pub fn cloud(&self) -> Option<&Cloud> {
        self.cloud.as_ref()
    }

    /// The local Stripe, unless another one is used.
    #[must_use]
    pub fn stripe(&self) -> Option<&Stripe> {
        self.stripe.as_ref()
    }

    /// What the template describes.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The account that this start created, unless there was one already.
    #[must_use]
    pub fn administrator(&self) -> Option<&Administrator> {
        self.administrator.as_ref()
    }

    /// The numbers of queues, streams and schedules that are followed.
    #[must_use]
    pub fn sources(&self) -> (usize, usize, usize) {
        self.mappings.counts()
    }

    /// Every variable that a function sees.
    #[must_use]
    pub fn environment(&self, function: &str) -> Option<BTreeMap<String, String>> {
        self.lambda.function(function).map(|pool| pool.variables().clone())
    }

    /// The mails to an address, the latest first.
    ///
    /// # Errors
    /// When the mailbox can't be read.
    pub async fn mail(&self, to: &str) -> Result<Vec<Mail>> {
        self.mails.list(Some(to), 1_000).await
    }

    /// Invokes a function by hand and returns its result.
    ///
    /// # Errors
    /// When there is no such function, or it failed.
    pub async fn invoke(&self, function: &str, payload: Value) -> Result<Value> {
        let pool = self
            .lambda
            .function(function)
            .with_context(|| format!("there is no function {function}"))?;
        match pool.invoke(payload).await {
            Ok(result) => Ok(result),
            Err(failure) => bail!("{function}: {failure}"),
        }
    }

    /// Waits until no stream record is unread, no message waits or is in flight, and no background
    /// invocation runs.
    ///
    /// # Errors
    /// When it isn't so after `limit`; the message says what is left.
    pub async fn wait_idle(&self, limit: Duration) -> Result<()> {
        self.mappings.wait_idle(limit).await
    }

    /// Finishes the requests and batches in progress, then stops.
    pub async fn stop(self) {
        self.closing.send_replace(true);
        let (gateway, ()) = tokio::join!(self.gateway, self.mappings.stopped());
        if let Some(stripe) = self.stripe {
            stripe.close().await;
        }
        if let Err(error) = gateway {
            tracing::error!(%error, "the gateway ended badly");
        }
        self.closing_endpoint.send_replace(true);
        if let Some(endpoint) = self.endpoint
            && let Err(error) = endpoint.await
        {
            tracing::error!(%error, "the AWS endpoint ended badly");
        }
        drop((self.lambda, self.mails, self._clients));
        if let Some(cloud) = self.cloud
            && tokio::time::timeout(CLOSE, cloud.closed()).await.is_err()
        {
            tracing::warn!("something still used the data after {CLOSE:?}");
        }
    }
}
