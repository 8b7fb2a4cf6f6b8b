//! Reads the two tables. (Events are written by [`crate::commit`].)

mod conditional;
mod many;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::aggregate::{Aggregate, Versioned};
use crate::aws::{CALL_LIMIT, outcome};
use crate::config::Env;
use crate::document;
use crate::error::{Error, Result};
use crate::event::Envelope;
use crate::keys::{self, Key, TableName};

/// An item of DynamoDB.
pub type Item = HashMap<String, AttributeValue>;

/// The name used for a table that the function doesn't use.
const NO_TABLE: &str = "none";

/// The data and the ephemeral table.
#[derive(Debug, Clone)]
pub struct Table {
    pub(crate) client: Client,
    data: Arc<str>,
    ephemeral: Arc<str>,
    deadline: Option<Instant>,
}

impl Table {
    /// Returns the tables that the function's environment names (`DATA_TABLE`, `EPHEMERAL_TABLE`).
    ///
    /// A function that doesn't use one of them isn't given its name. A call to that table then uses
    /// [`NO_TABLE`], which the function's policy refuses, and never the other table.
    #[must_use]
    pub fn new(client: Client, env: &Env) -> Self {
        let name = |variable| env.get(variable).unwrap_or(NO_TABLE).into();
        Self {
            client,
            data: name("DATA_TABLE"),
            ephemeral: name("EPHEMERAL_TABLE"),
            deadline: None,
        }
    }

    /// Returns the same tables for work that must end by `deadline`.
    #[must_use]
    pub fn until(&self, deadline: Instant) -> Self {
        Self { deadline: Some(deadline), ..self.clone() }
    }

    /// Returns the DynamoDB client, for the few calls that don't read items.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the actual name of a table.
    #[must_use]
    pub fn name(&self, table: TableName) -> &str {
        match table {
            TableName::Data => &self.data,
            TableName::Ephemeral => &self.ephemeral,
        }
    }

    /// Returns the time-out of the next call: five seconds, or the time left for the request.
    pub fn limit(&self) -> Duration {
        self.deadline.map_or(CALL_LIMIT, |deadline| {
            deadline.saturating_duration_since(Instant::now()).min(CALL_LIMIT)
        })
    }

    /// Runs a call within its time limit and maps its failure to an error.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if it took too long, was throttled or lost its connection;
    /// [`Error::Internal`] otherwise.
    pub async fn call<T, E>(&self, call: impl Future<Output = Result<T, SdkError<E>>>) -> Result<T>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        match tokio::time::timeout(self.limit(), call).await {
            Ok(answer) => answer.map_err(outcome),
            Err(elapsed) => Err(Error::Unavailable(elapsed.into())),
        }
    }

    /// Reads one item, consistently.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn get(&self, key: &Key) -> Result<Option<Item>> {
        let request = self
            .client
            .get_item()
            .table_name(self.name(key.table))
            .consistent_read(true)
            .set_key(Some(primary(key)));
        Ok(self.call(request.send()).await?.item)
    }

    /// Reads the state of an aggregate, consistently.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn load<A: Aggregate>(&self, key: &Key) -> Result<Option<Versioned<A>>> {
        self.get(key).await?.map(versioned).transpose()
    }

    /// Reads the items of one partition of the data table whose sort keys begin with `prefix` and
    /// come after `after`, oldest first, at most `limit`; also returns whether there are more.
    /// Consistent.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn partition(
        &self,
        pk: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<Item>, bool)> {
        self.range(pk, prefix, after, limit, true).await
    }

    async fn range(
        &self,
        pk: &str,
        prefix: &str,
        from: Option<&str>,
        limit: usize,
        forward: bool,
    ) -> Result<(Vec<Item>, bool)> {
        let mut items = Vec::new();
        let mut start = from.map(|sk| primary(&Key::data(pk, sk)));
        loop {
            let wanted = limit + 1 - items.len();
            let request =
                self.client.query().table_name(self.name(TableName::Data)).consistent_read(true);
            // DynamoDB rejects an empty text as a key.
            let request = if prefix.is_empty() {
                request.key_condition_expression("pk = :pk")
            } else {
                request
                    .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                    .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()))
            };
            let request = request
                .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
                .scan_index_forward(forward)
                .limit(i32::try_from(wanted).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start);
            let answer = self.call(request.send()).await?;
            items.extend(answer.items.unwrap_or_default());
            start = answer.last_evaluated_key;
            if start.is_none() || items.len() > limit {
                let more = items.len() > limit;
                items.truncate(limit);
                return Ok((items, more));
            }
        }
    }

    /// As [`Self::partition`], but newest first, and only items before `before`.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn partition_back(
        &self,
        pk: &str,
        prefix: &str,
        before: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<Item>, bool)> {
        self.range(pk, prefix, before, limit, false).await
    }

    /// Reads the events of an aggregate after version `after`, oldest first, at most `limit`; also
    /// returns whether there are more.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn events(
        &self,
        key: &Key,
        prefix: &str,
        after: u64,
        limit: usize,
    ) -> Result<(Vec<Envelope>, bool)> {
        let start = (after > 0).then(|| format!("{prefix}{after:010}"));
        let (items, more) = self.partition(&key.pk, prefix, start.as_deref(), limit).await?;
        let events = items.into_iter().map(event);
        Ok((events.collect::<Result<_>>()?, more))
    }

    /// Checks that a table responds.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn ping(&self, table: TableName) -> Result<()> {
        self.call(self.client.describe_table().table_name(self.name(table)).send()).await.map(drop)
    }
}

/// Returns the attributes of a primary key.
pub fn primary(key: &Key) -> Item {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(key.pk.clone())),
        ("sk".to_owned(), AttributeValue::S(key.sk.clone())),
    ])
}

/// Reads a text attribute.
///
/// # Errors
/// [`Error::Internal`] if it is missing or isn't a text: the item isn't one of ours.
pub fn text<'a>(item: &'a Item, name: &str) -> Result<&'a str> {
    match item.get(name) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(Error::internal(format!("an item has no text attribute {name}"))),
    }
}

/// Reads a whole-number attribute; `None` if it is missing or isn't a whole number.
#[must_use]
pub fn number(item: &Item, name: &str) -> Option<i64> {
    match item.get(name) {
        Some(AttributeValue::N(number)) => number.parse().ok(),
        _ => None,
    }
}

/// Converts a whole number to an attribute.
pub fn numeric(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Converts a count to an attribute.
pub fn counted(count: u64) -> AttributeValue {
    AttributeValue::N(count.to_string())
}

/// Returns the values of an expression, by their names in it.
pub fn values<const N: usize>(values: [(&str, AttributeValue); N]) -> Item {
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Converts bytes to an attribute.
pub fn binary(bytes: &[u8]) -> AttributeValue {
    AttributeValue::B(aws_sdk_dynamodb::primitives::Blob::new(bytes))
}

/// Converts a text to an attribute.
pub fn textual(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// Encodes a document as an attribute.
///
/// # Errors
/// As [`document::encode`].
pub fn document(document: &str) -> Result<AttributeValue> {
    Ok(binary(&document::encode(document)?))
}

/// Reads the document in an attribute.
///
/// # Errors
/// [`Error::Internal`] if the attribute is missing or isn't a document.
pub fn document_of(item: &Item, name: &str) -> Result<String> {
    match item.get(name) {
        Some(AttributeValue::B(stored)) => document::decode(stored.as_ref()),
        _ => Err(Error::internal(format!("an item has no document {name}"))),
    }
}

/// Reads an aggregate's state from its item.
///
/// # Errors
/// [`Error::Internal`] if the item isn't valid.
pub fn versioned<A: Aggregate>(item: Item) -> Result<Versioned<A>> {
    let state = document_of(&item, "state")?;
    let version = version(&item)?;
    let link = text(&item, "link")?.parse()?;
    Ok(Versioned { state: serde_json::from_str(&state).map_err(Error::internal)?, version, link })
}

/// Reads the version of an aggregate or an event.
pub fn version(item: &Item) -> Result<u64> {
    let version = number(item, "version").and_then(|version| u64::try_from(version).ok());
    version.ok_or_else(|| Error::internal("an item has no version"))
}

/// Reads the key of an item of the data table.
pub fn key(item: &Item) -> Result<Key> {
    Ok(Key::data(text(item, "pk")?, text(item, "sk")?))
}

/// Creates the item of an event. Its data is stored as a document: docs/adr/0042.
///
/// # Errors
/// [`Error::Internal`] if it can't be serialised.
pub fn event_item(event: &Envelope, data: &str) -> Result<Item> {
    let mut item: Item = serde_dynamo::to_item(event).map_err(Error::internal)?;
    item.insert("data".to_owned(), document(data)?);
    Ok(item)
}

/// Reads an event from its item, as returned by a table or its stream.
///
/// # Errors
/// [`Error::Internal`] if the item isn't valid.
pub fn event(item: impl Into<serde_dynamo::Item>) -> Result<Envelope> {
    Ok(event_as_stored(item)?.0)
}

/// Reads an event from its item without its data, which is null. It can be read even if a later
/// version wrote the document.
///
/// # Errors
/// [`Error::Internal`] if the item isn't valid.
pub fn event_without_data(item: impl Into<serde_dynamo::Item>) -> Result<Envelope> {
    let mut attributes = item.into().into_inner();
    attributes.insert("data".to_owned(), serde_dynamo::AttributeValue::Null(true));
    serde_dynamo::from_item(serde_dynamo::Item::from(attributes)).map_err(Error::internal)
}

/// Reads an event from its item, and its data as the text that its link was computed from.
///
/// # Errors
/// [`Error::Internal`] if the item isn't valid.
pub fn event_as_stored(item: impl Into<serde_dynamo::Item>) -> Result<(Envelope, String)> {
    let mut attributes = item.into().into_inner();
    let Some(serde_dynamo::AttributeValue::B(data)) = attributes.remove("data") else {
        return Err(Error::internal("an item is not an event"));
    };
    let data = document::decode(&data)?;
    let envelope = event_without_data(serde_dynamo::Item::from(attributes))?;
    Ok((Envelope { data: serde_json::from_str(&data).map_err(Error::internal)?, ..envelope }, data))
}

/// Deserialises a value from an attribute.
pub fn from_attribute<T: DeserializeOwned>(attribute: AttributeValue) -> Result<T> {
    serde_dynamo::from_attribute_value(attribute).map_err(Error::internal)
}

/// Returns the key with the partition that an aggregate's events share.
#[must_use]
pub fn events_of(kind: &str, id: &str) -> Key {
    keys::state(kind, id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::aws::Aws;

    fn of(variables: &[(&str, &str)]) -> Table {
        let aws = [
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ENDPOINT_URL", "http://localhost:1"),
        ];
        let all = aws.iter().chain(variables);
        let all: BTreeMap<_, _> =
            all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let env = Env::from_map(all);
        Table::new(Aws::new(&env, None).unwrap().dynamodb(), &env)
    }

    #[test]
    fn an_unnamed_table_is_never_the_other_one() {
        let names = |table: Table| {
            [TableName::Data, TableName::Ephemeral].map(|name| table.name(name).to_owned())
        };
        let (data, ephemeral) = (("DATA_TABLE", "data"), ("EPHEMERAL_TABLE", "ephemeral"));
        assert_eq!(names(of(&[data, ephemeral])), ["data", "ephemeral"]);
        assert_eq!(names(of(&[data])), ["data", NO_TABLE]);
        assert_eq!(names(of(&[ephemeral])), [NO_TABLE, "ephemeral"]);
        assert_eq!(names(of(&[])), [NO_TABLE, NO_TABLE]);
    }
}
