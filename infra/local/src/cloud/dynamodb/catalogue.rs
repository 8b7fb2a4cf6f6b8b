//! What is known of the tables without asking the engine.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use dynoxide::TableMetadata;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::arns::real_label;
use crate::cloud::arn;

/// The tables' keys and streams.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    tables: RwLock<HashMap<String, Arc<Table>>>,
}

/// What is known of one table.
#[derive(Debug)]
struct Table {
    /// Names of the key attributes, the partition key first.
    key: Vec<String>,
    /// The partition key of each index, and whether the index is global.
    indexes: HashMap<String, (String, bool)>,
    stream_label: Option<String>,
}

impl Catalogue {
    /// Notes what a table is, or that it is gone.
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

    /// Whether writes to a table go to a stream.
    pub(super) fn has_stream(&self, table: &str) -> bool {
        self.table(table).is_some_and(|table| table.stream_label.is_some())
    }

    /// The label of a table's stream, as it stands in its ARN.
    pub(super) fn stream_label(&self, table: &str) -> Option<String> {
        self.table(table)?.stream_label.clone()
    }

    /// The name of the partition key of a table or of one of its indexes.
    pub(super) fn partition_key(&self, table: &str, index: Option<&str>) -> Option<String> {
        let table = self.table(table)?;
        match index {
            Some(index) => table.indexes.get(index).map(|(key, _)| key.clone()),
            None => table.key.first().cloned(),
        }
    }

    /// Whether the index is a global secondary index (a local one is never stale when read consistently).
    pub(super) fn is_global_index(&self, table: &str, index: &str) -> bool {
        self.table(table).is_some_and(|table| table.indexes.get(index).is_some_and(|(_, global)| *global))
    }

    /// The names of a table's key attributes.
    pub(super) fn key(&self, table: &str) -> Vec<String> {
        self.table(table).map(|table| table.key.clone()).unwrap_or_default()
    }
}

impl Table {
    fn read(table: &TableMetadata) -> Self {
        let indexes = |definitions: &Option<String>, global: bool| {
            let definitions: Vec<Value> = definitions.as_deref().map(json).unwrap_or_default();
            definitions.into_iter().filter_map(move |index| {
                let name = index["IndexName"].as_str()?.to_owned();
                Some((name, (key_names(&index["KeySchema"]).into_iter().next()?, global)))
            })
        };
        Self {
            key: key_names(&json(&table.key_schema)),
            indexes: indexes(&table.gsi_definitions, true).chain(indexes(&table.lsi_definitions, false)).collect(),
            stream_label: table.stream_label.as_deref().filter(|_| table.stream_enabled).map(real_label),
        }
    }
}

/// What the engine wrote it can read.
fn json<T: DeserializeOwned + Default>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_default()
}

/// Key attributes, partition key first.
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
