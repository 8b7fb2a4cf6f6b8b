//! What an instance of a function holds between invocations.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use builder_identity::tokens::public_keys::PublicKeys;
use builder_store::Result;
use builder_store::aggregate::Versioned;
use builder_store::aws::{self, Aws};
use builder_store::cached::{Cache, Cached};
use builder_store::clock::{Clock, SystemClock};
use builder_store::config::Env;
use builder_store::error::Error;
use builder_store::table::Table;

use crate::admission::guard::Blocked;

/// How long a secret read from Secrets Manager is used before it is read again.
const SECRET_LIFE: Duration = Duration::from_secs(300);

/// What an instance is given besides its environment. The local stack and the tests give their own.
#[derive(Clone)]
pub struct Ports {
    /// Where "now" comes from.
    pub clock: Arc<dyn Clock>,
    /// What AWS calls go through; `None`: sockets, as in the cloud.
    pub http: Option<SharedHttpClient>,
    /// The time that AWS calls and addresses are signed with; `None`: the machine's.
    pub signing_time: Option<SharedTimeSource>,
}

impl Default for Ports {
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock), http: None, signing_time: None }
    }
}

/// The long-lived parts of one instance: configuration, clients, caches.
pub struct App {
    pub(crate) name: &'static str,
    env: Env,
    aws: Aws,
    table: Table,
    clock: Arc<dyn Clock>,
    pub(crate) keys: PublicKeys,
    pub(crate) blocked: Blocked,
    secrets: Mutex<HashMap<String, (Instant, Arc<str>)>>,
    kept: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl App {
    pub(crate) fn new(
        name: &'static str,
        env: Env,
        ports: Ports,
    ) -> Result<Self, builder_store::config::EnvError> {
        let aws = Aws::new(&env, ports.http)?.signing_at(ports.signing_time);
        let table = Table::new(aws.dynamodb(), &env);
        Ok(Self {
            name,
            env,
            aws,
            table,
            clock: ports.clock,
            keys: PublicKeys::default(),
            blocked: Blocked::default(),
            secrets: Mutex::default(),
            kept: Mutex::default(),
        })
    }

    /// The function's environment.
    #[must_use]
    pub fn env(&self) -> &Env {
        &self.env
    }

    /// The AWS clients' maker.
    #[must_use]
    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    /// The tables, without a deadline of their own: requests use [`crate::Call::table`].
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The aggregate as it was at most [`Cached::LIFE`] ago, read by `table` when what is in memory
    /// is older.
    pub(crate) async fn cached<T: Cached>(&self, table: &Table) -> Result<Arc<Versioned<T>>> {
        self.get_or_init(Cache::<T>::default).get(table, &*self.clock).await
    }

    /// Discards what is in memory of the aggregate.
    pub(crate) async fn clear_cached<T: Cached>(&self) {
        self.get_or_init(Cache::<T>::default).clear().await;
    }

    /// The secret whose id the environment variable `variable` holds; read on first use and kept
    /// for five minutes.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when Secrets Manager doesn't answer, [`Error::Internal`] when the
    /// secret is not to be had.
    pub async fn secret(&self, variable: &str) -> Result<Arc<str>> {
        let id = self.env.require(variable)?;
        if let Some((read, secret)) =
            self.secrets.lock().unwrap_or_else(PoisonError::into_inner).get(id)
            && read.elapsed() < SECRET_LIFE
        {
            return Ok(secret.clone());
        }
        let client = self.get_or_init(|| self.aws.secrets());
        let request = client.get_secret_value().secret_id(id).send();
        let answer = match tokio::time::timeout(aws::CALL_LIMIT, request).await {
            Ok(answer) => answer.map_err(builder_store::aws::outcome)?,
            Err(elapsed) => return Err(Error::Unavailable(elapsed.into())),
        };
        let secret: Arc<str> = answer
            .secret_string()
            .ok_or_else(|| Error::internal(format!("the secret of {variable} has no text")))?
            .into();
        self.secrets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id.to_owned(), (Instant::now(), secret.clone()));
        Ok(secret)
    }

    /// The instance's own `T`, made on first use: a client, a template set, anything dear to make
    /// and good for many requests.
    pub fn get_or_init<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        if let Some(kept) = self.kept::<T>() {
            return kept;
        }
        self.keep(make())
    }

    /// The `T` kept so far, if any.
    #[must_use]
    pub fn kept<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&TypeId::of::<T>()).cloned().and_then(|kept| kept.downcast().ok())
    }

    /// Keeps `value` for later requests of this instance.
    pub fn keep<T: Send + Sync + 'static>(&self, value: T) -> Arc<T> {
        let value = Arc::new(value);
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(TypeId::of::<T>(), value.clone());
        value
    }
}
