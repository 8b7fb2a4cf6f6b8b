//! The actions and resources of a request, for IAM.

use std::collections::BTreeMap;

use super::DynamoDb;
use super::leading_keys::leading_keys;
use super::operation::{On, Operation};
use super::streams::table_of;
use crate::cloud::arn;
use crate::cloud::iam::{Check, Principal};

/// Returns every action of a request on every resource, once, with the partition keys of all its
/// items: one statement of a policy must allow all of them.
pub(super) fn checks<O: Operation>(
    request: &O,
    dynamodb: &DynamoDb,
    principal: &Principal,
) -> Vec<Check> {
    let region = &dynamodb.region;
    let asks = principal.asks_for_leading_keys();
    let mut keys = BTreeMap::<(&'static str, String), Vec<String>>::new();
    for touch in request.touches() {
        let resource = match touch.on {
            On::Table(table) => arn::table(region, arn::table_name(table)),
            On::Index(table, index) => arn::index(region, arn::table_name(table), index),
            On::Stream(name) => dynamodb.stream_arn(name),
            On::Anything => "*".to_owned(),
        };
        let keys = keys.entry((touch.action, resource)).or_default();
        if asks {
            let partition_key = match touch.on {
                On::Table(table) => dynamodb.catalogue.partition_key(table, None),
                On::Index(table, index) => dynamodb.catalogue.partition_key(table, Some(index)),
                On::Stream(_) | On::Anything => None,
            };
            keys.extend(leading_keys(touch.keys, partition_key.as_deref()));
        }
    }
    let check = |((action, resource), keys)| {
        Check::new(action, resource).with("dynamodb:LeadingKeys", keys)
    };
    keys.into_iter().map(check).collect()
}

impl DynamoDb {
    /// Returns the ARN of the stream that a request names by ARN or iterator, or the name itself if
    /// no such stream exists.
    fn stream_arn(&self, name: &str) -> String {
        table_of(name)
            .and_then(|table| {
                let label = self.catalogue.stream_label(&table)?;
                Some(arn::stream(&self.region, &table, &label))
            })
            .unwrap_or_else(|| name.to_owned())
    }
}
