//! The stack's own calls to the AWS endpoint: it creates the template's resources and polls the
//! event sources.
//!
//! This client is small and written by hand, because it must reach both the cloud in this process
//! (without a socket) and another endpoint, with the credentials of the function that it polls for.
//! A call that the function's policy does not allow is refused here as well.

mod buckets;
mod deliver;
pub(crate) mod in_process;
pub(crate) mod provision;
mod sign;
mod table;
mod transport;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use serde_json::Value;

pub(crate) use transport::Transport;

/// The services with a JSON protocol: prefix of `X-Amz-Target`, version of the protocol, name in
/// signatures.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Service {
    DynamoDb,
    Streams,
    Sqs,
    Secrets,
}

/// An access key with its secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) access: String,
    pub(crate) secret: String,
}

/// The account and region of the resources.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    pub(crate) region: String,
    pub(crate) account: String,
}

/// Creates clients with the credentials of functions and of the administrator.
#[derive(Clone)]
pub(crate) struct Clients {
    transport: Transport,
    home: Arc<Home>,
    administrator: Arc<Keys>,
    functions: Arc<BTreeMap<String, Arc<Keys>>>,
}

/// A client with the credentials of one principal.
#[derive(Clone)]
pub(crate) struct Aws {
    transport: Transport,
    home: Arc<Home>,
    keys: Arc<Keys>,
}

/// A refused or failed call.
#[derive(Debug, Clone)]
pub(crate) struct AwsError {
    /// The error's name without its namespace; `Unreachable` without a response.
    pub(crate) code: String,
    message: String,
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for AwsError {}

impl From<serde_json::Error> for AwsError {
    fn from(error: serde_json::Error) -> Self {
        Self { code: "UnreadableAnswer".to_owned(), message: error.to_string() }
    }
}

impl Clients {
    pub(crate) fn new(
        transport: Transport,
        home: Home,
        administrator: Keys,
        functions: BTreeMap<String, Keys>,
    ) -> Self {
        let functions = functions.into_iter().map(|(name, keys)| (name, Arc::new(keys))).collect();
        Self {
            transport,
            home: Arc::new(home),
            administrator: Arc::new(administrator),
            functions: Arc::new(functions),
        }
    }

    /// Returns a client with all rights.
    pub(crate) fn administrator(&self) -> Aws {
        self.with(Arc::clone(&self.administrator))
    }

    /// Returns a client with the rights of the function.
    pub(crate) fn of(&self, function: &str) -> Aws {
        self.with(Arc::clone(self.functions.get(function).unwrap_or(&self.administrator)))
    }

    fn with(&self, keys: Arc<Keys>) -> Aws {
        Aws { transport: self.transport.clone(), home: Arc::clone(&self.home), keys }
    }
}

impl Service {
    const fn target(self) -> &'static str {
        match self {
            Self::DynamoDb => "DynamoDB_20120810",
            Self::Streams => "DynamoDBStreams_20120810",
            Self::Sqs => "AmazonSQS",
            Self::Secrets => "secretsmanager",
        }
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::Secrets => "application/x-amz-json-1.1",
            _ => "application/x-amz-json-1.0",
        }
    }

    const fn signing_name(self) -> &'static str {
        match self {
            Self::DynamoDb | Self::Streams => "dynamodb",
            Self::Sqs => "sqs",
            Self::Secrets => "secretsmanager",
        }
    }
}

impl Aws {
    pub(crate) fn region(&self) -> &str {
        &self.home.region
    }

    pub(crate) fn account(&self) -> &str {
        &self.home.account
    }

    /// Calls one operation of a JSON protocol.
    pub(crate) async fn call(
        &self,
        service: Service,
        operation: &str,
        input: &Value,
    ) -> Result<Value, AwsError> {
        let body = self.call_unread(service, operation, input).await?;
        Ok(if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&body).unwrap_or_default()
        })
    }

    /// Same as [`Self::call`], but doesn't parse the response.
    pub(crate) async fn call_unread(
        &self,
        service: Service,
        operation: &str,
        input: &Value,
    ) -> Result<Bytes, AwsError> {
        let request = Request::post("/")
            .header("x-amz-target", format!("{}.{operation}", service.target()))
            .header(header::CONTENT_TYPE, service.content_type());
        let (status, body) =
            self.send(request, service.signing_name(), input.to_string().into()).await?;
        if status.is_success() {
            return Ok(body);
        }
        let output: Value = serde_json::from_slice(&body).unwrap_or_default();
        let name = output["__type"]
            .as_str()
            .or_else(|| output["code"].as_str())
            .unwrap_or(status.as_str());
        let message =
            output["message"].as_str().or_else(|| output["Message"].as_str()).unwrap_or_default();
        Err(AwsError {
            code: name.rsplit('#').next().unwrap_or(name).to_owned(),
            message: message.to_owned(),
        })
    }

    /// Puts an object or, without a key, creates the bucket.
    pub(crate) async fn put(
        &self,
        bucket: &str,
        key: Option<&str>,
        body: Bytes,
    ) -> Result<(), AwsError> {
        let path = key.map_or_else(|| format!("/{bucket}"), |key| format!("/{bucket}/{key}"));
        self.put_to(Request::builder().method(Method::PUT).uri(path), body).await
    }

    /// Sends a `PUT` to S3, which requires a `Content-Length`.
    async fn put_to(&self, request: http::request::Builder, body: Bytes) -> Result<(), AwsError> {
        let request = request.header(http::header::CONTENT_LENGTH, body.len());
        let (status, body) = self.send(request, "s3", body).await?;
        if status.is_success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&body);
        let between = |name: &str| {
            Some(text.split_once(&format!("<{name}>"))?.1.split('<').next()?.to_owned())
        };
        let code = between("Code").unwrap_or_else(|| status.to_string());
        Err(AwsError { code, message: between("Message").unwrap_or_default() })
    }

    /// Creates an e-mail identity, so that mail may be sent from the address.
    pub(crate) async fn create_identity(&self, address: &str) -> Result<(), AwsError> {
        let request =
            Request::post("/v2/email/identities").header(header::CONTENT_TYPE, "application/json");
        let input = serde_json::json!({ "EmailIdentity": address });
        let (status, body) = self.send(request, "ses", input.to_string().into()).await?;
        // 400 AlreadyExistsException is fine; any other problem shows when the first mail is sent.
        if status.is_success() || status == StatusCode::BAD_REQUEST {
            return Ok(());
        }
        Err(AwsError {
            code: status.to_string(),
            message: String::from_utf8_lossy(&body).into_owned(),
        })
    }

    /// Sends a GET request to a path that is not an AWS operation.
    pub(crate) async fn get(&self, path: &str) -> Result<(StatusCode, Bytes), AwsError> {
        self.send(Request::get(path), "s3", Bytes::new()).await
    }

    async fn send(
        &self,
        request: http::request::Builder,
        service: &str,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes), AwsError> {
        let unreachable = |message: String| AwsError { code: "Unreachable".to_owned(), message };
        let mut request = request.body(body).map_err(|error| unreachable(error.to_string()))?;
        sign::sign(&mut request, self.transport.host(), &self.keys, self.region(), service)
            .map_err(|error| unreachable(error.to_string()))?;
        self.transport.send(request).await.map_err(unreachable)
    }
}
