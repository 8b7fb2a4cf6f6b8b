//! What all operations of DynamoDB have in common.

use std::collections::HashMap;

use dynoxide::actions::vector_lifecycle::VectorIndexLifecycle;
use dynoxide::storage::Storage;
use dynoxide::{AttributeValue, DynoxideError};
use futures::FutureExt;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::catalogue::Catalogue;
use super::catalogue::projection::Asked;
use crate::cloud::error::AwsError;

/// Attributes by name: an item, or a key.
pub(super) type Attributes = HashMap<String, AttributeValue>;

/// An answer as it goes to the client.
pub(super) type Written = Result<Vec<u8>, AwsError>;

/// A request that the engine can run.
pub(super) trait Operation: DeserializeOwned + Send + 'static {
    /// What the engine answers.
    type Answer: Serialize + Send + 'static;

    /// The IAM action; of operations on many items, the name by which faults know them.
    const NAME: &'static str;

    /// What it does to which resources, for IAM.
    fn touches(&self) -> Vec<Touch<'_>>;

    /// The tables that it may write to.
    fn written(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }

    /// The items (or keys) that it may write.
    fn written_items(&self) -> Vec<(&str, &Attributes)> {
        Vec::new()
    }

    /// The table whose description may change.
    fn altered(&self) -> Option<&str> {
        None
    }

    /// The table that it describes.
    fn described(&self) -> Option<&str> {
        None
    }

    /// The token under which it is done once only.
    fn token(&self) -> Option<&str> {
        None
    }

    /// Whether it reads a global secondary index.
    fn reads_global_index(&self, _: &Catalogue) -> bool {
        false
    }

    /// What it wants to see of a global or local secondary index.
    fn asked(&self) -> Option<Asked<'_>> {
        None
    }

    /// Runs it.
    fn run(
        self,
        storage: &Storage,
        vectors: &VectorIndexLifecycle,
    ) -> Result<Self::Answer, DynoxideError>;

    /// Writes the answer.
    fn write(answer: &Self::Answer, _region: &str) -> Written {
        serde_json::to_vec(answer).map_err(|error| AwsError::internal(error.to_string()))
    }
}

/// One action on one resource.
#[derive(Clone, Copy, Debug)]
pub(super) struct Touch<'a> {
    pub(super) action: &'static str,
    pub(super) on: On<'a>,
    pub(super) keys: Keys<'a>,
}

/// A resource as a request names it.
#[derive(Clone, Copy, Debug)]
pub(super) enum On<'a> {
    /// A table by name or ARN.
    Table(&'a str),
    /// An index of a table.
    Index(&'a str, &'a str),
    /// The stream of a table.
    Stream(&'a str),
    /// Everything: operations that name no resource.
    Anything,
}

/// Where the partition keys of a touch stand.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keys<'a> {
    /// There are none: the touch isn't on items, or is on all.
    None,
    /// In an item or key.
    Item(&'a Attributes),
    /// In a key condition.
    Condition {
        expression: &'a str,
        names: Option<&'a HashMap<String, String>>,
        values: Option<&'a Attributes>,
    },
    /// In a form that is not read: no policy may match it.
    Unread,
}

impl<'a> Touch<'a> {
    pub(super) fn table(action: &'static str, table: &'a str) -> Self {
        Self { action, on: On::Table(table), keys: Keys::None }
    }

    pub(super) fn item(action: &'static str, table: &'a str, item: &'a Attributes) -> Self {
        Self { action, on: On::Table(table), keys: Keys::Item(item) }
    }

    pub(super) fn anything(action: &'static str) -> Self {
        Self { action, on: On::Anything, keys: Keys::None }
    }
}

/// The result of one of the engine's futures. Those of this storage never wait.
pub(super) fn ready<T>(
    future: impl Future<Output = Result<T, DynoxideError>>,
) -> Result<T, DynoxideError> {
    future
        .now_or_never()
        .unwrap_or_else(|| Err(DynoxideError::InternalServerError("the engine waited".to_owned())))
}
