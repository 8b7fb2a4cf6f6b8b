//! Builds AWS clients; no other code does.
//!
//! It is small on purpose: region, credentials and endpoint come from the environment variables
//! that Lambda sets, one HTTP client with rustls on ring serves all services, and `aws-config` is
//! not used (its defaults cost 25 ms of CPU in a cold start).

mod outcome;
pub mod web;

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, StalledStreamProtectionConfig};
use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_http_client::{Builder, Connector, tls};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::config::{Env, EnvError};
pub use outcome::{is_throttling, outcome};

/// The maximum duration of a call, including its retries.
pub const CALL_LIMIT: Duration = Duration::from_secs(5);

/// The settings that all clients of a function share.
#[derive(Debug, Clone)]
pub struct Aws {
    region: String,
    endpoint: Option<String>,
    credentials: Credentials,
    http: SharedHttpClient,
    time: Option<SharedTimeSource>,
}

/// Sets the same settings on each service's configuration builder. A macro, because the builders of
/// the SDK's crates share no trait.
macro_rules! client {
    ($service:ident, $aws:expr) => {{
        let mut config = $service::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new($aws.region.clone()))
            .credentials_provider($aws.credentials.clone())
            .http_client($aws.http.clone())
            .sleep_impl(SharedAsyncSleep::new(aws_smithy_async::rt::sleep::TokioSleep::new()))
            .timeout_config(time_outs())
            // Requests and responses are small, and have a time-out: monitoring their throughput
            // would only add cost.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(4)
                    .with_initial_backoff(Duration::from_millis(25)),
            );
        config.set_endpoint_url($aws.endpoint.clone());
        config.set_time_source($aws.time.clone());
        $service::Client::from_conf(config.build())
    }};
}

impl Aws {
    /// Reads region, credentials and endpoint from the function's environment. Calls use `http`, if
    /// given.
    ///
    /// # Errors
    /// [`EnvError`] when Lambda's own variables are missing.
    pub fn new(env: &Env, http: Option<SharedHttpClient>) -> Result<Self, EnvError> {
        let credentials = Credentials::new(
            env.require("AWS_ACCESS_KEY_ID")?,
            env.require("AWS_SECRET_ACCESS_KEY")?,
            env.get("AWS_SESSION_TOKEN").map(str::to_owned),
            None,
            "environment",
        );
        Ok(Self {
            region: env.require("AWS_REGION")?.to_owned(),
            endpoint: env.get("AWS_ENDPOINT_URL").map(str::to_owned),
            credentials,
            http: http.unwrap_or_else(|| http_client(env.get("AWS_ENDPOINT_URL"))),
            time: None,
        })
    }

    /// Makes the clients sign with this time instead of the machine's.
    #[must_use]
    pub fn signing_at(self, time: Option<SharedTimeSource>) -> Self {
        Self { time, ..self }
    }

    /// Creates a DynamoDB client.
    #[must_use]
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        client!(aws_sdk_dynamodb, self)
    }

    /// Creates an SQS client.
    #[must_use]
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        client!(aws_sdk_sqs, self)
    }

    /// Creates an S3 client. With an endpoint other than AWS's, the bucket is part of the path,
    /// because such an endpoint has no subdomains.
    #[must_use]
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let client = client!(aws_sdk_s3, self);
        let config = client.config().to_builder().force_path_style(self.endpoint.is_some());
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// Creates a Secrets Manager client.
    #[must_use]
    pub fn secrets(&self) -> aws_sdk_secretsmanager::Client {
        client!(aws_sdk_secretsmanager, self)
    }

    /// Creates an SES client.
    #[must_use]
    pub fn ses(&self) -> aws_sdk_sesv2::Client {
        client!(aws_sdk_sesv2, self)
    }
}

/// Creates the HTTP client. A plain HTTP endpoint (the local stack) needs no TLS, so the machine's
/// root certificates aren't read.
fn http_client(endpoint: Option<&str>) -> SharedHttpClient {
    if endpoint.is_some_and(|url| url.starts_with("http://")) {
        Builder::new().build_http()
    } else {
        Builder::new()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .build_https()
    }
}

/// Creates a connector to servers outside AWS, with the HTTP client that is already linked for AWS;
/// `plain` means without TLS.
///
/// Connections aren't kept alive: an instance is frozen between requests, and the server would have
/// closed them.
pub fn web(plain: bool, settings: HttpConnectorSettings) -> SharedHttpConnector {
    let sleep = SharedAsyncSleep::new(aws_smithy_async::rt::sleep::TokioSleep::new());
    let builder = Connector::builder()
        .connector_settings(settings)
        .sleep_impl(sleep)
        .pool_max_idle_per_host(0);
    SharedHttpConnector::new(if plain {
        builder.build_http()
    } else {
        builder.tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring)).build()
    })
}

fn time_outs() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_millis(2_400))
        .operation_timeout(CALL_LIMIT)
        .build()
}
