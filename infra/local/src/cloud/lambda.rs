//! `POST /2015-03-31/functions/{name}/invocations`: Lambda's `Invoke` operation.
//!
//! The stack runs the functions: see [`Invoker`].

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Response, StatusCode};
use s3s::Body;

use super::error::AwsError;
use super::iam::Check;
use super::iam::caller::Caller;
use super::{Inner, arn};

/// Runs functions. The stack implements it.
#[async_trait]
pub trait Invoker: Send + Sync {
    /// Runs a function with one event and waits for its response. `function` is the name that the
    /// client sent, without the rest of its ARN and without a qualifier; it may have the stack's
    /// prefix.
    ///
    /// # Errors
    /// Only if the function could not be run at all. A function that failed is an [`Invoked`] with
    /// `failed` set.
    async fn invoke(&self, function: &str, event: Bytes) -> Result<Invoked, InvokeError>;

    /// Accepts an event that is run later (invocation type `Event`): it is retried as Lambda does,
    /// and no caller waits for it.
    ///
    /// # Errors
    /// Only if the function does not exist.
    async fn enqueue(&self, function: &str, event: Bytes) -> Result<(), InvokeError>;
}

/// The response of a function.
#[derive(Clone, Debug)]
pub struct Invoked {
    /// JSON: the response, or `{"errorMessage": …, "errorType": …}`.
    pub payload: Bytes,
    /// The function returned an error, timed out or crashed.
    pub failed: bool,
}

/// Why a function was not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvokeError {
    /// There is no function with this name.
    NotFound,
    /// No capacity: Lambda would return 429.
    Throttled,
    /// The stack failed, for this reason.
    Failed(String),
}

/// Responds to one request.
pub(super) async fn respond(
    cloud: &Inner,
    caller: &Caller,
    request: http::Request<Bytes>,
) -> Result<Response<Body>, AwsError> {
    let name = request
        .uri()
        .path()
        .strip_prefix("/2015-03-31/functions/")
        .and_then(|rest| rest.strip_suffix("/invocations"))
        .filter(|_| request.method() == Method::POST)
        .map(function_name)
        .ok_or_else(|| {
            AwsError::not_found(
                "UnknownOperationException",
                "the local Lambda endpoint only supports Invoke",
            )
        })?;
    let resource = arn::function(&cloud.region, &name);
    caller.authorize(&[Check::new("lambda:InvokeFunction", resource.clone())])?;
    let strike = cloud.faults_for(caller, "lambda:InvokeFunction").await?;
    let invoker =
        cloud.invoker.get().ok_or_else(|| AwsError::internal("this stack has no functions"))?;
    let kind = request.headers().get("x-amz-invocation-type").and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or("RequestResponse").to_owned();
    let response = match kind.as_str() {
        "DryRun" => Response::builder().status(StatusCode::NO_CONTENT).body(Body::empty()),
        "Event" => {
            invoker
                .enqueue(&name, request.into_body())
                .await
                .map_err(|error| refuse(&resource, error))?;
            Response::builder().status(StatusCode::ACCEPTED).body(Body::empty())
        }
        "RequestResponse" => {
            let invoked = invoker
                .invoke(&name, request.into_body())
                .await
                .map_err(|error| refuse(&resource, error))?;
            let mut response = Response::builder()
                .header("content-type", "application/json")
                .header("x-amz-executed-version", "$LATEST");
            if invoked.failed {
                response = response.header("x-amz-function-error", "Unhandled");
            }
            response.body(Body::from(invoked.payload))
        }
        other => {
            return Err(AwsError::invalid(
                "InvalidParameterValueException",
                format!("unknown invocation type {other}"),
            ));
        }
    };
    strike.finish()?;
    response.map_err(|error| AwsError::internal(error.to_string()))
}

/// Returns the name in `place-order`, `place-order:live`, `000000000000:function:place-order` or a
/// whole ARN.
fn function_name(path_segment: &str) -> String {
    let decoded = path_segment.replace("%3A", ":").replace("%3a", ":");
    let unqualified = match decoded.split_once("function:") {
        Some((_, rest)) => rest,
        None => decoded.as_str(),
    };
    unqualified.split(':').next().unwrap_or(unqualified).to_owned()
}

fn refuse(resource: &str, error: InvokeError) -> AwsError {
    match error {
        InvokeError::NotFound => AwsError::not_found(
            "ResourceNotFoundException",
            format!("Function not found: {resource}"),
        ),
        InvokeError::Throttled => AwsError::new(
            StatusCode::TOO_MANY_REQUESTS,
            "TooManyRequestsException",
            "Rate Exceeded.",
        ),
        InvokeError::Failed(reason) => AwsError::internal(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::function_name;

    #[test]
    fn every_spelling_names_the_function() {
        for spelling in [
            "place-order",
            "place-order:live",
            "000000000000:function:place-order",
            "arn:aws:lambda:us-east-1:000000000000:function:place-order",
            "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Aplace-order%3Alive",
        ] {
            assert_eq!(function_name(spelling), "place-order", "{spelling}");
        }
    }
}
