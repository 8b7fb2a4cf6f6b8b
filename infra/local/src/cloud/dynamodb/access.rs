//! What a request does, in the words of IAM.

use super::DynamoDb;
use super::leading_keys::leading_keys;
use super::operation::{On, Operation};
use super::streams::table_of;
use crate::cloud::arn;
use crate::cloud::iam::{Check, Principal};

/// Every action of a request on every resource.
pub(super) fn checks<O: Operation>(
    request: &O,
    dynamodb: &DynamoDb,
    principal: &Principal,
) -> Vec<Check> {
    let region = &dynamodb.region;
    let asks = principal.asks_for_leading_keys();
    request
        .touches()
        .into_iter()
        .map(|touch| {
            let resource = match touch.on {
                On::Table(table) => arn::table(region, arn::table_name(table)),
                On::Index(table, index) => arn::index(region, arn::table_name(table), index),
                On::Stream(name) => dynamodb.stream_arn(name),
                On::Anything => "*".to_owned(),
            };
            let check = Check::new(touch.action, resource);
            if !asks {
                return check;
            }
            let partition_key = match touch.on {
                On::Table(table) => dynamodb.catalogue.partition_key(table, None),
                On::Index(table, index) => dynamodb.catalogue.partition_key(table, Some(index)),
                On::Stream(_) | On::Anything => None,
            };
            check.with("dynamodb:LeadingKeys", leading_keys(touch.keys, partition_key.as_deref()))
        })
        .collect()
}

impl DynamoDb {
    /// The ARN of the stream that a request names by ARN or iterator. One that does not exist
    /// stands for itself.
    fn stream_arn(&self, name: &str) -> String {
        table_of(name)
            .and_then(|table| {
                let label = self.catalogue.stream_label(&table)?;
                Some(arn::stream(&self.region, &table, &label))
            })
            .unwrap_or_else(|| name.to_owned())
    }
}
