//! A client that calls the API over HTTP, as any other client does.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// How long the asynchronous effect of a request may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The polling interval.
const PAUSE: Duration = Duration::from_millis(100);

/// A client of one base URL, signed in or not.
#[derive(Clone)]
pub(super) struct Caller {
    http: Client<HttpConnector, Full<Bytes>>,
    base: String,
    authorization: Option<String>,
}

impl Caller {
    /// Returns a client that isn't signed in.
    pub(super) fn at(base: &str) -> Self {
        Self {
            http: Client::builder(TokioExecutor::new()).build_http(),
            base: base.to_owned(),
            authorization: None,
        }
    }

    /// Returns the same client with these credentials.
    pub(super) fn with(&self, authorization: String) -> Self {
        Self { authorization: Some(authorization), ..self.clone() }
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value> {
        self.expect(self.builder(Method::GET, path), path, String::new()).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.expect(self.with_json(Method::POST, path), path, body.to_string()).await
    }

    /// Same as [`Self::post`]; `None` if the response has this status.
    pub(super) async fn post_unless(
        &self,
        refusal: StatusCode,
        path: &str,
        body: &Value,
    ) -> Result<Option<Value>> {
        let (status, answer) =
            self.send(self.with_json(Method::POST, path), body.to_string()).await?;
        if status == refusal { Ok(None) } else { accepted(status, answer, path).map(Some) }
    }

    /// Sends a POST request without a body.
    pub(super) async fn command(&self, path: &str) -> Result<Value> {
        let request = self.builder(Method::POST, path).header("idempotency-key", fresh_key());
        self.expect(request, path, String::new()).await
    }

    /// Posts a form, as Stripe requires.
    pub(super) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Result<Value> {
        let body =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self
            .builder(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.expect(request, path, body).await
    }

    /// Changes a resource, whatever its version.
    pub(super) async fn change(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        self.expect(
            self.with_json(method, path).header(header::IF_MATCH, "*"),
            path,
            body.to_string(),
        )
        .await
    }

    /// Waits until the resource at `path` satisfies the condition.
    pub(super) async fn wait(
        &self,
        path: &str,
        what: &str,
        find: impl Fn(&Value) -> Option<Value>,
    ) -> Result<Value> {
        let start = Instant::now();
        loop {
            let seen = self.get(path).await?;
            if let Some(found) = find(&seen["data"]) {
                return Ok(found);
            }
            if start.elapsed() > PATIENCE {
                bail!("{path} has no {what} after {PATIENCE:?}: {seen}");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn builder(&self, method: Method, path: &str) -> http::request::Builder {
        let request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        match &self.authorization {
            Some(authorization) => request.header(header::AUTHORIZATION, authorization),
            None => request,
        }
    }

    fn with_json(&self, method: Method, path: &str) -> http::request::Builder {
        let request =
            self.builder(method.clone(), path).header(header::CONTENT_TYPE, "application/json");
        if method == Method::POST {
            request.header("idempotency-key", fresh_key())
        } else {
            request
        }
    }

    async fn expect(
        &self,
        request: http::request::Builder,
        path: &str,
        body: String,
    ) -> Result<Value> {
        let (status, answer) = self.send(request, body).await?;
        accepted(status, answer, path)
    }

    async fn send(
        &self,
        request: http::request::Builder,
        body: String,
    ) -> Result<(StatusCode, Value)> {
        let request = request.body(Full::new(Bytes::from(body)))?;
        let response = self
            .http
            .request(request)
            .await
            .with_context(|| format!("{} can't be reached", self.base))?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    }
}

fn accepted(status: StatusCode, answer: Value, path: &str) -> Result<Value> {
    if !status.is_success() {
        bail!("{path} failed: {status} {answer}");
    }
    Ok(answer)
}

fn fresh_key() -> String {
    uuid::Uuid::now_v7().to_string()
}
