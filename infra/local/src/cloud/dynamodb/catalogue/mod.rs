//! Cached metadata of the tables, available without a call to the engine.

pub(super) mod arns;
pub(super) mod projection;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use dynoxide::TableMetadata;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cloud::arn;
use arns::real_label;

/// The tables' keys and streams.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    tables: RwLock<HashMap<String, Arc<Table>>>,
}

/// The cached metadata of one table.
#[derive(Debug)]
struct Table {
    /// Names of the key attributes, the partition key first.
    key: Vec<String>,
    indexes: HashMap<String, Index>,
    stream_label: Option<String>,
}

/// The cached metadata of an index.
#[derive(Debug)]
struct Index {
    partition_key: String,
    global: bool,
    /// The names of the projected attributes; `None` if all are projected.
    projected: Option<Arc<[String]>>,
}

impl Catalogue {
    /// Updates the metadata of a table, or removes it if the table was deleted.
    pub(super) fn note(&self, name: &str, table: Option<&TableMetadata>) {
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        match table {
            Some(table) => tables.insert(name.to_owned(), Arc::new(Table::read(table))),
            None => tables.remove(name),
        };
    }

    fn table(&self, name_or_arn: &str) -> Option<Arc<Table>> {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        tables.get(arn::table_name(name_or_arn)).map(Arc::clone)
    }

    /// Returns whether writes to a table go to a stream.
    pub(super) fn has_stream(&self, table: &str) -> bool {
        self.table(table).is_some_and(|table| table.stream_label.is_some())
    }

    /// Returns the label of a table's stream, as its ARN contains it.
    pub(super) fn stream_label(&self, table: &str) -> Option<String> {
        self.table(table)?.stream_label.clone()
    }

    /// Returns the name of the partition key of a table or of one of its indexes.
    pub(super) fn partition_key(&self, table: &str, index: Option<&str>) -> Option<String> {
        let table = self.table(table)?;
        match index {
            Some(index) => table.indexes.get(index).map(|index| index.partition_key.clone()),
            None => table.key.first().cloned(),
        }
    }

    /// Returns whether the index is a global secondary index (a local one is never stale when read
    /// consistently).
    pub(super) fn is_global_index(&self, table: &str, index: &str) -> bool {
        self.table(table)
            .is_some_and(|table| table.indexes.get(index).is_some_and(|index| index.global))
    }

    /// Returns the attributes that are projected into a global secondary index. `None` if all are,
    /// or if there is no such index.
    pub(super) fn projected(&self, table: &str, index: &str) -> Option<Arc<[String]>> {
        self.table(table)?.indexes.get(index).filter(|index| index.global)?.projected.clone()
    }

    /// Returns the names of a table's key attributes.
    pub(super) fn key(&self, table: &str) -> Vec<String> {
        self.table(table).map(|table| table.key.clone()).unwrap_or_default()
    }
}

impl Table {
    fn read(table: &TableMetadata) -> Self {
        let key = key_names(&json(&table.key_schema));
        let indexes = |definitions: &Option<String>, global: bool| {
            let key = key.clone();
            let definitions: Vec<Value> = definitions.as_deref().map(json).unwrap_or_default();
            definitions.into_iter().filter_map(move |index| {
                let name = index["IndexName"].as_str()?.to_owned();
                let own_key = key_names(&index["KeySchema"]);
                let partition_key = own_key.first()?.clone();
                let projection = &index["Projection"];
                let included = projection["NonKeyAttributes"].as_array().into_iter().flatten();
                let included = included.filter_map(|name| name.as_str().map(str::to_owned));
                let partial =
                    matches!(projection["ProjectionType"].as_str(), Some("KEYS_ONLY" | "INCLUDE"));
                let projected =
                    partial.then(|| key.iter().cloned().chain(own_key).chain(included).collect());
                Some((name, Index { partition_key, global, projected }))
            })
        };
        Self {
            indexes: indexes(&table.gsi_definitions, true)
                .chain(indexes(&table.lsi_definitions, false))
                .collect(),
            key,
            stream_label: table
                .stream_label
                .as_deref()
                .filter(|_| table.stream_enabled)
                .map(real_label),
        }
    }
}

/// Parses JSON that the engine has written.
fn json<T: DeserializeOwned + Default>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_default()
}

/// Returns the names of the key attributes, partition key first.
fn key_names(schema: &Value) -> Vec<String> {
    let of_kind = |kind: &'static str| {
        schema
            .as_array()
            .into_iter()
            .flatten()
            .filter(move |element| element["KeyType"] == kind)
            .filter_map(|element| Some(element["AttributeName"].as_str()?.to_owned()))
    };
    of_kind("HASH").chain(of_kind("RANGE")).collect()
}
