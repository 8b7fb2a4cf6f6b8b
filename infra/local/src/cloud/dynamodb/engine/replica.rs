//! A copy of the tables that lags behind, from which a global secondary index is read when faults
//! request stale reads.
//!
//! AWS doesn't specify when an index reflects a write to its table. Every write is applied to the
//! copy after a fixed delay, in order, so a stale response is one that the table really would have
//! returned at that time.

use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

use dynoxide::actions::create_table::{self, CreateTableRequest};
use dynoxide::actions::delete_item::{self, DeleteItemRequest};
use dynoxide::actions::delete_table::{self, DeleteTableRequest};
use dynoxide::actions::get_item::{self, GetItemRequest};
use dynoxide::actions::put_item::{self, PutItemRequest};
use dynoxide::actions::scan::{self, ScanRequest};
use dynoxide::actions::vector_lifecycle::VectorIndexLifecycle;
use dynoxide::storage::Storage;
use dynoxide::{DynoxideError, Result, TableMetadata};
use serde_json::{Value, json};

use crate::cloud::arn;
use crate::cloud::dynamodb::catalogue::Catalogue;
use crate::cloud::dynamodb::operation::{Attributes, On, Operation, ready};

/// The copy.
pub(super) struct Replica {
    storage: Storage,
    delay: Duration,
    followed: HashSet<String>,
    /// The changes not yet copied, oldest first.
    waiting: VecDeque<Change>,
}

struct Change {
    due: Instant,
    item: ItemKey,
    /// The new state of the item; `None` if it was deleted.
    state: Option<Attributes>,
}

/// An item's table and key.
pub(super) struct ItemKey {
    table: String,
    key: Attributes,
}

impl Replica {
    pub(super) fn new(delay: Duration) -> Result<Self> {
        Ok(Self {
            storage: Storage::memory()?,
            delay,
            followed: HashSet::new(),
            waiting: VecDeque::new(),
        })
    }

    /// Called before a write: starts to copy its tables, and returns the items that it may change.
    pub(super) fn before<O: Operation>(
        &mut self,
        operation: &O,
        source: &Storage,
        catalogue: &Catalogue,
    ) -> Result<Vec<ItemKey>> {
        let mut items = Vec::new();
        for (table, attributes) in operation.written_items() {
            self.follow(On::Table(table), source)?;
            let key = catalogue
                .key(table)
                .into_iter()
                .filter_map(|name| Some((name.clone(), attributes.get(&name)?.clone())))
                .collect();
            items.push(ItemKey { table: arn::table_name(table).to_owned(), key });
        }
        Ok(items)
    }

    /// Called after a write: records the new states of the items.
    pub(super) fn after(&mut self, items: Vec<ItemKey>, source: &Storage) -> Result<()> {
        let due = Instant::now() + self.delay;
        for item in items {
            let request = GetItemRequest {
                table_name: item.table.clone(),
                key: item.key.clone(),
                consistent_read: Some(true),
                ..GetItemRequest::default()
            };
            let state = ready(get_item::execute(source, request))?.item;
            self.waiting.push_back(Change { due, item, state });
        }
        Ok(())
    }

    /// Reads from the copy.
    pub(super) fn read<O: Operation>(
        &mut self,
        operation: O,
        vectors: &VectorIndexLifecycle,
    ) -> Result<O::Answer> {
        let now = Instant::now();
        while let Some(change) = self.waiting.pop_front_if(|change| change.due <= now) {
            self.apply(change)?;
        }
        operation.run(&self.storage, vectors)
    }

    fn apply(&self, change: Change) -> Result<()> {
        let Change { item: ItemKey { table, key }, state, .. } = change;
        match state {
            Some(item) => put(&self.storage, table, item),
            None => {
                let request =
                    DeleteItemRequest { table_name: table, key, ..DeleteItemRequest::default() };
                ready(delete_item::execute(&self.storage, request)).map(drop)
            }
        }
    }

    /// Starts to copy a table, from its present state.
    pub(super) fn follow(&mut self, on: On<'_>, source: &Storage) -> Result<()> {
        let (On::Table(name) | On::Index(name, _)) = on else {
            return Ok(());
        };
        let name = arn::table_name(name);
        if self.followed.contains(name) {
            return Ok(());
        }
        let Some(table) = source.get_table_metadata(name)? else {
            return Ok(());
        };
        ready(create_table::execute(&self.storage, same_table(&table)?))?;
        let mut from = None;
        loop {
            let page = ScanRequest {
                table_name: name.to_owned(),
                exclusive_start_key: from,
                ..ScanRequest::default()
            };
            let page = ready(scan::execute(source, page))?;
            for item in page.items.unwrap_or_default() {
                put(&self.storage, name.to_owned(), item)?;
            }
            from = page.last_evaluated_key;
            if from.is_none() {
                break;
            }
        }
        self.followed.insert(name.to_owned());
        Ok(())
    }

    /// Drops the copy of a table whose description changed.
    pub(super) fn forget(&mut self, name: &str, vectors: &VectorIndexLifecycle) {
        self.waiting.retain(|change| change.item.table != name);
        if self.followed.remove(name) {
            let request = DeleteTableRequest { table_name: name.to_owned() };
            if let Err(error) = ready(delete_table::execute(&self.storage, request, vectors)) {
                tracing::warn!(%error, name, "cannot drop the lagging copy of a table");
            }
        }
    }
}

fn put(storage: &Storage, table: String, item: Attributes) -> Result<()> {
    let request = PutItemRequest { table_name: table, item, ..PutItemRequest::default() };
    ready(put_item::execute(storage, request)).map(drop)
}

/// Returns the request that would create a table with the same keys and indexes.
fn same_table(table: &TableMetadata) -> Result<CreateTableRequest> {
    let failed = |error: serde_json::Error| DynoxideError::InternalServerError(error.to_string());
    let json = |text: &str| serde_json::from_str::<Value>(text).map_err(failed);
    let mut request = json!({
        "TableName": table.table_name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": json(&table.key_schema)?,
        "AttributeDefinitions": json(&table.attribute_definitions)?,
    });
    for (kind, definitions) in [
        ("GlobalSecondaryIndexes", &table.gsi_definitions),
        ("LocalSecondaryIndexes", &table.lsi_definitions),
    ] {
        if let Some(definitions) = definitions {
            request[kind] = json(definitions)?;
        }
    }
    serde_json::from_value(request).map_err(failed)
}
