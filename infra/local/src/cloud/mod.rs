//! The local cloud: one endpoint for AWS SDKs and the AWS CLI.
//!
//! DynamoDB and its streams, SQS, Secrets Manager, SES v2 (send), S3, STS (`GetCallerIdentity`) and
//! Lambda (invoke), on one port. Every call is authorized by the caller's policy as in AWS, and
//! every acknowledged write survives `kill -9`. Only S3 checks signatures; the other services trust
//! the access key.

pub mod arn;
mod database;
mod dynamodb;
mod error;
pub mod faults;
pub mod iam;
pub mod lambda;
mod options;
mod route;
mod s3;
mod secrets;
mod serve;
mod ses;
mod sqs;
mod sts;
mod sweep;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock, Weak};

use tokio::sync::watch;

use crate::private_dir::Lock;
use crate::recorder::Recorder;
use database::{integrity_check, store};
use iam::principals::Principals;

pub use faults::Faults;
pub use iam::{Principal, Statement};
pub use lambda::{InvokeError, Invoked, Invoker};
pub use options::CloudOptions;
pub use route::Dropped;
pub use ses::mailbox::{Attachment, Mail, Mailbox};
pub(crate) use sqs::Peeked;

/// The access key and the secret key of the administrator.
pub const ADMINISTRATOR: &str = "local";

/// A running local cloud. Copies are handles of the same cloud.
#[derive(Clone)]
pub struct Cloud {
    inner: Arc<Inner>,
}

/// A weak handle: for functions, which the cloud itself owns to invoke them.
#[derive(Clone)]
pub(crate) struct WeakCloud(Weak<Inner>);

impl WeakCloud {
    pub(crate) fn upgrade(&self) -> Option<Cloud> {
        self.0.upgrade().map(|inner| Cloud { inner })
    }
}

/// The lock file of the data directory.
const LOCK: &str = "lock";

struct Inner {
    region: String,
    principals: Arc<Principals>,
    faults: Arc<faults::Injector>,
    dynamodb: dynamodb::DynamoDb,
    sqs: sqs::Sqs,
    secrets: secrets::Secrets,
    mailbox: Mailbox,
    s3: s3::S3,
    invoker: OnceLock<Arc<dyn Invoker>>,
    recorder: OnceLock<Recorder>,
    /// Prevents a second cloud from using the data directory.
    _lock: Option<Lock>,
    /// Becomes true when the server stops: ends long polls. The last field, so that everything else
    /// is closed before it.
    closing: watch::Sender<bool>,
}

impl Cloud {
    /// Opens the data directory, or starts empty in memory.
    ///
    /// # Errors
    /// If the directory cannot be used, or is in use by another process.
    pub fn open(options: CloudOptions) -> anyhow::Result<Self> {
        let lock =
            options.data_dir.as_deref().map(|directory| Lock::take(directory, LOCK)).transpose()?;
        let data_dir = options.data_dir.as_deref();
        data_dir.map(integrity_check::check).transpose()?;
        let principals = Arc::new(Principals::default());
        let faults = Arc::new(faults::Injector::new(options.faults.clone()));
        let store = store::open(data_dir)?;
        let closing = watch::Sender::new(false);
        Ok(Self {
            inner: Arc::new(Inner {
                dynamodb: dynamodb::DynamoDb::open(
                    data_dir,
                    &options.region,
                    options.faults.index_delay(),
                )?,
                sqs: sqs::Sqs::new(store.clone(), &options.region, closing.subscribe()),
                secrets: secrets::Secrets::new(store.clone(), &options.region),
                mailbox: Mailbox::new(store),
                s3: s3::S3::open(
                    data_dir,
                    &options.region,
                    Arc::clone(&principals),
                    Arc::clone(&faults),
                )?,
                region: options.region,
                principals,
                faults,
                invoker: OnceLock::new(),
                recorder: OnceLock::new(),
                _lock: lock,
                closing,
            }),
        })
    }

    pub(crate) fn downgrade(&self) -> WeakCloud {
        WeakCloud(Arc::downgrade(&self.inner))
    }

    /// Drops this handle and waits until all others are dropped: then the files are closed and the
    /// data directory can be used again.
    pub(crate) async fn closed(self) {
        let mut closing = self.inner.closing.subscribe();
        drop(self);
        while closing.changed().await.is_ok() {}
    }

    /// Returns the region of all resources.
    pub fn region(&self) -> &str {
        &self.inner.region
    }

    /// Registers an access key, or replaces its principal.
    pub fn add_principal(&self, access_key: impl Into<String>, principal: Principal) {
        self.inner.principals.add(access_key.into(), principal);
    }

    /// Sets what runs functions for the Lambda API. Only the first call has an effect.
    pub fn set_invoker(&self, invoker: Arc<dyn Invoker>) {
        if self.inner.invoker.set(invoker).is_err() {
            tracing::warn!("the cloud has an invoker already");
        }
    }

    /// Sets the recorder of the functions' calls. Only the first call has an effect.
    pub(crate) fn set_recorder(&self, recorder: Recorder) {
        self.inner.recorder.get_or_init(|| recorder);
    }

    /// Returns the mail that was sent through SES.
    pub fn mailbox(&self) -> Mailbox {
        self.inner.mailbox.clone()
    }

    /// Returns the oldest messages of a queue, at most `limit`, without receiving them.
    pub(crate) async fn peek(&self, queue: &str, limit: u32) -> anyhow::Result<Vec<Peeked>> {
        self.inner.sqs.peek(queue, limit).await.map_err(|error| anyhow::anyhow!("{}", error.code()))
    }

    /// Returns the time at which the oldest message of each non-empty queue was sent.
    pub(crate) async fn oldest_messages(
        &self,
    ) -> anyhow::Result<std::collections::BTreeMap<String, jiff::Timestamp>> {
        self.inner.sqs.oldest().await.map_err(|error| anyhow::anyhow!("{}", error.code()))
    }

    /// Returns a receiver that changes with every write to a table with a stream: a poller waits
    /// for it instead of polling repeatedly.
    pub fn stream_written(&self) -> watch::Receiver<u64> {
        self.inner.dynamodb.stream_written()
    }
}
