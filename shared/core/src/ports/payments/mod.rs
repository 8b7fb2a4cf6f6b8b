//! Payments and refunds through a payment provider.

use async_trait::async_trait;
use builder_store::error::Fault;
use jiff::Timestamp;

use crate::id::{OrderId, PaymentId, RefundId};
use crate::money::Money;
use crate::payments::{Observed, ObservedRefund};

pub mod stripe;

/// A payment provider.
#[async_trait]
pub trait PaymentProvider: Send + Sync {
    /// Creates a payment, which the payer then confirms at the provider. The same key returns the
    /// same payment.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn open(&self, payment: &NewIntent) -> Result<Intent, ProviderError>;

    /// Reads a payment.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn look(&self, intent: &str) -> Result<Intent, ProviderError>;

    /// Cancels a payment. One that has succeeded or was already cancelled is returned unchanged.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn cancel(&self, intent: &str) -> Result<Intent, ProviderError>;

    /// Creates a refund. The same key returns the same refund.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn refund(&self, refund: &NewRefund) -> Result<KnownRefund, ProviderError>;

    /// Reads a refund.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn look_at_refund(&self, refund: &str) -> Result<KnownRefund, ProviderError>;

    /// Lists a page of the payments created since then, newest first. Those of other programs that
    /// can't be parsed are omitted.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn payments_since(
        &self,
        since: Timestamp,
        after: Option<&str>,
    ) -> Result<Listed<Intent>, ProviderError>;

    /// Lists a page of the refunds created since then, newest first.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn refunds_since(
        &self,
        since: Timestamp,
        after: Option<&str>,
    ) -> Result<Listed<KnownRefund>, ProviderError>;

    /// Lists the refunds of a payment, newest first.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn refunds_of(&self, intent: &str) -> Result<Vec<KnownRefund>, ProviderError>;
}

/// A payment to create.
#[derive(Debug, Clone)]
pub struct NewIntent {
    /// The idempotency key.
    pub key: String,
    /// The payment.
    pub payment: PaymentId,
    /// The ID of the order.
    pub order: OrderId,
    /// The amount.
    pub amount: Money,
}

/// A payment at the provider.
#[derive(Clone, PartialEq, Eq)]
pub struct Intent {
    /// Our ID; `None` if another program created it.
    pub payment: Option<PaymentId>,
    /// Its state at the provider.
    pub seen: Observed,
    /// The client secret, with which the payer's browser confirms it.
    pub client_secret: String,
}

/// Never shows the client secret.
impl std::fmt::Debug for Intent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intent")
            .field("payment", &self.payment)
            .field("seen", &self.seen)
            .finish_non_exhaustive()
    }
}

/// A refund to create.
#[derive(Debug, Clone)]
pub struct NewRefund {
    /// The idempotency key.
    pub key: String,
    /// The refund.
    pub refund: RefundId,
    /// The provider's ID of the payment.
    pub intent: String,
    /// The amount.
    pub amount: Money,
    /// The reason in the provider's terms, if there is one.
    pub reason: Option<&'static str>,
}

/// A refund at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRefund {
    /// Our ID; `None` if another program created it.
    pub refund: Option<RefundId>,
    /// The ID of our payment, if the response contains it; that of [`PaymentProvider::refunds_of`]
    /// doesn't.
    pub payment: Option<PaymentId>,
    /// The provider's ID of the payment.
    pub intent: String,
    /// Its state at the provider.
    pub seen: ObservedRefund,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// The items.
    pub items: Vec<T>,
    /// The position of the next page, if there is one.
    pub next: Option<String>,
}

/// The error of a call to a payment provider.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The provider rejected the request, and would reject it again.
    #[error("the payment provider rejected the request: {code}")]
    Refused {
        /// The provider's code for the reason.
        code: String,
        /// The provider's message, for the log.
        message: String,
    },
    /// The object doesn't exist at the provider.
    #[error("the payment provider doesn't have this object")]
    Unknown,
    /// Another request with the same key is in progress.
    #[error("a request with the same key is in progress at the payment provider")]
    UnderWay,
    /// The rate limit was exceeded.
    #[error("the payment provider's rate limit was exceeded")]
    TooOften,
    /// There was no response, or an unreadable one: the request may or may not have been executed.
    #[error("the payment provider didn't respond")]
    Unavailable(#[source] Fault),
    /// The provider reported an error on its side. The request may or may not have been executed,
    /// and the provider will repeat this response for this key, so the outcome has to be looked up.
    #[error("the payment provider responded with status {0}")]
    Faulted(u16),
    /// The provider repeated an earlier error response for this key. This says nothing about its
    /// current state.
    #[error("the payment provider repeated the status {0} for this key")]
    StillFaulted(u16),
    /// The provider rejected our API key: the key in our secret is wrong or missing.
    #[error("the payment provider rejected our API key")]
    Locked,
}

impl ProviderError {
    /// Returns whether the provider failed, rather than rejected the request.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::TooOften | Self::Unavailable(_) | Self::Faulted(_))
    }
}
