//! Stands between a function and the AWS endpoint, and counts which operations it calls and what DynamoDB charges for them.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::tls::Identity;

/// What was called.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Calls {
    /// How often each operation was.
    pub operations: BTreeMap<String, usize>,
    /// The read units that DynamoDB counted.
    pub read_units: f64,
    /// Its write units, those of indexes included.
    pub write_units: f64,
}

/// A running proxy; it ends with the program.
pub struct Proxy {
    /// What a function takes for the AWS endpoint.
    pub url: String,
    calls: Arc<Mutex<Calls>>,
}

impl Proxy {
    /// Starts one in front of `endpoint`, with a certificate of its own if `identity` is given.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(endpoint: &str, identity: Option<&Identity>) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let scheme = if identity.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr()?);
        let tls = identity.map(Identity::acceptor).transpose()?;
        let calls = Arc::<Mutex<Calls>>::default();
        let forward = Arc::new(Forward {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            calls: Arc::clone(&calls),
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let forward = Arc::clone(&forward);
                let service = service_fn(move |request| {
                    let forward = Arc::clone(&forward);
                    async move { Ok::<_, Infallible>(forward.respond(request).await) }
                });
                let tls = tls.clone();
                drop(stream.set_nodelay(true));
                // A function that is killed breaks its connection: nothing to tell.
                tokio::spawn(async move {
                    match tls {
                        Some(tls) => {
                            let Ok(stream) = tls.accept(stream).await else { return };
                            drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
                        }
                        None => drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await),
                    }
                });
            }
        });
        Ok(Self { url, calls })
    }

    /// What was called since the last time.
    #[must_use]
    pub fn take(&self) -> Calls {
        std::mem::take(&mut self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Forward {
    endpoint: String,
    client: Client<HttpConnector, Full<Bytes>>,
    calls: Arc<Mutex<Calls>>,
}

impl Forward {
    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn respond(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let operation = operation(request.headers(), request.uri().path());
        *self.calls().operations.entry(operation).or_default() += 1;
        self.forward(request).await.unwrap_or_else(|error| {
            let mut response = Response::new(Full::from(format!("{error:#}")));
            *response.status_mut() = StatusCode::BAD_GATEWAY;
            response
        })
    }

    async fn forward(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>> {
        let (mut parts, body) = request.into_parts();
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        parts.uri = format!("{}{target}", self.endpoint).parse()?;
        let mut body = body.collect().await?.to_bytes();
        let of_dynamodb = parts.headers.get("x-amz-target").is_some_and(|target| target.as_bytes().starts_with(b"DynamoDB_2"));
        // The local endpoint tells callers by their key and checks no signature, so the body may change on the way.
        if of_dynamodb && let Ok(Value::Object(mut input)) = serde_json::from_slice(&body) {
            input.insert("ReturnConsumedCapacity".to_owned(), "TOTAL".into());
            body = Value::Object(input).to_string().into();
            parts.headers.remove(CONTENT_LENGTH);
        }
        let writes = !parts.headers.get("x-amz-target").is_some_and(|target| reads(target.as_bytes()));
        let (parts, body) = self.client.request(Request::from_parts(parts, Full::new(body))).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        if of_dynamodb {
            self.count(&body, writes);
        }
        Ok(Response::from_parts(parts, Full::new(body)))
    }

    /// Adds the units that an answer tells of, for one table or a list of them.
    fn count(&self, answer: &[u8], writes: bool) {
        let Ok(answer) = serde_json::from_slice::<Value>(answer) else { return };
        let tables = match &answer["ConsumedCapacity"] {
            Value::Array(tables) => tables.clone(),
            one => vec![one.clone()],
        };
        let units: f64 = tables.iter().filter_map(|table| table["CapacityUnits"].as_f64()).sum();
        let mut calls = self.calls();
        *if writes { &mut calls.write_units } else { &mut calls.read_units } += units;
    }
}

/// Whether an operation of DynamoDB takes read units.
fn reads(target: &[u8]) -> bool {
    [&b".GetItem"[..], b".BatchGetItem", b".Query", b".TransactGetItems"].iter().any(|operation| target.ends_with(operation))
}

/// `GetItem`, from the header of the JSON protocols; SES has paths instead.
fn operation(headers: &HeaderMap, path: &str) -> String {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    match target.and_then(|target| target.rsplit_once('.')) {
        Some((_, operation)) => operation.to_owned(),
        None if path == "/v2/email/outbound-emails" => "SendEmail".to_owned(),
        None => path.to_owned(),
    }
}
