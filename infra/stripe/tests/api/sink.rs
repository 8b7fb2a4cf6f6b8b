//! An endpoint for events.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use builder_stripe::WebhookEndpoint;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

pub(crate) const SECRET: &str = "whsec_of_the_tests";

/// A received event.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) signature: String,
    pub(crate) body: String,
    pub(crate) event: Value,
    /// The status of its response.
    pub(crate) status: u16,
}

/// An endpoint.
#[derive(Clone)]
pub(crate) struct Sink {
    pub(crate) endpoint: WebhookEndpoint,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Sink {
    /// Starts an endpoint that refuses this many requests with 500 first.
    pub(crate) async fn start(refuses: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?shop=1", listener.local_addr().unwrap());
        let got = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&got);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let kept = Arc::clone(&kept);
                let service = service_fn(move |request| take(request, Arc::clone(&kept), refuses));
                tokio::spawn(async move {
                    drop(
                        hyper::server::conn::http1::Builder::new()
                            .serve_connection(TokioIo::new(stream), service)
                            .await,
                    );
                });
            }
        });
        Self { endpoint: WebhookEndpoint { url, secret: SECRET.to_owned() }, got }
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// Returns the types of the accepted events, in order.
    pub(crate) fn taken(&self) -> Vec<String> {
        let taken = self.got().into_iter().filter(|got| got.status == 200);
        taken.map(|got| got.event["type"].as_str().unwrap().to_owned()).collect()
    }
}

async fn take(
    request: Request<Incoming>,
    kept: Arc<Mutex<Vec<Got>>>,
    refuses: usize,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let signature = request.headers()["stripe-signature"].to_str().unwrap().to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap();
    let mut kept = kept.lock().unwrap();
    let status = if kept.len() < refuses { 500 } else { 200 };
    kept.push(Got { signature, event: serde_json::from_str(&body).unwrap(), body, status });
    Ok(Response::builder().status(status).body(Full::default()).unwrap())
}
