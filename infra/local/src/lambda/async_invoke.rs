//! Asynchronous events: retried as Lambda does, and sent to the failure destination after the last
//! retry.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Lambda, Pool};
use crate::aws::Aws;
use crate::cloud::arn;

impl Lambda {
    /// Runs an event in the background. `aws` has the function's own credentials.
    pub(crate) fn enqueue(&self, function: Arc<Pool>, event: Value, aws: Aws) {
        let work = self.activity().begin();
        tokio::spawn(async move {
            run(&function, event, &aws).await;
            drop(work);
        });
    }
}

async fn run(function: &Arc<Pool>, event: Value, aws: &Aws) {
    let mut attempt = 0;
    let failure = loop {
        match function.invoke(event.clone()).await {
            Ok(_) => return,
            Err(failure) => {
                tracing::warn!(function = function.name(), attempt, %failure, "an event failed");
                if attempt >= function.retries() {
                    break failure;
                }
            }
        }
        attempt += 1;
        // One minute before the first retry, two before the second.
        tokio::time::sleep(Duration::from_secs(60 * u64::from(attempt))).await;
    };
    let Some(destination) = function.on_failure() else { return };
    let record = json!({
        "version": "1.0",
        "timestamp": crate::time::now().to_string(),
        "requestContext": {
            "functionArn": format!("{}:$LATEST", arn::function(aws.region(), function.name())),
            "condition": "RetriesExhausted",
            "approximateInvokeCount": attempt + 1,
        },
        "requestPayload": event,
        "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
        "responsePayload": failure.payload(),
    });
    if let Err(error) = aws.deliver(destination, &record, function.name()).await {
        tracing::error!(function = function.name(), %error, "could not report a failed event");
    }
}
