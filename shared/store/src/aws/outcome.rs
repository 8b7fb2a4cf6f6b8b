//! Maps failures of AWS calls to errors.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::error::Error;

/// Maps a failed call to an error. After throttling, a lost connection or a server error, a retry
/// is safe.
pub fn outcome<E>(error: SdkError<E, Response>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let passing = match &error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => {
            true
        }
        SdkError::ServiceError(service) => {
            service.raw().status().is_server_error()
                || service.err().code().is_some_and(is_throttling)
        }
        _ => false,
    };
    let cause = Box::new(Described(DisplayErrorContext(&error).to_string()));
    if passing { Error::Unavailable(cause) } else { Error::Internal(cause) }
}

/// The SDK's errors describe the cause only in their sources: this flattens them for the log.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Described(String);

/// Returns whether a service's error code means that it is overloaded, and the same call may
/// succeed later.
#[must_use]
pub fn is_throttling(code: &str) -> bool {
    matches!(
        code,
        "ThrottlingException"
            | "TooManyRequestsException"
            | "Throttling"
            | "ThrottlingError"
            | "RequestThrottled"
            | "KmsThrottled"
            | "ProvisionedThroughputExceeded"
            | "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
            | "TransactionConflictException"
            | "TransactionInProgressException"
            | "ServiceUnavailable"
            | "InternalServerError"
    )
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    fn refused(status: u16, code: &str) -> Error {
        let response = Response::new(status.try_into().unwrap(), SdkBody::empty());
        outcome(SdkError::service_error(ErrorMetadata::builder().code(code).build(), response))
    }

    #[test]
    fn throttling_is_unavailable_and_rejection_is_internal() {
        // By DynamoDB, SES, SQS, KMS behind SQS, and S3.
        for (status, code) in [
            (400, "ThrottlingException"),
            (429, "TooManyRequestsException"),
            (400, "RequestThrottled"),
            (400, "KmsThrottled"),
            (503, "SlowDown"),
        ] {
            assert!(matches!(refused(status, code), Error::Unavailable(_)), "{code}");
        }
        for (status, code) in [(400, "ValidationException"), (403, "AccessDeniedException")] {
            assert!(matches!(refused(status, code), Error::Internal(_)), "{code}");
        }
    }
}
