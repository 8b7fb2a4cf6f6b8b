//! The service that a request is for, and its caller.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use s3s::Body;

use super::error::{AwsError, Protocol};
use super::iam::caller::{Caller, credential, missing_token, unknown_token};
use super::{Cloud, Inner, lambda, ses, sts};
use crate::idle::Idle;
use crate::recorder::{self, Recording};

/// DynamoDB accepts 16 MB, the maximum of all services but S3.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// The connection is dropped instead of a response: an injected fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped;

/// Marks a request that was received over a socket, and therefore presumably from another process.
#[derive(Clone, Copy, Debug)]
pub(super) struct BySocket;

impl std::fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the connection was dropped by a fault rule")
    }
}

impl std::error::Error for Dropped {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    DynamoDb,
    Sqs,
    Secrets,
    Ses,
    Lambda,
    Sts,
    S3,
    Unknown,
}

impl Cloud {
    /// Responds to one request, as the server does: for clients in the same process.
    ///
    /// # Errors
    /// [`Dropped`], if a fault rule drops the connection.
    pub async fn respond(&self, request: Request<Body>) -> Result<Response<Body>, Dropped> {
        match self.recording(request.headers()) {
            Some(recording) => {
                let (_, operation) = service_of(request.headers(), request.uri().path());
                let status = |answer: &Result<Response<Body>, Dropped>| {
                    answer.as_ref().ok().map(|answer| answer.status().as_u16())
                };
                // Boxed: the combined future of all services is large, and would be copied
                // otherwise.
                recording.call(operation.to_owned(), Box::pin(self.answer(request)), status).await
            }
            None => Box::pin(self.answer(request)).await,
        }
    }

    /// Returns the recording of the request that the caller works on, by its task or by the trace
    /// header that it sends.
    fn recording(&self, headers: &HeaderMap) -> Option<Arc<Recording>> {
        recorder::current().or_else(|| {
            let header = headers.get("x-amzn-trace-id")?.to_str().ok()?;
            self.inner.recorder.get()?.of_trace_header(header)
        })
    }

    async fn answer(&self, request: Request<Body>) -> Result<Response<Body>, Dropped> {
        let (service, operation) = service_of(request.headers(), request.uri().path());
        // S3 streams its bodies and checks signatures itself.
        if service == Service::S3 {
            return self.inner.s3.respond(request).await;
        }
        let protocol = protocol_of(service);
        let operation = operation.to_owned();
        let answer = match self.inner.caller(protocol, request.headers()) {
            Ok(caller) => self.inner.answer(service, &operation, &caller, request).await,
            Err(error) => Err(error),
        };
        let mut response = match answer {
            Ok(response) => response,
            Err(error) => {
                tracing::debug!(operation, ?error, "refused");
                recorder::failed(|| error.code());
                error.into_response(protocol).ok_or(Dropped)?
            }
        };
        if let Ok(id) = format!("{:032x}", fastrand::u128(..)).parse() {
            response.headers_mut().insert("x-amzn-requestid", id);
        }
        Ok(response)
    }
}

impl Inner {
    fn caller(&self, protocol: Protocol, headers: &HeaderMap) -> Result<Caller, AwsError> {
        let credential = credential(headers).ok_or_else(|| missing_token(protocol))?;
        let principal =
            self.principals.owner(credential.access_key).ok_or_else(|| unknown_token(protocol))?;
        Ok(Caller { principal, protocol })
    }

    async fn answer(
        &self,
        service: Service,
        operation: &str,
        caller: &Caller,
        request: Request<Body>,
    ) -> Result<Response<Body>, AwsError> {
        let (parts, body) = request.into_parts();
        let body = read(body).await?;
        match service {
            Service::DynamoDb => self.dynamodb.respond(self, caller, operation, body).await,
            Service::Sqs => self.sqs.respond(self, caller, operation, &parts, &body).await,
            Service::Secrets => self.secrets.respond(self, caller, operation, &body).await,
            Service::Ses => ses::respond(self, caller, &parts, &body).await,
            Service::Lambda => {
                lambda::respond(self, caller, Request::from_parts(parts, body)).await
            }
            Service::Sts => sts::respond(caller, &body),
            Service::S3 | Service::Unknown => Err(AwsError::invalid(
                "com.amazon.coral.service#UnknownOperationException",
                "the local cloud has no such service",
            )),
        }
    }
}

async fn read(body: Body) -> Result<Bytes, AwsError> {
    match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if Idle::caused(&*error) => Err(AwsError::new(
            StatusCode::REQUEST_TIMEOUT,
            "RequestTimeoutException",
            Idle.to_string(),
        )),
        Err(error) => Err(AwsError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLargeException",
            error.to_string(),
        )),
    }
}

/// Returns the service and, where a header names it, the operation.
fn service_of<'a>(headers: &'a HeaderMap, path: &str) -> (Service, &'a str) {
    if let Some(target) = headers.get("x-amz-target").and_then(|value| value.to_str().ok()) {
        let (prefix, operation) = target.split_once('.').unwrap_or((target, ""));
        let service = match prefix {
            "DynamoDB_20120810" | "DynamoDBStreams_20120810" => Service::DynamoDb,
            "AmazonSQS" => Service::Sqs,
            "secretsmanager" => Service::Secrets,
            _ => Service::Unknown,
        };
        return (service, operation);
    }
    let service = match credential(headers).map(|credential| credential.service) {
        Some("ses") => Service::Ses,
        Some("lambda") => Service::Lambda,
        Some("sts") => Service::Sts,
        Some("s3") => Service::S3,
        Some(_) => Service::Unknown,
        // Unsigned: refused in the format of the intended service. Presigned: S3.
        None if path.starts_with("/v2/email/") => Service::Ses,
        None if path.starts_with("/2015-03-31/") => Service::Lambda,
        None => Service::S3,
    };
    (service, "")
}

fn protocol_of(service: Service) -> Protocol {
    match service {
        Service::DynamoDb | Service::Secrets | Service::Unknown => Protocol::Json,
        Service::Sqs => Protocol::JsonWithQueryCodes,
        Service::Ses | Service::Lambda => Protocol::Rest,
        Service::Sts => Protocol::Query,
        Service::S3 => Protocol::S3,
    }
}
