//! Stripe's HTTP API: <https://docs.stripe.com/api>.

use std::time::Duration;

use async_trait::async_trait;
use builder_store::aws::web::{Answer, Web};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::form_urlencoded::Serializer;

use super::{Intent, KnownRefund, Listed, NewIntent, NewRefund, PaymentProvider, ProviderError};

mod amount;
mod signature;
mod wire;

pub use signature::{SignatureError, TOLERANCE, verify};
pub use wire::{HookEvent, Subject};

use amount::units;
use wire::{ErrorBody, Page, PaymentIntent, Refund};

/// The maximum duration of a call.
const LIMIT: Duration = Duration::from_secs(5);
/// The number of rows of a list per request: Stripe's maximum.
const PAGE: usize = 100;
/// The maximum size of a response, in bytes: a row of a list has about ten thousand, with its
/// charge and fee.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// A deployment's credentials at Stripe: the content of the secret.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Keys {
    /// `sk_…` or `rk_…`, for API calls.
    pub secret_key: SecretString,
    /// `whsec_…`, with which webhooks are signed; several during a rotation.
    webhook_secrets: Vec<SecretString>,
}

impl Keys {
    /// Parses the secret's text; `None` if nothing is configured yet.
    ///
    /// # Errors
    /// The defect of the text, without quoting it.
    pub fn read(text: &str) -> Result<Option<Self>, serde_json::Error> {
        if text.trim() == "{}" { Ok(None) } else { serde_json::from_str(text).map(Some) }
    }

    /// Returns the secrets with which webhooks may be signed.
    pub fn webhook_secrets(&self) -> impl Iterator<Item = &str> {
        self.webhook_secrets.iter().map(ExposeSecret::expose_secret)
    }
}

/// An account at Stripe.
pub struct Stripe {
    web: Web,
    url: String,
    version: String,
    key: SecretString,
}

impl Stripe {
    /// Creates the HTTP client for `url`, which can be cached longer than the secret key.
    #[must_use]
    pub fn web(url: &str) -> Web {
        Web::with_limits(url.starts_with("http://"), LIMIT, MAX_BYTES)
    }

    /// Creates an account with this secret key, at `url` (`https://api.stripe.com`), and this
    /// version of the API.
    #[must_use]
    pub fn new(web: Web, url: &str, version: &str, key: SecretString) -> Self {
        Self { web, url: url.trim_end_matches('/').to_owned(), version: version.to_owned(), key }
    }

    async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<T, ProviderError> {
        let query = form(query);
        read(self.web.get_with(&format!("{}{path}?{query}", self.url), &self.headers()).await)
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &[(&str, String)],
        key: &str,
    ) -> Result<T, ProviderError> {
        let mut headers = self.headers();
        headers.push(("idempotency-key", key.to_owned()));
        read(self.web.post_form(&format!("{}{path}", self.url), form(body), &headers).await)
    }

    fn headers(&self) -> Vec<(&'static str, String)> {
        vec![
            ("authorization", format!("Bearer {}", self.key.expose_secret())),
            ("stripe-version", self.version.clone()),
        ]
    }
}

/// Never shows the key.
impl std::fmt::Debug for Stripe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stripe").field("url", &self.url).finish_non_exhaustive()
    }
}

/// The expansion of a payment: its charge with the balance transaction, instead of only its ID.
const OF_PAYMENT: &str = "latest_charge.balance_transaction";
/// The expansion of a refund: its payment, whose metadata contains our ID.
const OF_REFUND: &str = "payment_intent";

#[async_trait]
impl PaymentProvider for Stripe {
    async fn open(&self, payment: &NewIntent) -> Result<Intent, ProviderError> {
        let body = [
            ("amount", units(payment.amount)?.to_string()),
            ("currency", payment.amount.currency.code().to_lowercase()),
            ("automatic_payment_methods[enabled]", "true".to_owned()),
            ("metadata[payment]", payment.payment.to_string()),
            ("metadata[order]", payment.order.to_string()),
            ("expand[]", OF_PAYMENT.to_owned()),
        ];
        self.post::<PaymentIntent>("/v1/payment_intents", &body, &payment.key).await?.read()
    }

    async fn look(&self, intent: &str) -> Result<Intent, ProviderError> {
        let query = [("expand[]", OF_PAYMENT.to_owned())];
        self.get::<PaymentIntent>(&format!("/v1/payment_intents/{}", segment(intent)?), &query)
            .await?
            .read()
    }

    async fn cancel(&self, intent: &str) -> Result<Intent, ProviderError> {
        let path = format!("/v1/payment_intents/{}/cancel", segment(intent)?);
        let body =
            [("cancellation_reason", "abandoned".to_owned()), ("expand[]", OF_PAYMENT.to_owned())];
        // A fixed key is sufficient, because a cancellation is final.
        match self.post::<PaymentIntent>(&path, &body, &format!("{intent}:cancel")).await {
            Ok(intent) => intent.read(),
            // It has already ended.
            Err(ProviderError::Refused { code, .. })
                if code == "payment_intent_unexpected_state" =>
            {
                self.look(intent).await
            }
            Err(error) => Err(error),
        }
    }

    async fn refund(&self, refund: &NewRefund) -> Result<KnownRefund, ProviderError> {
        let mut body = vec![
            ("payment_intent", refund.intent.clone()),
            ("amount", units(refund.amount)?.to_string()),
            ("metadata[refund]", refund.refund.to_string()),
        ];
        body.extend(refund.reason.map(|reason| ("reason", reason.to_owned())));
        self.post::<Refund>("/v1/refunds", &body, &refund.key).await?.read()
    }

    async fn look_at_refund(&self, refund: &str) -> Result<KnownRefund, ProviderError> {
        let query = [("expand[]", OF_REFUND.to_owned())];
        self.get::<Refund>(&format!("/v1/refunds/{}", segment(refund)?), &query).await?.read()
    }

    async fn payments_since(
        &self,
        since: Timestamp,
        after: Option<&str>,
    ) -> Result<Listed<Intent>, ProviderError> {
        let page: Page<PaymentIntent> =
            self.get("/v1/payment_intents", &listing(since, after, OF_PAYMENT)).await?;
        let next = page.data.last().filter(|_| page.has_more).map(|last| last.id.clone());
        let items = page
            .data
            .into_iter()
            .filter_map(PaymentIntent::read_unless_foreign)
            .collect::<Result<_, _>>()?;
        Ok(Listed { items, next })
    }

    async fn refunds_since(
        &self,
        since: Timestamp,
        after: Option<&str>,
    ) -> Result<Listed<KnownRefund>, ProviderError> {
        let page: Page<Refund> = self.get("/v1/refunds", &listing(since, after, OF_REFUND)).await?;
        let next = page.data.last().filter(|_| page.has_more).map(|last| last.id.clone());
        let items = page
            .data
            .into_iter()
            .filter_map(Refund::read_unless_foreign)
            .collect::<Result<_, _>>()?;
        Ok(Listed { items, next })
    }

    async fn refunds_of(&self, intent: &str) -> Result<Vec<KnownRefund>, ProviderError> {
        let query = [("payment_intent", intent.to_owned()), ("limit", PAGE.to_string())];
        let page: Page<Refund> = self.get("/v1/refunds", &query).await?;
        page.data.into_iter().map(Refund::read).collect()
    }
}

/// Returns the query for a page of objects created since then.
fn listing(since: Timestamp, after: Option<&str>, expanded: &str) -> Vec<(&'static str, String)> {
    let mut query = vec![
        ("created[gte]", since.as_second().to_string()),
        ("limit", PAGE.to_string()),
        ("expand[]", format!("data.{expanded}")),
    ];
    query.extend(after.map(|after| ("starting_after", after.to_owned())));
    query
}

fn form(pairs: &[(&str, String)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Validates one of Stripe's IDs as a path segment.
fn segment(id: &str) -> Result<&str, ProviderError> {
    let plain =
        !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if plain { Ok(id) } else { Err(ProviderError::Unknown) }
}

/// Maps a response to a result: <https://docs.stripe.com/api/errors>.
fn read<T: DeserializeOwned>(
    answer: Result<Answer, builder_store::error::Fault>,
) -> Result<T, ProviderError> {
    let answer = answer.map_err(ProviderError::Unavailable)?;
    if answer.status == 200 {
        return serde_json::from_slice(&answer.body)
            .map_err(|error| ProviderError::Unavailable(error.into()));
    }
    let ErrorBody { error } = serde_json::from_slice(&answer.body).unwrap_or_default();
    Err(match answer.status {
        400 | 402 | 422 => {
            let code = error
                .decline_code
                .or(error.code)
                .or(error.kind)
                .unwrap_or_else(|| "unknown".to_owned());
            ProviderError::Refused { code, message: error.message.unwrap_or_default() }
        }
        401 | 403 => ProviderError::Locked,
        404 => ProviderError::Unknown,
        409 => ProviderError::UnderWay,
        429 => ProviderError::TooOften,
        // <https://docs.stripe.com/api/idempotent_requests>
        status if answer.headers.get("idempotent-replayed") == Some("true") => {
            ProviderError::StillFaulted(status)
        }
        status => ProviderError::Faulted(status),
    })
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::Headers;

    use super::*;

    fn told(status: u16, header: Option<(&'static str, &'static str)>) -> ProviderError {
        let mut headers = Headers::new();
        if let Some((name, value)) = header {
            headers.insert(name, value);
        }
        read::<serde_json::Value>(Ok(Answer {
            status,
            headers,
            body: br#"{"error":{"type":"api_error"}}"#.to_vec(),
        }))
        .unwrap_err()
    }

    #[test]
    fn a_replayed_error_does_not_count_as_a_failure() {
        let (fresh, again) = (told(500, None), told(500, Some(("idempotent-replayed", "true"))));
        assert!(matches!(fresh, ProviderError::Faulted(500)) && fresh.is_failure());
        assert!(matches!(again, ProviderError::StillFaulted(500)) && !again.is_failure());
        assert!(told(429, None).is_failure() && !told(402, None).is_failure());
    }
}
