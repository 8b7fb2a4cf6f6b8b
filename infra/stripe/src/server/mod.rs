//! The HTTP server.

mod answer;
mod api;
mod auth;
mod host;
mod local;
mod page;
mod respond;
mod settler;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};

pub(crate) use settler::settle;

use crate::state::State;

/// How long a stop waits for calls in progress.
const DRAIN: Duration = Duration::from_secs(2);

/// The response to a call.
type Answered = Response<Full<Bytes>>;

/// The connection is closed instead of a response.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the connection is cut: a fault that was asked for")
    }
}

impl std::error::Error for Cut {}

/// Serves until `closing` turns true; then finishes the calls in progress.
pub(crate) async fn serve(
    state: Arc<State>,
    listener: TcpListener,
    mut closing: watch::Receiver<bool>,
) {
    let connections = watch::Sender::new(());
    loop {
        let accepted = tokio::select! {
            _ = closing.wait_for(|closing| *closing) => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let (state, closing, open) =
                    (Arc::clone(&state), closing.clone(), connections.subscribe());
                tokio::spawn(async move {
                    connection(state, stream, closing).await;
                    drop(open);
                });
            }
            Err(error) => {
                // For example, no file descriptor is free: other connections must be closed first.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    if tokio::time::timeout(DRAIN, connections.closed()).await.is_err() {
        tracing::warn!("some calls did not end within {DRAIN:?}");
    }
}

async fn connection(state: Arc<State>, stream: TcpStream, mut closing: watch::Receiver<bool>) {
    // Responses are written as a whole: waiting for more data would only add delay.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let service = service_fn(|request: Request<Incoming>| {
        let (answer, answered) = oneshot::channel();
        let serving = Arc::clone(&state);
        // A call that has begun is executed, whether its caller waits for it or not.
        state
            .tasks
            .spawn(async move { drop(answer.send(respond::respond(serving, request).await)) });
        async move { answered.await.unwrap_or(Err(Cut)) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    let mut served = std::pin::pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => Some(ended),
        _ = closing.wait_for(|closing| *closing) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "connection ended");
    }
}
