//! SQS's validation of attributes of queues and messages.

use rusqlite::Connection;
use serde_json::Value;

use super::queue::{Attributes, Queue};
use crate::cloud::arn;
use crate::cloud::error::AwsError;
use crate::cloud::iam::glob;
use crate::cloud::sqs::digest::MessageAttributes;
use crate::cloud::sqs::invalid;

/// The maximum number of attributes of a message:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
const MOST_ATTRIBUTES: usize = 10;
/// The maximum size of a queue's policy, in bytes, and of statements in it:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-limits-policies>
const MOST_POLICY_BYTES: usize = 8_192;
const MOST_STATEMENTS: usize = 20;

/// Checks attributes that depend on other queues, or on the queue as a whole.
///
/// # Errors
/// `InvalidParameterValue`.
pub(in crate::cloud::sqs) fn attributes(
    store: &Connection,
    region: &str,
    queue: &Queue,
    changed: &Attributes,
) -> Result<(), AwsError> {
    if let Some(policy) = changed.get("RedrivePolicy").filter(|policy| !policy.is_empty()) {
        let refuse = |reason: &str| {
            invalid(format!(
                "Value {policy} for parameter RedrivePolicy is invalid. Reason: {reason}"
            ))
        };
        let redrive =
            queue.redrive().ok_or_else(|| refuse("Redrive policy is not a valid JSON map."))?;
        let Some(target) = Queue::find(store, &redrive.queue)? else {
            return Err(refuse("Dead letter target does not exist."));
        };
        if target.is_fifo() != queue.is_fifo() {
            return Err(refuse("Dead-letter queue must be same type of queue as the source."));
        }
    }
    if let Some(policy) = changed.get("Policy").filter(|policy| !policy.is_empty())
        && !is_policy_of(policy, &arn::queue(region, &queue.name))
    {
        return Err(invalid("Invalid value for the parameter Policy."));
    }
    Ok(())
}

/// Returns whether SQS accepts a policy: each of its statements names one resource, which is the
/// queue itself.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-limits-policies>
fn is_policy_of(policy: &str, queue: &str) -> bool {
    let Ok(document) = serde_json::from_str::<Value>(policy) else { return false };
    let statements: Vec<&Value> = match &document["Statement"] {
        Value::Array(statements) => statements.iter().collect(),
        statement @ Value::Object(_) => vec![statement],
        _ => return false,
    };
    policy.len() <= MOST_POLICY_BYTES
        && statements.len() <= MOST_STATEMENTS
        && statements.iter().all(|one| is_statement(one, queue))
}

fn is_statement(statement: &Value, queue: &str) -> bool {
    let resource = match &statement["Resource"] {
        Value::String(resource) => Some(resource.as_str()),
        Value::Array(resources) if resources.len() == 1 => resources[0].as_str(),
        _ => None,
    };
    let effect = matches!(statement["Effect"].as_str(), Some("Allow" | "Deny"));
    let principal = !statement["Principal"].is_null() || !statement["NotPrincipal"].is_null();
    let action = !statement["Action"].is_null() || !statement["NotAction"].is_null();
    effect && principal && action && resource.is_some_and(|resource| glob::matches(resource, queue))
}

/// Checks the attributes of a message.
///
/// # Errors
/// `InvalidParameterValue`.
pub(in crate::cloud::sqs) fn message_attributes(
    attributes: &MessageAttributes,
) -> Result<(), AwsError> {
    if attributes.len() > MOST_ATTRIBUTES {
        return Err(invalid(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{MOST_ATTRIBUTES}].",
            attributes.len()
        )));
    }
    for (name, attribute) in attributes {
        let letters =
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
        let reserved =
            ["aws.", "amazon."].iter().any(|prefix| name.to_ascii_lowercase().starts_with(prefix));
        let dots = name.starts_with('.') || name.ends_with('.') || name.contains("..");
        if name.is_empty() || name.len() > 256 || !letters || reserved || dots {
            return Err(invalid(format!("The message attribute name '{name}' is invalid.")));
        }
        let kind = attribute.data_type.split('.').next().unwrap_or_default();
        let value = match kind {
            "String" | "Number" => attribute.string_value.as_ref(),
            "Binary" => attribute.binary_value.as_ref(),
            _ => {
                return Err(invalid(format!(
                    "The message attribute '{name}' has an invalid message attribute type, the \
                     set of supported type prefixes is Binary, Number, and String."
                )));
            }
        };
        if value.is_none_or(String::is_empty) {
            return Err(invalid(format!(
                "The message attribute '{name}' must contain non-empty message attribute value \
                 for message attribute type '{kind}'."
            )));
        }
    }
    Ok(())
}

/// Returns whether a body consists of the characters that SQS accepts: those of XML 1.0.
pub(in crate::cloud::sqs) fn is_body(body: &str) -> bool {
    body.chars().all(|letter| matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_statement_of_a_policy_names_the_queue_and_nothing_else() {
        let queue = arn::queue("us-east-1", "q");
        let policy = |resource: Value| {
            json!({"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": resource}]}).to_string()
        };
        for taken in [json!(queue), json!("*"), json!([queue]), json!("arn:aws:sqs:us-east-1:*:q")]
        {
            assert!(is_policy_of(&policy(taken.clone()), &queue), "{taken}");
        }
        for refused in [
            json!([queue, queue]),
            json!(["*", queue]),
            json!([]),
            json!(null),
            json!(arn::queue("us-east-1", "other")),
        ] {
            assert!(!is_policy_of(&policy(refused.clone()), &queue), "{refused}");
        }
        for refused in
            ["", "[]", "{", r#"{"Statement": "all"}"#, r#"{"Statement": [{"Resource": "*"}]}"#]
        {
            assert!(!is_policy_of(refused, &queue), "{refused}");
        }
        let large = policy(json!("*")).replace("sqs:*", &"x".repeat(MOST_POLICY_BYTES));
        assert!(!is_policy_of(&large, &queue));
    }

    #[test]
    fn a_body_has_the_characters_of_xml() {
        assert!(
            is_body("a\t\r\n \u{10ffff}")
                && !is_body("\u{0}")
                && !is_body("\u{b}")
                && !is_body("\u{fffe}")
        );
    }
}
