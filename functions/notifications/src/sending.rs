//! Each event's mail is sent once, as far as that is possible.
//!
//! A mark is put before sending and completed after it. A crash between the provider's acceptance and the completion leaves the
//! mark to run out, and the mail goes out once more: at least once, at most twice for each crash.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use builder_core::Result;
use builder_core::id::EventId;
use builder_core::keys::{self, Key};
use builder_core::table::{Table, text};
use jiff::Timestamp;

/// For how long a sender is left alone, in seconds: longer than the function's time-out, shorter than the queue's visibility
/// time-out, so that a message comes again when its mark has run out.
const LEASE: i64 = 60;
/// How long a sent mail is remembered, in seconds: longer than a message can stay in its queue (four days).
const MEMORY: i64 = 14 * 24 * 3600;

const SENDING: &str = "sending";
const SENT: &str = "sent";

/// What there is to do for an event's mail.
pub(crate) enum Sending {
    /// Nothing: it has been sent.
    Done,
    /// Nothing yet: somebody else is sending it.
    Busy,
    /// Send it, then complete the mark.
    Begun(Mark),
}

/// The right to send an event's mail.
pub(crate) struct Mark {
    key: Key,
}

/// Asks for the right to send.
pub(crate) async fn begin(table: &Table, event: EventId, now: Timestamp) -> Result<Sending> {
    let key = keys::sent_email(event);
    let now = now.as_second();
    let request = table
        .client()
        .put_item()
        .table_name(table.name(key.table))
        .set_item(Some(item(&key, SENDING, now + LEASE, now + MEMORY)))
        .condition_expression("attribute_not_exists(pk) OR (#status = :sending AND leaseUntil < :now)")
        .expression_attribute_names("#status", "status")
        .expression_attribute_values(":sending", AttributeValue::S(SENDING.to_owned()))
        .expression_attribute_values(":now", AttributeValue::N(now.to_string()))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let put = async {
        match request.send().await {
            Ok(_) => Ok(None),
            Err(error) => match error.as_service_error() {
                Some(service) if service.is_conditional_check_failed_exception() => Ok(Some(present(service))),
                _ => Err(error),
            },
        }
    };
    Ok(match table.call(put).await? {
        None => Sending::Begun(Mark { key }),
        Some(status) if status == SENT => Sending::Done,
        Some(_) => Sending::Busy,
    })
}

/// The status of the mark that is in the way.
fn present(error: &aws_sdk_dynamodb::operation::put_item::PutItemError) -> String {
    use aws_sdk_dynamodb::operation::put_item::PutItemError;
    let item = match error {
        PutItemError::ConditionalCheckFailedException(failed) => failed.item.as_ref(),
        _ => None,
    };
    item.and_then(|item| text(item, "status").ok()).unwrap_or(SENDING).to_owned()
}

impl Mark {
    /// The mail is out.
    pub(crate) async fn done(self, table: &Table, now: Timestamp) -> Result<()> {
        let item = item(&self.key, SENT, 0, now.as_second() + MEMORY);
        let request = table.client().put_item().table_name(table.name(self.key.table)).set_item(Some(item));
        table.call(request.send()).await.map(drop)
    }

    /// The mail was not accepted.
    pub(crate) async fn release(self, table: &Table) -> Result<()> {
        let item = item(&self.key, SENDING, 0, 0);
        let request = table.client().put_item().table_name(table.name(self.key.table)).set_item(Some(item));
        table.call(request.send()).await.map(drop)
    }
}

fn item(key: &Key, status: &str, lease_until: i64, expires_at: i64) -> HashMap<String, AttributeValue> {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(key.pk.clone())),
        ("sk".to_owned(), AttributeValue::S(key.sk.clone())),
        ("status".to_owned(), AttributeValue::S(status.to_owned())),
        ("leaseUntil".to_owned(), AttributeValue::N(lease_until.to_string())),
        ("expiresAt".to_owned(), AttributeValue::N(expires_at.to_string())),
    ])
}
