//! The AWS endpoint for the functions of this process: the SDK's own requests, signed as ever, without a socket in between.
//!
//! The real binaries (`--lambda=process`) and other programs come in by the port.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{HeaderValue, header};
use http_body_util::BodyExt as _;

use crate::cloud::{Cloud, WeakCloud};

/// What the SDK sends requests with.
pub(crate) fn http_client(cloud: &Cloud) -> SharedHttpClient {
    SharedHttpClient::new(InProcess(cloud.downgrade()))
}

#[derive(Clone)]
struct InProcess(WeakCloud);

impl std::fmt::Debug for InProcess {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("InProcess")
    }
}

impl HttpClient for InProcess {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let cloud = self.0.clone();
        HttpConnectorFuture::new(send(cloud, request))
    }
}

async fn send(cloud: WeakCloud, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let mut request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    // A connection would say it in the request line and in a header.
    if let Some(host) = request.uri().authority().and_then(|host| HeaderValue::try_from(host.as_str()).ok()) {
        request.headers_mut().entry(header::HOST).or_insert(host);
    }
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(ConnectorError::user)?.to_bytes();
    let request = http::Request::from_parts(parts, s3s::Body::from(body));
    let cloud = cloud.upgrade().ok_or_else(|| ConnectorError::io("the stack has stopped".into()))?;
    let response = cloud.respond(request).await.map_err(|dropped| ConnectorError::io(dropped.into()))?;
    let (parts, body) = response.into_parts();
    let body: Bytes = body.collect().await.map_err(ConnectorError::io)?.to_bytes();
    HttpResponse::try_from(http::Response::from_parts(parts, SdkBody::from(body)))
        .map_err(|error| ConnectorError::other(error.into(), None))
}
