//! HTTP requests to servers on the web: small requests, responses of a limited size within a
//! limited time, and no redirects.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector as _, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::http::Headers;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use crate::aws;
use crate::error::Fault;

/// The maximum duration of connecting.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// The maximum duration of a request, including its response.
pub const LIMIT: Duration = Duration::from_secs(4);
/// The maximum size of a response by default, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;

/// The HTTP client.
#[derive(Debug, Clone)]
pub struct Web {
    connector: SharedHttpConnector,
    limit: Duration,
    max_bytes: usize,
}

/// The response of a server.
#[derive(Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

/// Never shows the body: it may contain tokens.
impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}

impl Web {
    /// Creates a client that uses TLS with the certificates that the machine trusts, or, if
    /// `plain`, no TLS, for a server on this machine. Requests take at most [`LIMIT`], responses
    /// have at most [`MAX_BYTES`].
    #[must_use]
    pub fn new(plain: bool) -> Self {
        Self::with_limits(plain, LIMIT, MAX_BYTES)
    }

    /// As [`Self::new`], with other limits for each request and its response.
    #[must_use]
    pub fn with_limits(plain: bool, limit: Duration, max_bytes: usize) -> Self {
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(CONNECT_LIMIT)
            .read_timeout(limit)
            .build();
        Self { connector: aws::web(plain, settings), limit, max_bytes }
    }

    /// Gets JSON.
    ///
    /// # Errors
    /// The reason why there is no complete response.
    pub async fn get(&self, url: &str) -> Result<Answer, Fault> {
        self.get_with(url, &[]).await
    }

    /// Gets JSON, with headers.
    ///
    /// # Errors
    /// The reason why there is no complete response.
    pub async fn get_with(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
    ) -> Result<Answer, Fault> {
        self.ask(request("GET", url, headers, SdkBody::empty())?).await
    }

    /// Posts a form, with headers.
    ///
    /// # Errors
    /// The reason why there is no complete response.
    pub async fn post_form(
        &self,
        url: &str,
        form: String,
        headers: &[(&'static str, String)],
    ) -> Result<Answer, Fault> {
        let mut request = request("POST", url, headers, SdkBody::from(form))?;
        request.headers_mut().try_insert("content-type", "application/x-www-form-urlencoded")?;
        self.ask(request).await
    }

    async fn ask(&self, request: HttpRequest) -> Result<Answer, Fault> {
        let answer = async {
            let answer = self.connector.call(request).await?;
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            let mut body = Vec::new();
            let mut stream = ByteStream::new(answer.into_body());
            while let Some(part) = stream.next().await {
                body.extend_from_slice(&part?);
                if body.len() > self.max_bytes {
                    return Err(Fault::from("the response is too large"));
                }
            }
            Ok(Answer { status, headers, body })
        };
        tokio::time::timeout(self.limit, answer).await?
    }
}

fn request(
    method: &str,
    url: &str,
    headers: &[(&'static str, String)],
    body: SdkBody,
) -> Result<HttpRequest, Fault> {
    let mut request = HttpRequest::new(body);
    request.set_method(method)?;
    request.set_uri(url)?;
    let present = request.headers_mut();
    present.try_insert("accept", "application/json")?;
    present.try_insert("user-agent", "builder-api")?;
    for (name, value) in headers {
        present.try_insert(*name, value.clone())?;
    }
    Ok(request)
}
