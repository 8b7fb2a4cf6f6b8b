//! What the failure of an AWS call means.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::error::Error;

/// What a failed call means. Throttling and a lost connection are no fault of ours, and a retry is
/// safe.
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

/// The SDK's errors say what went wrong only through their sources: flattened here for the log.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Described(String);

/// Whether a service's error code says that it has too much to do, and the same call may succeed
/// later.
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
