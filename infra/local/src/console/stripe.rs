//! The local Stripe as its two kinds of clients use it: our server, and the buyer's browser.

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use url::form_urlencoded::Serializer;

/// The account at the local Stripe.
#[derive(Clone)]
pub(crate) struct StripeAccount {
    /// Its URL, without a trailing slash.
    pub(crate) url: String,
    secret_key: String,
    publishable_key: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl StripeAccount {
    /// Returns the account with these keys.
    pub(crate) fn new(url: &str, secret_key: &str, publishable_key: &str) -> Self {
        Self {
            url: url.to_owned(),
            secret_key: secret_key.to_owned(),
            publishable_key: publishable_key.to_owned(),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Sends a GET request as our server.
    pub(super) async fn get(&self, path: &str) -> Result<(StatusCode, Value)> {
        let request = Request::get(format!("{}{path}", self.url))
            .header(header::AUTHORIZATION, basic(&self.secret_key));
        self.send(request, String::new()).await
    }

    /// Posts a form as the buyer's browser.
    pub(super) async fn post_as_payer(
        &self,
        path: &str,
        form: &[(&str, &str)],
    ) -> Result<(StatusCode, Value)> {
        let request = Request::post(format!("{}{path}", self.url))
            .header(header::AUTHORIZATION, basic(&self.publishable_key))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        self.send(request, body).await
    }

    async fn send(
        &self,
        request: http::request::Builder,
        body: String,
    ) -> Result<(StatusCode, Value)> {
        let request = request.body(Full::from(body))?;
        let response =
            self.client.request(request).await.context("the local Stripe did not respond")?;
        let status = response.status();
        let body = response
            .into_body()
            .collect()
            .await
            .context("the local Stripe's response was incomplete")?
            .to_bytes();
        Ok((
            status,
            serde_json::from_slice(&body).context("the local Stripe's response is not JSON")?,
        ))
    }
}

/// Returns the header of HTTP's basic authentication with the key as user name, as Stripe requires.
fn basic(key: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{key}:")))
}
