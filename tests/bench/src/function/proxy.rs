//! A proxy between a function and the AWS endpoint that counts the operations and the capacity
//! units that DynamoDB charges for them.

use std::convert::Infallible;
use std::sync::Arc;

use anyhow::Result;
use builder_local::meter::{Calls, Meter};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;

use super::tls::Identity;

/// The name under which all calls are counted: one function is measured at a time.
const ALL: &str = "all";

/// A running proxy; it ends with the program.
pub struct Proxy {
    /// The URL that the function uses as its AWS endpoint.
    pub url: String,
    meter: Meter,
}

impl Proxy {
    /// Starts a proxy of `endpoint`, with a certificate of its own if `identity` is given.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start(endpoint: &str, identity: Option<&Identity>) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let scheme = if identity.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr()?);
        let tls = identity.map(Identity::acceptor).transpose()?;
        let meter = Meter::default();
        let forward = Arc::new(Forward {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            meter: meter.clone(),
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
                // A function that is killed breaks its connection, which is not an error.
                tokio::spawn(async move {
                    match tls {
                        Some(tls) => {
                            let Ok(stream) = tls.accept(stream).await else { return };
                            drop(
                                http1::Builder::new()
                                    .serve_connection(TokioIo::new(stream), service)
                                    .await,
                            );
                        }
                        None => drop(
                            http1::Builder::new()
                                .serve_connection(TokioIo::new(stream), service)
                                .await,
                        ),
                    }
                });
            }
        });
        Ok(Self { url, meter })
    }

    /// Returns the calls since the last time.
    #[must_use]
    pub fn take(&self) -> Calls {
        self.meter.take(ALL)
    }
}

struct Forward {
    endpoint: String,
    client: Client<HttpConnector, Full<Bytes>>,
    meter: Meter,
}

impl Forward {
    async fn respond(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
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
        let request = Request::from_parts(parts, body.collect().await?.to_bytes());
        let send = |request: Request<Bytes>| async move {
            let (parts, body) = self.client.request(request.map(Full::new)).await?.into_parts();
            anyhow::Ok(Response::from_parts(parts, body.collect().await?.to_bytes()))
        };
        Ok(self.meter.count(ALL, request, send).await?.map(Full::new))
    }
}
