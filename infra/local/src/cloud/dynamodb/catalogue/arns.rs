//! Converts the engine's descriptions to AWS's: the engine has a region of its own, and labels
//! streams by seconds.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::cloud::error::AwsError;

/// Serializes a response with the ARNs of this cloud.
pub(in crate::cloud::dynamodb) fn with_real_arns(
    answer: &impl Serialize,
    region: &str,
) -> Result<Vec<u8>, AwsError> {
    let failed = |error: serde_json::Error| AwsError::internal(error.to_string());
    let mut answer = serde_json::to_value(answer).map_err(failed)?;
    rewrite(&mut answer, region);
    serde_json::to_vec(&answer).map_err(failed)
}

fn rewrite(value: &mut Value, region: &str) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(label) if name.ends_with("StreamLabel") => {
                        *label = real_label(label)
                    }
                    other => rewrite(other, region),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite(item, region)),
        Value::String(text) => {
            if let Some(rest) = text.strip_prefix("arn:aws:dynamodb:dynoxide:") {
                *text = match rest.split_once("/stream/") {
                    Some((table, label)) => {
                        format!("arn:aws:dynamodb:{region}:{table}/stream/{}", real_label(label))
                    }
                    None => format!("arn:aws:dynamodb:{region}:{rest}"),
                };
            }
        }
        _ => {}
    }
}

/// Converts `1766000000.123456789` to `2025-12-17T19:33:20.123`.
pub(super) fn real_label(label: &str) -> String {
    label
        .split_once('.')
        .and_then(|(seconds, nanos)| {
            Timestamp::new(seconds.parse().ok()?, nanos.parse().ok()?).ok()
        })
        .map_or_else(|| label.to_owned(), |time| time.strftime("%Y-%m-%dT%H:%M:%S%.3f").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn arns_and_labels_are_those_of_aws() {
        let answer = json!({
            "TableArn": "arn:aws:dynamodb:dynoxide:000000000000:table/Data",
            "LatestStreamArn": "arn:aws:dynamodb:dynoxide:000000000000:table/Data/stream/1766000000.123456789",
            "LatestStreamLabel": "1766000000.123456789",
        });
        let written = with_real_arns(&answer, "eu-west-1").unwrap();
        let written: Value = serde_json::from_slice(&written).unwrap();
        assert_eq!(written["TableArn"], "arn:aws:dynamodb:eu-west-1:000000000000:table/Data");
        assert_eq!(written["LatestStreamLabel"], "2025-12-17T19:33:20.123");
        assert_eq!(
            written["LatestStreamArn"],
            "arn:aws:dynamodb:eu-west-1:000000000000:table/Data/stream/2025-12-17T19:33:20.123"
        );
    }
}
