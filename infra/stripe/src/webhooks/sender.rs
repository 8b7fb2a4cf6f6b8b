//! Requests to endpoints.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::{Notify, Semaphore};

use super::signature;
use crate::options::WebhookEndpoint;

/// How long an endpoint may take to respond.
const PATIENCE: Duration = Duration::from_secs(10);

/// The maximum number of concurrent deliveries.
const AT_ONCE: usize = 32;

/// Sends requests to endpoints.
#[derive(Debug)]
pub(crate) struct Sender {
    client: Client<HttpConnector, Full<Bytes>>,
    places: Semaphore,
    /// Notified after each delivery.
    pub(crate) delivered: Notify,
}

impl Default for Sender {
    fn default() -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { client, places: Semaphore::new(AT_ONCE), delivered: Notify::new() }
    }
}

impl Sender {
    /// Posts a body, and returns the endpoint's status, or the reason why it sent no response.
    pub(crate) async fn post(
        &self,
        endpoint: &WebhookEndpoint,
        at: i64,
        body: String,
    ) -> Result<StatusCode, String> {
        let place = self.places.acquire().await.map_err(|error| error.to_string())?;
        let request = Request::post(&endpoint.url)
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .header(header::USER_AGENT, "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
            .header(header::ACCEPT, "*/*; q=0.5, application/xml")
            .header("stripe-signature", signature::header(&endpoint.secret, at, &body))
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| error.to_string())?;
        let answer = tokio::time::timeout(PATIENCE, self.client.request(request)).await;
        drop(place);
        match answer {
            Ok(Ok(answer)) => Ok(answer.status()),
            Ok(Err(error)) => Err(format!("no connection: {error}")),
            Err(_) => Err(format!("no answer within {PATIENCE:?}")),
        }
    }
}
