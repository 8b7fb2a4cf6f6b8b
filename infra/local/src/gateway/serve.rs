//! The gateway's HTTP server.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::Gateway;
use crate::closing::closed;

/// How long a stop waits for requests in progress: as long as the gateway waits for a function.
const DRAIN: Duration = Duration::from_secs(30);

/// Serves requests until `closing` becomes true, then finishes those in progress.
pub(crate) async fn serve(
    gateway: Arc<Gateway>,
    listener: TcpListener,
    mut closing: watch::Receiver<bool>,
) {
    let (open, _) = watch::channel(());
    loop {
        let accepted = tokio::select! {
            () = closed(&mut closing) => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (gateway, closing, open) =
                    (Arc::clone(&gateway), closing.clone(), open.subscribe());
                tokio::spawn(async move {
                    connection(gateway, stream, peer, closing).await;
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
    drop(listener);
    if tokio::time::timeout(DRAIN, open.closed()).await.is_err() {
        tracing::warn!("some requests did not end within {DRAIN:?}");
    }
}

async fn connection(
    gateway: Arc<Gateway>,
    stream: TcpStream,
    peer: std::net::SocketAddr,
    mut closing: watch::Receiver<bool>,
) {
    // Responses are written as a whole: waiting for more data would only add delay.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let service = service_fn(move |request| {
        let gateway = Arc::clone(&gateway);
        async move { Ok::<_, Infallible>(gateway.respond(request, peer).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    let mut served = std::pin::pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = closed(&mut closing) => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "connection ended");
    }
}
