//! The HTTP server.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use s3s::Body;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::Cloud;
use super::route::BySocket;
use crate::host;
use crate::idle::Patient;

/// How long a stop waits for calls in progress.
const DRAIN: Duration = Duration::from_secs(5);

impl Cloud {
    /// Serves the endpoint, and deletes expired items, until `shutdown` resolves; then finishes the
    /// calls in progress.
    pub async fn serve(&self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let sweeper = tokio::spawn(self.clone().sweep());
        let closing = watch::Sender::new(false);
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                () = &mut shutdown => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    tokio::spawn(connection(self.clone(), stream, closing.subscribe()));
                }
                Err(error) => {
                    // For example, no file descriptor is free: other connections must be closed
                    // first.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        sweeper.abort();
        // It holds the cloud until it has ended.
        drop(sweeper.await);
        self.inner.closing.send_replace(true);
        closing.send_replace(true);
        // Every connection holds a receiver until it ends.
        if tokio::time::timeout(DRAIN, closing.closed()).await.is_err() {
            tracing::warn!("some calls did not end within {DRAIN:?}");
        }
    }
}

async fn connection(cloud: Cloud, stream: TcpStream, mut closing: watch::Receiver<bool>) {
    // Responses are written as a whole: waiting for more data would only add delay.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let cloud = Arc::new(cloud);
    let service = service_fn(move |request: Request<Incoming>| {
        let cloud = Arc::clone(&cloud);
        async move {
            let (mut parts, body) = request.into_parts();
            parts.extensions.insert(BySocket);
            if !host::is_ours(&parts) {
                return Ok(elsewhere());
            }
            cloud.respond(Request::from_parts(parts, patient(body))).await
        }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    let mut served = std::pin::pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => Some(ended),
        // The server is stopping.
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

/// Returns the body with a limit on silence, unless it has already ended.
fn patient(body: Incoming) -> Body {
    if hyper::body::Body::is_end_stream(&body) {
        Body::empty()
    } else {
        Body::http_body(Patient::new(body))
    }
}

/// Returns the response to a request whose host name is not a name of this machine.
fn elsewhere() -> Response<Body> {
    let mut response = Response::new(Body::from(host::REFUSAL.to_owned()));
    *response.status_mut() = StatusCode::FORBIDDEN;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}
