//! The Runtime API of one function process.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>. Each process has a listener of
//! its own, which identifies the process.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot, watch};

use crate::lambda::Failure;

/// One event for the process, and the channel for the response.
pub(in crate::lambda) struct Job {
    pub(in crate::lambda) request_id: String,
    pub(in crate::lambda) event: Bytes,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) answer: oneshot::Sender<Result<Value, Failure>>,
}

/// The state of the process.
#[derive(Default)]
pub(super) struct RuntimeApi {
    state: Mutex<State>,
    arrived: Notify,
    ready: watch::Sender<Readiness>,
}

/// The progress of the process's start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Readiness {
    /// It is initialising.
    #[default]
    Starting,
    /// It has requested an event.
    Ready,
    /// It reported that it can't start, or died.
    Failed(Failure),
}

#[derive(Default)]
struct State {
    waiting: Option<Job>,
    running: BTreeMap<String, oneshot::Sender<Result<Value, Failure>>>,
    /// Stops the process while it waits for an event, as Lambda freezes an environment.
    freezer: Option<Box<dyn Fn(bool) + Send>>,
}

impl RuntimeApi {
    /// Serves the API until the last copy of the listener's task is dropped.
    pub(super) async fn serve(self: Arc<Self>, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "cannot set TCP_NODELAY");
            }
            let api = Arc::clone(&self);
            let service = service_fn(move |request| {
                let api = Arc::clone(&api);
                async move { Ok::<_, Infallible>(api.respond(request).await) }
            });
            tokio::spawn(async move {
                if let Err(error) =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
                {
                    tracing::trace!(%error, "runtime connection ended");
                }
            });
        }
    }

    /// Sets the function that stops (`true`) and continues the process.
    pub(super) fn set_freezer(&self, freezer: impl Fn(bool) + Send + 'static) {
        self.state().freezer = Some(Box::new(freezer));
    }

    /// Queues an event and wakes the process.
    pub(super) fn submit(&self, job: Job) {
        let mut state = self.state();
        state.waiting = Some(job);
        if let Some(freezer) = &state.freezer {
            freezer(false);
        }
        drop(state);
        self.arrived.notify_one();
    }

    /// Fails all events of the process.
    pub(super) fn process_ended(&self, failure: &Failure) {
        self.ready.send_replace(Readiness::Failed(failure.clone()));
        let mut state = self.state();
        let waiting = state.waiting.take().map(|job| job.answer);
        for answer in std::mem::take(&mut state.running).into_values().chain(waiting) {
            // The caller may have stopped waiting.
            drop(answer.send(Err(failure.clone())));
        }
    }

    /// Returns a receiver of the progress of the start.
    pub(super) fn readiness(&self) -> watch::Receiver<Readiness> {
        self.ready.subscribe()
    }

    async fn respond(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let path =
            parts.uri.path().strip_prefix("/2018-06-01/runtime/").unwrap_or_default().to_owned();
        if parts.method == Method::GET && path == "invocation/next" {
            return self.next().await;
        }
        let Ok(body) = body.collect().await else { return plain(StatusCode::BAD_REQUEST) };
        let body = body.to_bytes();
        if path == "init/error" {
            self.ready.send_replace(Readiness::Failed(reported(&body, "Runtime.InitError")));
            return plain(StatusCode::ACCEPTED);
        }
        let Some((request_id, kind)) =
            path.strip_prefix("invocation/").and_then(|rest| rest.split_once('/'))
        else {
            return plain(StatusCode::NOT_FOUND);
        };
        let Some(answer) = self.state().running.remove(request_id) else {
            return plain(StatusCode::BAD_REQUEST);
        };
        let result = match kind {
            "response" => serde_json::from_slice(&body)
                .map_err(|error| Failure::function("Runtime.MarshalError", error.to_string())),
            _ => Err(reported(&body, "Function.Error")),
        };
        // The caller may have stopped waiting.
        drop(answer.send(result));
        plain(StatusCode::ACCEPTED)
    }

    async fn next(&self) -> Response<Full<Bytes>> {
        loop {
            let arrived = self.arrived.notified();
            {
                let mut state = self.state();
                if let Some(job) = state.waiting.take() {
                    let mut response = Response::new(Full::new(job.event));
                    for (name, value) in job.headers {
                        if let Ok(value) = value.parse() {
                            response.headers_mut().insert(name, value);
                        }
                    }
                    state.running.insert(job.request_id, job.answer);
                    return response;
                }
                // Under the lock: an event that arrives now finds the process stopped, and
                // continues it.
                if let Some(freezer) = &state.freezer {
                    freezer(true);
                }
            }
            self.ready.send_if_modified(|readiness| {
                let first = *readiness == Readiness::Starting;
                if first {
                    *readiness = Readiness::Ready;
                }
                first
            });
            arrived.await;
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the error that a runtime reported.
fn reported(body: &[u8], default: &str) -> Failure {
    let report: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| report[name].as_str().filter(|text| !text.is_empty());
    Failure::function(
        text("errorType").unwrap_or(default),
        text("errorMessage").unwrap_or("no message"),
    )
}

fn plain(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from("{\"status\":\"OK\"}"));
    *response.status_mut() = status;
    response
}
