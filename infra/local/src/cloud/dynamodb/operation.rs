//! The interface that all operations of DynamoDB share.

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

/// A serialized response.
pub(super) type Written = Result<Vec<u8>, AwsError>;

/// A request that the engine can run.
pub(super) trait Operation: DeserializeOwned + Send + 'static {
    /// The engine's response.
    type Answer: Serialize + Send + 'static;

    /// The IAM action; for operations on many items, the name by which fault rules refer to them.
    const NAME: &'static str;

    /// Returns the actions and resources for IAM.
    fn touches(&self) -> Vec<Touch<'_>>;

    /// Returns the tables that it may write to.
    fn written(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }

    /// Returns the items (or keys) that it may write.
    fn written_items(&self) -> Vec<(&str, &Attributes)> {
        Vec::new()
    }

    /// Returns the table whose description may change.
    fn altered(&self) -> Option<&str> {
        None
    }

    /// Returns the table that it describes.
    fn described(&self) -> Option<&str> {
        None
    }

    /// Returns the token under which it is executed only once.
    fn token(&self) -> Option<&str> {
        None
    }

    /// Returns whether it reads a global secondary index.
    fn reads_global_index(&self, _: &Catalogue) -> bool {
        false
    }

    /// Returns the attributes that it requests of a global or local secondary index.
    fn asked(&self) -> Option<Asked<'_>> {
        None
    }

    /// Runs the operation.
    fn run(
        self,
        storage: &Storage,
        vectors: &VectorIndexLifecycle,
    ) -> Result<Self::Answer, DynoxideError>;

    /// Serializes the response.
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
    /// All resources: operations that name none.
    Anything,
}

/// Where to find the partition keys of an access.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keys<'a> {
    /// None: the access isn't to items, or is to all.
    None,
    /// In an item or key.
    Item(&'a Attributes),
    /// In a key condition.
    Condition {
        expression: &'a str,
        names: Option<&'a HashMap<String, String>>,
        values: Option<&'a Attributes>,
    },
    /// In a form that is not parsed: no policy may match it.
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

/// Returns the result of one of the engine's futures. With this storage, they never wait.
pub(super) fn ready<T>(
    future: impl Future<Output = Result<T, DynoxideError>>,
) -> Result<T, DynoxideError> {
    future
        .now_or_never()
        .unwrap_or_else(|| Err(DynoxideError::InternalServerError("the engine waited".to_owned())))
}
