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

/// How long a stop waits for work that a function left running.
const CLOSE: Duration = Duration::from_secs(5);

/// A running stack. Dropping it stops it immediately; [`Stack::stop`] finishes work in progress
/// first.
pub struct Stack {
    api: SocketAddr,
    aws_url: String,
    model: Arc<Model>,
    lambda: Lambda,
    mails: Arc<Mails>,
    mappings: Mappings,
    cloud: Option<Cloud>,
    /// Owned for the Lambda API, which has a weak reference.
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
    /// In one line, the problem: a port in use, a template that can't be read, a variable that a
    /// function lacks.
    pub async fn start(options: Options) -> Result<Self> {
        start::start(options).await
    }

    /// Returns the base URL of the HTTP API, without a trailing slash.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("http://{}", self.api)
    }

    /// Returns the URL of the AWS endpoint.
    #[must_use]
    pub fn aws_url(&self) -> &str {
        &self.aws_url
    }

    /// Returns the cloud in this process, unless another AWS endpoint is used.
    #[must_use]
    pub fn cloud(&self) -> Option<&Cloud> {
        self.cloud.as_ref()
    }

    /// Returns the local Stripe, unless another server is used.
    #[must_use]
    pub fn stripe(&self) -> Option<&Stripe> {
        self.stripe.as_ref()
    }

    /// Returns the parsed template.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Returns the account that this start created, unless one existed already.
    #[must_use]
    pub fn administrator(&self) -> Option<&Administrator> {
        self.administrator.as_ref()
    }

    /// Returns the numbers of queues, streams and schedules.
    #[must_use]
    pub fn sources(&self) -> (usize, usize, usize) {
        self.mappings.counts()
    }

    /// Returns every environment variable of a function.
    #[must_use]
    pub fn environment(&self, function: &str) -> Option<BTreeMap<String, String>> {
        self.lambda.function(function).map(|pool| pool.variables().clone())
    }

    /// Returns the mails to an address, the latest first.
    ///
    /// # Errors
    /// If the mailbox can't be read.
    pub async fn mail(&self, to: &str) -> Result<Vec<Mail>> {
        self.mails.list(Some(to), 1_000).await
    }

    /// Invokes a function and returns its result.
    ///
    /// # Errors
    /// If there is no such function, or it failed.
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

    /// Waits until every stream record is read, no message is waiting or in flight, and no
    /// background invocation is running.
    ///
    /// # Errors
    /// If it isn't so after `limit`; the message says what is left.
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
            tracing::error!(%error, "the gateway failed");
        }
        self.closing_endpoint.send_replace(true);
        if let Some(endpoint) = self.endpoint
            && let Err(error) = endpoint.await
        {
            tracing::error!(%error, "the AWS endpoint failed");
        }
        drop((self.lambda, self.mails, self._clients));
        if let Some(cloud) = self.cloud
            && tokio::time::timeout(CLOSE, cloud.closed()).await.is_err()
        {
            tracing::warn!("the data was still in use after {CLOSE:?}");
        }
    }
}
