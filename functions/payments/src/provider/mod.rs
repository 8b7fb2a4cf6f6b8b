//! The payment provider, called through a circuit breaker.

pub(crate) mod create_intent;
pub(crate) mod message;
pub(crate) mod send_refund;
pub(crate) mod sync;

use std::sync::Arc;

use builder_core::keys::BREAKER;
use builder_core::payments::breaker::Breaker;
use builder_core::ports::payments::stripe::{Keys, Stripe};
use builder_core::ports::payments::{PaymentProvider, ProviderError};
use builder_runtime::{App, Resources, telemetry};
use builder_store::aws::web::Web;
use builder_store::error::{Error, Result};
use builder_store::table::Table;

/// The name of the provider in errors.
pub(crate) const NAME: &str = "the payment provider";
/// The `Retry-After` in seconds when the provider didn't respond.
pub(crate) const PAUSE: u64 = 2;

/// Why a call to the provider failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// The provider's error, which the caller can handle.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The call was not made, or received no response.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// A provider error that isn't handled is an internal error.
impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Provider(error) => Self::internal(error),
            CallError::Failed(error) => error,
        }
    }
}

/// What an instance caches between calls: connections, and the state of the breaker.
struct CachedProvider {
    web: Web,
    breaker: Breaker,
}

/// The payment provider of this deployment, for one request.
pub(crate) struct Provider<'a> {
    app: &'a App,
    table: &'a Table,
    kept: Arc<CachedProvider>,
    stripe: Stripe,
    /// The deployment: dev, staging or prod.
    deployment: String,
}

/// Returns the resources that calls to the provider need.
pub(crate) fn resources() -> Resources {
    Resources::new()
        .variables(["STAGE", "STRIPE_URL", "STRIPE_VERSION"])
        .secrets(["STRIPE_SECRET"])
        .get([BREAKER])
        .update([BREAKER])
}

/// Returns the provider, as configured by the secret and the environment.
///
/// # Errors
/// `payments-not-set-up`; errors of reading the secret.
pub(crate) async fn provider<'a>(app: &'a App, table: &'a Table) -> Result<Provider<'a>> {
    let url = app.env().require("STRIPE_URL")?;
    let kept = app
        .get_or_init(|| CachedProvider { web: Stripe::web(url), breaker: Breaker::new("stripe") });
    let Some(keys) = keys(app).await? else {
        return Err(Error::refused(
            "payments-not-set-up",
            "This deployment has no payment provider. Set one up first.",
        ));
    };
    let stripe =
        Stripe::new(kept.web.clone(), url, app.env().require("STRIPE_VERSION")?, keys.secret_key);
    Ok(Provider { app, table, kept, stripe, deployment: app.env().require("STAGE")?.to_owned() })
}

/// Returns the keys in the secret; `None` if no provider is set up.
pub(crate) async fn keys(app: &App) -> Result<Option<Keys>> {
    let text = app.secret("STRIPE_SECRET").await?;
    Keys::read(&text).map_err(|_| {
        Error::internal(
            "the secret of STRIPE_SECRET must be {} or {\"secretKey\": \"sk_…\", \
             \"webhookSecrets\": [\"whsec_…\"]}",
        )
    })
}

impl Provider<'_> {
    /// Makes one call that only reads, or can be repeated under its key, if the breaker permits it.
    ///
    /// # Errors
    /// [`Error::CircuitOpen`] while the breaker is open, and when the provider doesn't respond or
    /// fails; [`CallError::Provider`] otherwise.
    pub(crate) async fn query<'s, T, Fut>(
        &'s self,
        call: impl FnOnce(&'s dyn PaymentProvider) -> Fut,
    ) -> Result<T, CallError>
    where
        Fut: Future<Output = Result<T, ProviderError>>,
    {
        self.execute(call).await.map_err(|error| match error {
            CallError::Provider(ProviderError::Faulted(_) | ProviderError::StillFaulted(_)) => {
                Error::CircuitOpen { what: NAME, seconds: PAUSE }.into()
            }
            error => error,
        })
    }

    /// As [`Self::query`], for operations that must take effect once: failures of the provider are
    /// returned to the caller, who has to find out whether the operation was carried out.
    ///
    /// # Errors
    /// As [`Self::query`], except that [`ProviderError::Faulted`] and
    /// [`ProviderError::StillFaulted`] are returned.
    pub(crate) async fn execute<'s, T, Fut>(
        &'s self,
        call: impl FnOnce(&'s dyn PaymentProvider) -> Fut,
    ) -> Result<T, CallError>
    where
        Fut: Future<Output = Result<T, ProviderError>>,
    {
        let clock = self.app.clock();
        let admitted = Box::pin(self.kept.breaker.admit(self.table, clock.now())).await;
        let admission = admitted.inspect_err(|error| {
            if matches!(error, Error::CircuitOpen { .. }) {
                self.count_failure();
            }
        })?;
        let answer = call(&self.stripe).await;
        let failed = matches!(&answer, Err(error) if error.is_failure());
        Box::pin(self.kept.breaker.report(self.table, &admission, failed, clock.now())).await;
        if failed {
            self.count_failure();
        }
        answer.map_err(|error| match error {
            ProviderError::Unavailable(_) | ProviderError::TooOften | ProviderError::UnderWay => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(%error, cause, "a call to the payment provider failed");
                Error::CircuitOpen { what: NAME, seconds: PAUSE }.into()
            }
            ProviderError::Locked => Error::internal(error).into(),
            error => error.into(),
        })
    }

    /// Counts a call that failed, or that the open breaker rejected, for the alarm.
    fn count_failure(&self) {
        telemetry::count(&self.deployment, &[("PaymentProviderFailures", 1)]);
    }
}
