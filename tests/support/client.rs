//! An HTTP client with an address and perhaps a token of its own.

use std::future::IntoFuture;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use crate::answer::Answer;
use crate::described::described;
use crate::stack::Stack;

/// Somebody's HTTP client.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    /// What it sends with every request.
    headers: Vec<(String, String)>,
    /// The stack runs for as long as somebody may call it.
    _stack: Option<Arc<Stack>>,
}

impl Client {
    /// A client that calls from `address`.
    pub(crate) fn new(base: &str, address: Ipv4Addr, stack: Option<Arc<Stack>>) -> Self {
        let http = reqwest::Client::builder()
            .local_address(Some(address.into()))
            .timeout(Duration::from_secs(60))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Self { http, base: base.to_owned(), token: None, headers: Vec::new(), _stack: stack }
    }

    /// The same client, which sends these headers with every request.
    #[must_use]
    pub fn with_headers<const N: usize>(&self, headers: [(&str, &str); N]) -> Self {
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self { headers, ..self.clone() }
    }

    /// The same client with an access token.
    #[must_use]
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// The same client without an access token.
    #[must_use]
    pub fn without_token(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    /// Reads.
    pub fn get(&self, path: impl AsRef<str>) -> Request {
        self.request(Method::GET, path)
    }

    /// Posts JSON.
    pub fn post(&self, path: impl AsRef<str>, body: &Value) -> Request {
        self.request(Method::POST, path).json(body)
    }

    /// Posts nothing.
    pub fn command(&self, path: impl AsRef<str>) -> Request {
        self.request(Method::POST, path)
    }

    /// Changes by JSON; needs [`Request::if_match`], too.
    pub fn patch(&self, path: impl AsRef<str>, body: &Value) -> Request {
        self.request(Method::PATCH, path).json(body)
    }

    /// Replaces by JSON; needs [`Request::if_match`], too.
    pub fn put(&self, path: impl AsRef<str>, body: &Value) -> Request {
        self.request(Method::PUT, path).json(body)
    }

    /// Removes; needs [`Request::if_match`], too.
    pub fn delete(&self, path: impl AsRef<str>) -> Request {
        self.request(Method::DELETE, path)
    }

    /// Any request.
    pub fn request(&self, method: Method, path: impl AsRef<str>) -> Request {
        let request = Request {
            http: self.http.clone(),
            method,
            url: format!("{}{}", self.base, path.as_ref()),
            path: path.as_ref().to_owned(),
            headers: self.headers.clone(),
            body: None,
        };
        match &self.token {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        }
    }
}

/// A request in the making. Awaiting it sends it.
#[derive(Debug, Clone)]
#[must_use = "a request is sent by awaiting it"]
pub struct Request {
    http: reqwest::Client,
    method: Method,
    url: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request {
    /// With a header, in place of an earlier one of that name.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.retain(|(present, _)| present != name);
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// With a JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// With any body.
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        if content_type.is_empty() { self } else { self.header("content-type", content_type) }
    }

    /// With an `Idempotency-Key`.
    pub fn key(self, key: impl Into<String>) -> Self {
        self.header("idempotency-key", key)
    }

    /// If the resource still has this `ETag`.
    pub fn if_match(self, etag: impl Into<String>) -> Self {
        self.header("if-match", etag)
    }

    /// If the resource no longer has this `ETag`.
    pub fn if_none_match(self, etag: impl Into<String>) -> Self {
        self.header("if-none-match", etag)
    }

    /// Sends it.
    ///
    /// # Errors
    /// When no whole answer came back.
    pub async fn send(self) -> Result<Answer, reqwest::Error> {
        let mut request = self.http.request(self.method.clone(), &self.url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = self.body.clone() {
            request = request.body(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await?;
        // An answer to HEAD has the headers of one to GET and no body, so no body can be judged.
        if self.method != Method::HEAD
            && let Err(wrong) = described().judge(&self.method, &self.path, status, &headers, &body)
        {
            panic!(
                "{wrong}\n\n{}\n{status} {headers:?}\n{}",
                self.describe(),
                String::from_utf8_lossy(&body)
            );
        }
        Ok(Answer::new(self.describe(), self.path, status, headers, body.to_vec()))
    }

    /// The request as a person would write it down.
    fn describe(&self) -> String {
        let mut text = format!("{} {}\n", self.method, self.url);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\n"));
        }
        if let Some(body) = &self.body {
            let body = String::from_utf8_lossy(body);
            let shown: String = body.chars().take(2_000).collect();
            text.push_str(&format!("\n{shown}\n"));
        }
        text
    }
}

impl IntoFuture for Request {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let described = self.describe();
            match self.send().await {
                Ok(answer) => answer,
                Err(error) => panic!("no answer ({error:?}) to\n{described}"),
            }
        })
    }
}

/// An idempotency key that nobody has used.
#[must_use]
pub fn fresh_key() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("key-{:016x}-{}", fastrand::u64(..), NEXT.fetch_add(1, Ordering::Relaxed))
}
