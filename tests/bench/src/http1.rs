//! A bare keep-alive connection: the load generator shares the machine with what it loads, so it
//! does as little as it can.

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// One connection to one host.
pub struct Connection {
    host: String,
    sender: SendRequest<Full<Bytes>>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Connection {
    /// Connects to the host of `url`.
    ///
    /// # Errors
    /// When nobody listens.
    pub async fn open(url: &str) -> Result<Self> {
        let host = url.strip_prefix("http://").unwrap_or(url).trim_end_matches('/').to_owned();
        let sender = connect(&host).await?;
        Ok(Self { host, sender })
    }

    /// Sends one request and reads the answer.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn send(
        &mut self,
        method: Method,
        target: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Answer> {
        let mut request = Request::builder().method(method).uri(target).header("host", &self.host);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body))?;
        // Servers close what was idle for long.
        if self.sender.ready().await.is_err() {
            self.sender = connect(&self.host).await?;
            self.sender.ready().await?;
        }
        let (parts, body) = self.sender.send_request(request).await?.into_parts();
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await?.to_bytes(),
        })
    }
}

async fn connect(host: &str) -> Result<SendRequest<Full<Bytes>>> {
    let stream =
        TcpStream::connect(host).await.with_context(|| format!("nobody listens at {host}"))?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        // Whoever waits for an answer is told of it by `send`.
        drop(connection.await);
    });
    Ok(sender)
}
