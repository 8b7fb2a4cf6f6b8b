//! Operations on many items: batches and transactions. IAM authorizes what they do to each item.

use dynoxide::actions::batch_get_item::{self, BatchGetItemRequest, BatchGetItemResponse};
use dynoxide::actions::batch_write_item::{self, BatchWriteItemRequest, BatchWriteItemResponse};
use dynoxide::actions::transact_get_items::{
    self, TransactGetItemsRequest, TransactGetItemsResponse,
};
use dynoxide::actions::transact_write_items::{
    self, TransactWriteItem, TransactWriteItemsRequest, TransactWriteItemsResponse,
};
use dynoxide::actions::vector_lifecycle::VectorIndexLifecycle;
use dynoxide::{Result, storage::Storage};

use crate::cloud::dynamodb::operation::{Attributes, Operation, Touch, ready};

impl Operation for BatchGetItemRequest {
    type Answer = BatchGetItemResponse;
    const NAME: &'static str = "dynamodb:BatchGetItem";

    fn touches(&self) -> Vec<Touch<'_>> {
        self.request_items
            .iter()
            .flat_map(|(table, wanted)| {
                wanted.keys.iter().map(|key| Touch::item(Self::NAME, table, key))
            })
            .collect()
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(batch_get_item::execute(storage, self))
    }
}

impl Operation for BatchWriteItemRequest {
    type Answer = BatchWriteItemResponse;
    const NAME: &'static str = "dynamodb:BatchWriteItem";

    fn touches(&self) -> Vec<Touch<'_>> {
        self.written_items()
            .into_iter()
            .map(|(table, item)| Touch::item(Self::NAME, table, item))
            .collect()
    }

    fn written(&self) -> impl Iterator<Item = &str> {
        self.request_items.keys().map(String::as_str)
    }

    fn written_items(&self) -> Vec<(&str, &Attributes)> {
        self.request_items
            .iter()
            .flat_map(|(table, writes)| {
                writes.iter().filter_map(move |write| {
                    let put = write.put_request.as_ref().map(|put| &put.item);
                    let delete = write.delete_request.as_ref().map(|delete| &delete.key);
                    Some((table.as_str(), put.or(delete)?))
                })
            })
            .collect()
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(batch_write_item::execute(storage, self))
    }
}

impl Operation for TransactGetItemsRequest {
    type Answer = TransactGetItemsResponse;
    const NAME: &'static str = "dynamodb:TransactGetItems";

    fn touches(&self) -> Vec<Touch<'_>> {
        self.transact_items
            .iter()
            .map(|item| Touch::item("dynamodb:GetItem", &item.get.table_name, &item.get.key))
            .collect()
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(transact_get_items::execute(storage, self))
    }
}

impl Operation for TransactWriteItemsRequest {
    type Answer = TransactWriteItemsResponse;
    const NAME: &'static str = "dynamodb:TransactWriteItems";

    fn touches(&self) -> Vec<Touch<'_>> {
        self.transact_items
            .iter()
            .filter_map(action)
            .map(|(action, table, item)| Touch::item(action, table, item))
            .collect()
    }

    fn written(&self) -> impl Iterator<Item = &str> {
        self.transact_items.iter().filter_map(written).map(|(table, _)| table)
    }

    fn written_items(&self) -> Vec<(&str, &Attributes)> {
        self.transact_items.iter().filter_map(written).collect()
    }

    fn token(&self) -> Option<&str> {
        self.client_request_token.as_deref()
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(transact_write_items::execute(storage, self))
    }
}

/// Returns the IAM action of one part of a transaction, its table, and its item or key.
fn action(part: &TransactWriteItem) -> Option<(&'static str, &str, &Attributes)> {
    if let Some(put) = &part.put {
        Some(("dynamodb:PutItem", &put.table_name, &put.item))
    } else if let Some(update) = &part.update {
        Some(("dynamodb:UpdateItem", &update.table_name, &update.key))
    } else if let Some(delete) = &part.delete {
        Some(("dynamodb:DeleteItem", &delete.table_name, &delete.key))
    } else {
        let check = part.condition_check.as_ref()?;
        Some(("dynamodb:ConditionCheckItem", &check.table_name, &check.key))
    }
}

fn written(part: &TransactWriteItem) -> Option<(&str, &Attributes)> {
    let (action, table, item) = action(part)?;
    (action != "dynamodb:ConditionCheckItem").then_some((table, item))
}
