//! The transport to the AWS endpoint: the cloud in this process, or a socket.

use std::sync::Arc;

use bytes::Bytes;
use http::uri::{Authority, Scheme};
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::cloud::Cloud;

/// The transport to the AWS endpoint.
#[derive(Clone)]
pub(crate) enum Transport {
    /// The cloud in this process.
    Local(Cloud),
    /// Another endpoint.
    Remote(Arc<Remote>),
}

/// Another endpoint.
pub(crate) struct Remote {
    /// Pools connections.
    client: Client<HttpConnector, Full<Bytes>>,
    /// Host and port.
    authority: Authority,
}

impl Transport {
    /// Returns the transport to `url`, which must be plain HTTP.
    pub(crate) fn remote(url: &str) -> anyhow::Result<Self> {
        let uri: Uri = url.parse().map_err(|_| {
            anyhow::anyhow!("--aws {url} is not a URL; use one such as http://127.0.0.1:4566")
        })?;
        match (uri.scheme_str(), uri.authority()) {
            (Some("http"), Some(authority)) => {
                let client = Client::builder(TokioExecutor::new()).build_http();
                Ok(Self::Remote(Arc::new(Remote { client, authority: authority.clone() })))
            }
            _ => anyhow::bail!(
                "--aws {url} is not an http URL; use one such as http://127.0.0.1:4566"
            ),
        }
    }

    pub(super) fn host(&self) -> &str {
        match self {
            Self::Local(_) => "localhost",
            Self::Remote(remote) => remote.authority.as_str(),
        }
    }

    /// Returns the URL of a path of the endpoint.
    pub(super) fn address(&self, path: &str) -> String {
        format!("http://{}{path}", self.host())
    }

    pub(super) async fn send(
        &self,
        request: Request<Bytes>,
    ) -> Result<(StatusCode, Bytes), String> {
        match self {
            Self::Local(cloud) => {
                let response = cloud
                    .respond(request.map(s3s::Body::from))
                    .await
                    .map_err(|error| error.to_string())?;
                let (parts, body) = response.into_parts();
                let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
                Ok((parts.status, body))
            }
            Self::Remote(remote) => {
                let Remote { client, authority } = &**remote;
                let mut request = request.map(Full::new);
                let mut parts = std::mem::take(request.uri_mut()).into_parts();
                parts.scheme = Some(Scheme::HTTP);
                parts.authority = Some(authority.clone());
                *request.uri_mut() = Uri::from_parts(parts).map_err(|error| error.to_string())?;
                let response = client
                    .request(request)
                    .await
                    .map_err(|error| format!("{authority}: {error}"))?;
                let status = response.status();
                let body = response
                    .into_body()
                    .collect()
                    .await
                    .map_err(|error| error.to_string())?
                    .to_bytes();
                Ok((status, body))
            }
        }
    }
}
