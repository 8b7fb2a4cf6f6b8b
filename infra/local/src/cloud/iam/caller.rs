//! The caller of a request: the access key of the `Authorization` header (Signature Version 4), and
//! the service that it was signed for.

use std::sync::Arc;

use http::{HeaderMap, StatusCode};

use super::{Check, Principal};
use crate::cloud::error::{AwsError, Protocol};

/// The credential of a signed request: `AWS4-HMAC-SHA256
/// Credential=AKID/20260101/us-east-1/sqs/aws4_request, SignedHeaders=…, Signature=…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Credential<'a> {
    pub(crate) access_key: &'a str,
    pub(crate) service: &'a str,
}

/// Returns the credential of a request, unless it is unsigned or signed in another way.
pub(crate) fn credential(headers: &HeaderMap) -> Option<Credential<'_>> {
    let value = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
    let scope = value.split_once("Credential=")?.1.split([',', ' ']).next()?;
    // Access keys contain no slash; the four parts after them are the scope.
    let mut parts = scope.split('/');
    let (access_key, _date, _region, service) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    Some(Credential { access_key, service })
}

/// A known principal that calls a service.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) principal: Arc<Principal>,
    pub(crate) protocol: Protocol,
}

impl Caller {
    /// Decides on all parts of a call.
    ///
    /// # Errors
    /// The service's access-denied error for the first part that is refused.
    pub(crate) fn authorize(&self, checks: &[Check]) -> Result<(), AwsError> {
        for check in checks {
            if let Err(refusal) = self.principal.authorize(check) {
                tracing::warn!(principal = self.principal.name, "{}", refusal.0);
                return Err(denied(self.protocol, refusal.0));
            }
        }
        Ok(())
    }
}

/// Returns the service's access-denied error.
fn denied(protocol: Protocol, message: String) -> AwsError {
    match protocol {
        Protocol::Json => {
            AwsError::invalid("com.amazon.coral.service#AccessDeniedException", message)
        }
        Protocol::JsonWithQueryCodes => AwsError::new(
            StatusCode::FORBIDDEN,
            "com.amazon.coral.service#AccessDeniedException",
            message,
        ),
        Protocol::Rest => AwsError::new(StatusCode::FORBIDDEN, "AccessDeniedException", message),
        Protocol::Query | Protocol::S3 => {
            AwsError::new(StatusCode::FORBIDDEN, "AccessDenied", message)
        }
    }
}

/// Returns the error for missing credentials.
pub(crate) fn missing_token(protocol: Protocol) -> AwsError {
    match protocol {
        Protocol::Json => AwsError::invalid(
            "com.amazon.coral.service#MissingAuthenticationTokenException",
            "Request is missing Authentication Token",
        ),
        Protocol::JsonWithQueryCodes | Protocol::Rest => AwsError::new(
            StatusCode::FORBIDDEN,
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
        Protocol::Query => AwsError::new(
            StatusCode::FORBIDDEN,
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
        ),
        Protocol::S3 => AwsError::new(StatusCode::FORBIDDEN, "AccessDenied", "Access Denied"),
    }
}

/// Returns the error for unknown credentials.
pub(crate) fn unknown_token(protocol: Protocol) -> AwsError {
    const MESSAGE: &str = "The security token included in the request is invalid.";
    match protocol {
        Protocol::Json => {
            AwsError::invalid("com.amazon.coral.service#UnrecognizedClientException", MESSAGE)
        }
        Protocol::JsonWithQueryCodes => {
            AwsError::new(StatusCode::FORBIDDEN, "com.amazonaws.sqs#InvalidClientTokenId", MESSAGE)
        }
        Protocol::Rest => {
            AwsError::new(StatusCode::FORBIDDEN, "UnrecognizedClientException", MESSAGE)
        }
        Protocol::Query => AwsError::new(StatusCode::FORBIDDEN, "InvalidClientTokenId", MESSAGE),
        Protocol::S3 => AwsError::new(
            StatusCode::FORBIDDEN,
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn the_credential_names_key_and_service() {
        let mut headers = HeaderMap::new();
        assert_eq!(credential(&headers), None);
        headers.insert("authorization", HeaderValue::from_static("Bearer abc"));
        assert_eq!(credential(&headers), None);
        headers.insert(
            "authorization",
            HeaderValue::from_static(
                "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sqs/aws4_request, \
                 SignedHeaders=host, Signature=ab",
            ),
        );
        assert_eq!(credential(&headers), Some(Credential { access_key: "local", service: "sqs" }));
    }
}
