//! Errors of AWS services: a code, a message, and a status, serialized in the protocol of the
//! service.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use s3s::Body;
use serde_json::json;

use super::database::db_thread::Stopped;

/// A refused or failed call.
#[derive(Clone, Debug)]
pub(crate) enum AwsError {
    /// A response with status, code and message.
    Answer { status: StatusCode, code: String, message: String },
    /// A response that is already serialized.
    Written { status: StatusCode, body: Bytes },
    /// No response: the connection is dropped (a fault).
    Drop,
}

/// How a service serializes its errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// DynamoDB, Secrets Manager: JSON with `__type`.
    Json,
    /// SQS: JSON with `__type` and the older code in a header.
    JsonWithQueryCodes,
    /// SES v2, Lambda: JSON, the code in a header.
    Rest,
    /// STS: XML.
    Query,
    /// S3: XML.
    S3,
}

impl AwsError {
    pub(crate) fn new(
        status: StatusCode,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self::Answer { status, code: code.into(), message: message.into() }
    }

    /// Returns a 400.
    pub(crate) fn invalid(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// Returns a 404.
    pub(crate) fn not_found(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// Returns a 500. The message is for the developer: everything here is local.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", message)
    }

    /// Returns the error's name without its namespace.
    pub(crate) fn code(&self) -> String {
        let code = match self {
            Self::Answer { code, .. } => code.clone(),
            Self::Written { body, .. } => {
                let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
                body["__type"].as_str().unwrap_or("error").to_owned()
            }
            Self::Drop => "no response, because of a fault rule".to_owned(),
        };
        code.rsplit('#').next().unwrap_or(&code).to_owned()
    }

    /// Returns the response; `None` if the connection is to be dropped instead.
    pub(crate) fn into_response(self, protocol: Protocol) -> Option<Response<Body>> {
        let (status, code, message) = match self {
            Self::Drop => return None,
            Self::Written { status, body } => {
                let mut response = Response::new(Body::from(body));
                *response.status_mut() = status;
                content_type(&mut response, "application/x-amz-json-1.0");
                return Some(response);
            }
            Self::Answer { status, code, message } => (status, code, message),
        };
        let mut response = match protocol {
            Protocol::Json | Protocol::JsonWithQueryCodes => json_answer(
                "application/x-amz-json-1.0",
                &json!({"__type": code, "message": message}),
            ),
            Protocol::Rest => {
                json_answer("application/json", &json!({"message": message, "Message": message}))
            }
            Protocol::Query => xml_answer(format!(
                "<ErrorResponse \
                 xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{}</Message></Error></ErrorResponse>",
                escape(&message)
            )),
            Protocol::S3 => xml_answer(format!(
                "<?xml version=\"1.0\" \
                 encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{}</Message></Error>",
                escape(&message)
            )),
        };
        *response.status_mut() = status;
        match protocol {
            Protocol::JsonWithQueryCodes => header(
                &mut response,
                "x-amzn-query-error",
                &format!("{};Sender", query_code(&code)),
            ),
            Protocol::Rest => header(&mut response, "x-amzn-errortype", &code),
            Protocol::Json | Protocol::Query | Protocol::S3 => {}
        }
        Some(response)
    }
}

impl From<anyhow::Error> for AwsError {
    fn from(error: anyhow::Error) -> Self {
        Self::internal(format!("{error:#}"))
    }
}

impl From<Stopped> for AwsError {
    fn from(error: Stopped) -> Self {
        Self::internal(error.to_string())
    }
}

impl From<rusqlite::Error> for AwsError {
    fn from(error: rusqlite::Error) -> Self {
        Self::internal(error.to_string())
    }
}

impl From<serde_json::Error> for AwsError {
    fn from(error: serde_json::Error) -> Self {
        Self::invalid("SerializationException", error.to_string())
    }
}

/// Returns the code of SQS's former query protocol, which SDKs still report.
fn query_code(code: &str) -> &str {
    match code {
        "com.amazonaws.sqs#QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue",
        "com.amazonaws.sqs#QueueNameExists" => "QueueAlreadyExists",
        "com.amazonaws.sqs#BatchRequestTooLong" => "AWS.SimpleQueueService.BatchRequestTooLong",
        "com.amazonaws.sqs#EmptyBatchRequest" => "AWS.SimpleQueueService.EmptyBatchRequest",
        "com.amazonaws.sqs#TooManyEntriesInBatchRequest" => {
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"
        }
        "com.amazonaws.sqs#BatchEntryIdsNotDistinct" => {
            "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"
        }
        "com.amazonaws.sqs#InvalidBatchEntryId" => "AWS.SimpleQueueService.InvalidBatchEntryId",
        "com.amazonaws.sqs#MessageNotInflight" => "AWS.SimpleQueueService.MessageNotInflight",
        "com.amazonaws.sqs#UnsupportedOperation" => "AWS.SimpleQueueService.UnsupportedOperation",
        other => other.rsplit('#').next().unwrap_or(other),
    }
}

/// Returns a JSON response with status 200.
pub(crate) fn json_answer(media_type: &'static str, value: &serde_json::Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    content_type(&mut response, media_type);
    response
}

fn xml_answer(document: String) -> Response<Body> {
    let mut response = Response::new(Body::from(document));
    content_type(&mut response, "text/xml");
    response
}

fn content_type(response: &mut Response<Body>, media_type: &'static str) {
    response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static(media_type));
}

fn header(response: &mut Response<Body>, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
