//! Applies the faults to a call.

use http::StatusCode;

use super::{Injector, Kind};
use crate::cloud::Inner;
use crate::cloud::error::AwsError;
use crate::cloud::iam::caller::Caller;

/// The faults that remain to be applied to a call that was let through.
#[derive(Debug, Default)]
pub(in crate::cloud) struct LetThrough {
    drop_answer: bool,
    /// Read indexes in an earlier state.
    pub(in crate::cloud) stale_index: bool,
}

impl LetThrough {
    /// Called after the call: returns the dropped connection, if the fault was drawn.
    pub(in crate::cloud) fn finish(&self) -> Result<(), AwsError> {
        if self.drop_answer { Err(AwsError::Drop) } else { Ok(()) }
    }
}

impl Inner {
    /// Applies the faults, except to the administrator's calls.
    ///
    /// # Errors
    /// The fault, if the call is not to be executed.
    pub(in crate::cloud) async fn faults_for(
        &self,
        caller: &Caller,
        operation: &str,
    ) -> Result<LetThrough, AwsError> {
        if caller.principal.is_administrator() {
            return Ok(LetThrough::default());
        }
        inject(&self.faults, operation).await
    }
}

/// Applies the faults to any caller.
pub(in crate::cloud) async fn inject(
    faults: &Injector,
    operation: &str,
) -> Result<LetThrough, AwsError> {
    let Some(strike) = faults.inject(operation) else {
        return Ok(LetThrough::default());
    };
    tracing::debug!(operation, ?strike, "fault");
    match strike.kind {
        Kind::Throttle => Err(throttled(operation)),
        Kind::Error500 => Err(failed(operation)),
        Kind::Drop if strike.after => Ok(LetThrough { drop_answer: true, stale_index: false }),
        Kind::Drop => Err(AwsError::Drop),
        Kind::Delay(delay) => {
            tokio::time::sleep(delay).await;
            Ok(LetThrough::default())
        }
        Kind::StaleIndexReads(_) => Ok(LetThrough { drop_answer: false, stale_index: true }),
    }
}

fn throttled(operation: &str) -> AwsError {
    let (status, code, message) = match service(operation) {
        "dynamodb" => (
            StatusCode::BAD_REQUEST,
            "com.amazonaws.dynamodb.v20120810#ThrottlingException",
            "Throughput exceeds the current capacity of your table or index.",
        ),
        "s3" => (StatusCode::SERVICE_UNAVAILABLE, "SlowDown", "Please reduce your request rate."),
        "sqs" => (StatusCode::FORBIDDEN, "com.amazonaws.sqs#RequestThrottled", "Rate exceeded"),
        "ses" | "lambda" => {
            (StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", "Rate exceeded")
        }
        _ => (StatusCode::BAD_REQUEST, "ThrottlingException", "Rate exceeded"),
    };
    AwsError::new(status, code, message)
}

fn failed(operation: &str) -> AwsError {
    let code = match service(operation) {
        "dynamodb" => "com.amazonaws.dynamodb.v20120810#InternalServerError",
        "s3" => "InternalError",
        "lambda" => "ServiceException",
        "secretsmanager" => "InternalServiceError",
        _ => "InternalFailure",
    };
    AwsError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        code,
        "Internal server error (caused by a fault rule)",
    )
}

fn service(operation: &str) -> &str {
    operation.split(':').next().unwrap_or(operation)
}
