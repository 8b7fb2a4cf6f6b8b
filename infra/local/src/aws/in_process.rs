//! The AWS endpoint for the functions of this process: the SDK's own requests, signed as usual,
//! without a socket.
//!
//! The real binaries (`--lambda=process`) and other programs use the port.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::BodyExt as _;

use crate::cloud::{Cloud, WeakCloud};
use crate::meter::Meter;

/// Returns the HTTP client for the SDK of `function`; `meter` counts its requests.
pub(crate) fn http_client(
    cloud: &Cloud,
    function: &str,
    meter: Option<&Meter>,
) -> SharedHttpClient {
    let meter = meter.map(|meter| (meter.clone(), function.into()));
    SharedHttpClient::new(InProcess { cloud: cloud.downgrade(), meter })
}

#[derive(Clone)]
struct InProcess {
    cloud: WeakCloud,
    meter: Option<(Meter, Arc<str>)>,
}

impl std::fmt::Debug for InProcess {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("InProcess")
    }
}

impl HttpClient for InProcess {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().send(request))
    }
}

impl InProcess {
    async fn send(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let mut request =
            request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        // A real connection would convey it in the request line and in a header.
        if let Some(host) =
            request.uri().authority().and_then(|host| HeaderValue::try_from(host.as_str()).ok())
        {
            request.headers_mut().entry(header::HOST).or_insert(host);
        }
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(ConnectorError::user)?.to_bytes();
        let request = Request::from_parts(parts, body);
        let respond = |request| respond(&self.cloud, request);
        let response = match &self.meter {
            Some((meter, function)) => meter.count(function, request, respond).await?,
            None => respond(request).await?,
        };
        HttpResponse::try_from(response.map(SdkBody::from))
            .map_err(|error| ConnectorError::other(error.into(), None))
    }
}

async fn respond(
    cloud: &WeakCloud,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, ConnectorError> {
    let cloud =
        cloud.upgrade().ok_or_else(|| ConnectorError::io("the stack has stopped".into()))?;
    let response = cloud
        .respond(request.map(s3s::Body::from))
        .await
        .map_err(|dropped| ConnectorError::io(dropped.into()))?;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(ConnectorError::io)?.to_bytes();
    Ok(Response::from_parts(parts, body))
}
