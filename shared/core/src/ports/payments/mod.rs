//! Moving money, by a payment provider.

use async_trait::async_trait;
use builder_store::error::Fault;
use jiff::Timestamp;

use crate::id::{OrderId, PaymentId, RefundId};
use crate::money::Money;
use crate::payments::{Observed, ObservedRefund};

pub mod stripe;

/// Somebody who moves money for us.
#[async_trait]
pub trait PaymentProvider: Send + Sync {
    /// Asks for a payment, which the payer then confirms at the provider. The same key gives the
    /// same payment again.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn open(&self, payment: &NewIntent) -> Result<Intent, ProviderError>;

    /// Looks at a payment.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn look(&self, intent: &str) -> Result<Intent, ProviderError>;

    /// Gives up a payment that isn't paid. One that is, or was given up, is told as it is.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn cancel(&self, intent: &str) -> Result<Intent, ProviderError>;

    /// Sends money back. The same key gives the same refund again.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn refund(&self, refund: &NewRefund) -> Result<KnownRefund, ProviderError>;

    /// Looks at a refund.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn look_at_refund(&self, refund: &str) -> Result<KnownRefund, ProviderError>;

    /// The payments begun since then, newest first: one page, and where the next begins. What
    /// others have made and can't be read is left out.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn payments_since(
        &self,
        since: Timestamp,
        after: Option<&str>,
    ) -> Result<Listed<Intent>, ProviderError>;

    /// The refunds begun since then, newest first: one page, and where the next begins.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn refunds_since(
        &self,
        since: Timestamp,
        after: Option<&str>,
    ) -> Result<Listed<KnownRefund>, ProviderError>;

    /// The refunds of a payment, newest first.
    ///
    /// # Errors
    /// [`ProviderError`].
    async fn refunds_of(&self, intent: &str) -> Result<Vec<KnownRefund>, ProviderError>;
}

/// A payment to be asked for.
#[derive(Debug, Clone)]
pub struct NewIntent {
    /// What the provider recognises a repetition by.
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
    /// Which of ours it is; `None` for one that others have made.
    pub payment: Option<PaymentId>,
    /// How it stands.
    pub seen: Observed,
    /// What the payer's browser confirms it with. Secret.
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

/// Money to be sent back.
#[derive(Debug, Clone)]
pub struct NewRefund {
    /// What the provider recognises a repetition by.
    pub key: String,
    /// The refund.
    pub refund: RefundId,
    /// What the provider calls the payment.
    pub intent: String,
    /// The amount.
    pub amount: Money,
    /// Why, if the provider has a word for it.
    pub reason: Option<&'static str>,
}

/// A refund at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRefund {
    /// Which of ours it is; `None` for one that others have made.
    pub refund: Option<RefundId>,
    /// Which of our payments it is of, where the provider told of that: by
    /// [`PaymentProvider::refunds_of`] it doesn't.
    pub payment: Option<PaymentId>,
    /// What the provider calls its payment.
    pub intent: String,
    /// How it stands.
    pub seen: ObservedRefund,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

/// Why a provider did not do as it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// It refuses, and would again: what was asked can't be done.
    #[error("the payment provider refuses: {code}")]
    Refused {
        /// Its word for why.
        code: String,
        /// Its sentence for why, for the log.
        message: String,
    },
    /// It has no such thing.
    #[error("the payment provider knows no such thing")]
    Unknown,
    /// Another request with the same key is on its way.
    #[error("the payment provider is about to do it")]
    UnderWay,
    /// It is asked too often.
    #[error("the payment provider is asked too often")]
    TooOften,
    /// It gave no answer, or none that can be understood: it may have done it or not.
    #[error("the payment provider gives no answer")]
    Unavailable(#[source] Fault),
    /// It answered that something went wrong on its side. It may have done it or not, and will give
    /// this answer to this key from now on: what became of it has to be looked up.
    #[error("the payment provider answers {0}")]
    Faulted(u16),
    /// It answered again what it answered the same key before, when it was in trouble. That says
    /// nothing of how it is now.
    #[error("the payment provider still answers {0} to this key")]
    StillFaulted(u16),
    /// It doesn't let us in: the key in our secret is wrong, or missing.
    #[error("the payment provider doesn't accept our key")]
    Locked,
}

impl ProviderError {
    /// Whether the provider is in trouble, rather than what was asked.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::TooOften | Self::Unavailable(_) | Self::Faulted(_))
    }
}
