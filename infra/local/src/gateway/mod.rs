//! API Gateway: an HTTP server that turns requests into events of payload format 2.0 and results
//! into responses.
//!
//! The limits, and the plain-JSON responses at them, are those of an HTTP API with Lambda
//! integrations: 6 MB, 30 s, throttles. Requests below `/_local`, and a browser's for `/`, are
//! handled by the stack itself (see [`crate::console`]).

mod answer;
mod cors;
mod event;
pub(crate) mod serve;
mod throttle;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use builder_store::clock::Clock;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;

pub(crate) use answer::Body;
pub(crate) use serve::serve;

use crate::console::Console;
use crate::idle::{Idle, Patient};
use crate::lambda::{Failure, Lambda, Pool};
use crate::recorder::{self, Outcome, Recorder, Recording};
use crate::syntax::router::Router;
use crate::template::{Cors, HttpApi};
use throttle::TokenBucket;

/// The maximum size of the event and of the result of a synchronous invocation, in bytes.
const MAX_PAYLOAD: usize = 6 * 1024 * 1024;
/// The maximum size of request line and headers together, in bytes.
const MAX_HEADERS: usize = 10_240;

/// The HTTP API of one stack.
pub(crate) struct Gateway {
    router: Router<Target>,
    cors: Option<Cors>,
    clock: Arc<dyn Clock>,
    console: Console,
    recorder: Recorder,
    port: u16,
}

struct Target {
    function: Arc<Pool>,
    timeout: Duration,
    throttle: Option<TokenBucket>,
}

impl Gateway {
    /// Returns the API of a template. Every route's function must be in `lambda`; `recorder`
    /// records the requests.
    pub(crate) fn new(
        api: &HttpApi,
        lambda: &Lambda,
        clock: Arc<dyn Clock>,
        console: Console,
        recorder: Recorder,
        port: u16,
    ) -> Self {
        let targets = api.routes.iter().filter_map(|route| {
            let throttle = api
                .throttles
                .get(&route.key)
                .copied()
                .or(api.default_throttle)
                .map(TokenBucket::new);
            let function = lambda.function(&route.function)?;
            Some((route.key.clone(), Target { function, timeout: route.timeout, throttle }))
        });
        Self {
            router: Router::new(targets),
            cors: api.cors.clone(),
            clock,
            console,
            recorder,
            port,
        }
    }

    /// Returns the number of routes.
    pub(crate) fn routes(&self) -> usize {
        self.router.targets().count()
    }

    /// Responds to one request.
    pub(crate) async fn respond(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
    ) -> Response<Body> {
        let (parts, body) = request.into_parts();
        if Console::answers(&parts) {
            return Box::pin(self.console.respond(&parts, body)).await;
        }
        if let Some(cors) = &self.cors
            && let Some(preflight) = cors::preflight(cors, &parts)
        {
            return preflight;
        }
        let (request_id, trace_id) = (request_id(), recorder::new_trace_id(self.clock.now()));
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let recording = self.recorder.request(parts.method.as_str(), target, &trace_id);
        let mut response = self.route(&parts, body, peer, &request_id, trace_id, &recording).await;
        let told = response.headers().get("x-request-id").and_then(|id| id.to_str().ok());
        recording.ended(
            Outcome::Answered(response.status().as_u16()),
            Some(told.unwrap_or(&request_id)),
        );
        if let Some(cors) = &self.cors {
            cors::apply(cors, &parts.headers, response.headers_mut());
        }
        if let Ok(id) = HeaderValue::try_from(request_id) {
            response.headers_mut().insert("apigw-requestid", id);
        }
        response
    }

    async fn route(
        &self,
        parts: &Parts,
        body: Incoming,
        peer: SocketAddr,
        request_id: &str,
        trace_id: String,
        recording: &Arc<Recording>,
    ) -> Response<Body> {
        let headers: usize =
            parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        if headers + parts.uri.path().len() + parts.uri.query().unwrap_or_default().len()
            > MAX_HEADERS
        {
            return answer::own(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "Request Header Fields Too Large",
            );
        }
        let Some(route) = self.router.find(parts.method.as_str(), parts.uri.path()) else {
            return answer::own(StatusCode::NOT_FOUND, "Not Found");
        };
        let target = route.target;
        if target.throttle.as_ref().is_some_and(|throttle| !throttle.take(Instant::now())) {
            return answer::own(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests");
        }
        let body = match read(body).await {
            Ok(body) => body,
            Err(response) => return response,
        };
        let time = self.clock.now();
        let arrival = event::Arrival {
            peer,
            request_id,
            trace_id: &trace_id,
            time,
            route_key: route.key,
            parameters: route.parameters,
            api_port: self.port,
        };
        let event = event::build(parts, &body, arrival);
        match tokio::time::timeout(
            target.timeout,
            target.function.invoke_for(recording, event, trace_id),
        )
        .await
        {
            Err(_) | Ok(Err(Failure::Throttled)) => {
                answer::own(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
            }
            Ok(Err(_)) => answer::own(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
            Ok(Ok(result)) => answer::from_function(result)
                .filter(|response| {
                    hyper::body::Body::size_hint(response.body()).lower() <= MAX_PAYLOAD as u64
                })
                .unwrap_or_else(|| {
                    answer::own(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
                }),
        }
    }
}

async fn read(body: Incoming) -> Result<Bytes, Response<Body>> {
    if hyper::body::Body::size_hint(&body).exact() == Some(0) {
        return Ok(Bytes::new());
    }
    match Limited::new(Patient::new(body), MAX_PAYLOAD).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            Err(answer::own(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"))
        }
        Err(error) if Idle::caused(&*error) => {
            Err(answer::own(StatusCode::REQUEST_TIMEOUT, "Request Timeout"))
        }
        Err(_) => Err(answer::own(StatusCode::BAD_REQUEST, "Bad Request")),
    }
}

/// Returns an ID in the gateway's format: 16 characters of Base64.
fn request_id() -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut random = fastrand::u128(..);
    let mut id = String::with_capacity(16);
    for _ in 0..15 {
        id.push(char::from(ALPHABET[(random & 63) as usize]));
        random >>= 6;
    }
    id.push('=');
    id
}
