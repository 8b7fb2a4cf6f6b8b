//! Rules of all batches: 1 to 10 entries with distinct IDs, and a result for each.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::cloud::error::AwsError;

/// A batch of entries.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::sqs) struct Batch<T> {
    pub(super) queue_url: String,
    #[serde(default = "Vec::new")]
    pub(super) entries: Vec<Entry<T>>,
}

/// One entry.
#[derive(Debug, Deserialize)]
pub(in crate::cloud::sqs) struct Entry<T> {
    #[serde(rename = "Id")]
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) request: T,
}

impl<T> Batch<T> {
    /// Checks the batch as a whole.
    pub(super) fn check(&self) -> Result<(), AwsError> {
        let refuse = |code: &str, message: &str| {
            Err(AwsError::invalid(format!("com.amazonaws.sqs#{code}"), message))
        };
        match self.entries.len() {
            0 => {
                return refuse(
                    "EmptyBatchRequest",
                    "There should be at least one entry in the request.",
                );
            }
            1..=10 => {}
            _ => {
                return refuse(
                    "TooManyEntriesInBatchRequest",
                    "Maximum number of entries per request are 10.",
                );
            }
        }
        if !self.entries.iter().all(|entry| is_id(&entry.id)) {
            return refuse(
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and \
                 underscores. It can be at most 80 letters long.",
            );
        }
        let distinct: HashSet<&str> = self.entries.iter().map(|entry| entry.id.as_str()).collect();
        if distinct.len() < self.entries.len() {
            return refuse(
                "BatchEntryIdsNotDistinct",
                "Two or more batch entries in the request have the same Id.",
            );
        }
        Ok(())
    }
}

fn is_id(id: &str) -> bool {
    (1..=80).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// Returns the results by entry, in the format of all batch operations.
pub(super) fn outcomes(results: Vec<(String, Result<Value, AwsError>)>) -> Result<Value, AwsError> {
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for (id, result) in results {
        match result {
            Ok(mut answer) => {
                answer["Id"] = json!(id);
                successful.push(answer);
            }
            Err(AwsError::Answer { status, code, message }) if status.is_client_error() => failed
                .push(json!({
                    "Id": id,
                    "Code": code.rsplit('#').next(),
                    "Message": message,
                    "SenderFault": true,
                })),
            Err(error) => return Err(error),
        }
    }
    Ok(json!({"Successful": successful, "Failed": failed}))
}
