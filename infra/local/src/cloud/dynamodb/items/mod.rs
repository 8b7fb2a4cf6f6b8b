//! Operations on one item, or on the items of one table.

mod many;

use dynoxide::actions::delete_item::{self, DeleteItemRequest, DeleteItemResponse};
use dynoxide::actions::get_item::{self, GetItemRequest, GetItemResponse};
use dynoxide::actions::put_item::{self, PutItemRequest, PutItemResponse};
use dynoxide::actions::query::{self, QueryRequest, QueryResponse};
use dynoxide::actions::scan::{self, ScanRequest, ScanResponse};
use dynoxide::actions::update_item::{self, UpdateItemRequest, UpdateItemResponse};
use dynoxide::actions::vector_lifecycle::VectorIndexLifecycle;
use dynoxide::{Result, storage::Storage};

use super::catalogue::Catalogue;
use super::catalogue::projection::Asked;
use super::operation::{Attributes, Keys, On, Operation, Touch, ready};

impl Operation for GetItemRequest {
    type Answer = GetItemResponse;
    const NAME: &'static str = "dynamodb:GetItem";

    fn touches(&self) -> Vec<Touch<'_>> {
        vec![Touch::item(Self::NAME, &self.table_name, &self.key)]
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(get_item::execute(storage, self))
    }
}

impl Operation for PutItemRequest {
    type Answer = PutItemResponse;
    const NAME: &'static str = "dynamodb:PutItem";

    fn touches(&self) -> Vec<Touch<'_>> {
        vec![Touch::item(Self::NAME, &self.table_name, &self.item)]
    }

    fn written(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.table_name.as_str())
    }

    fn written_items(&self) -> Vec<(&str, &Attributes)> {
        vec![(&self.table_name, &self.item)]
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(put_item::execute(storage, self))
    }
}

impl Operation for UpdateItemRequest {
    type Answer = UpdateItemResponse;
    const NAME: &'static str = "dynamodb:UpdateItem";

    fn touches(&self) -> Vec<Touch<'_>> {
        vec![Touch::item(Self::NAME, &self.table_name, &self.key)]
    }

    fn written(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.table_name.as_str())
    }

    fn written_items(&self) -> Vec<(&str, &Attributes)> {
        vec![(&self.table_name, &self.key)]
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(update_item::execute(storage, self))
    }
}

impl Operation for DeleteItemRequest {
    type Answer = DeleteItemResponse;
    const NAME: &'static str = "dynamodb:DeleteItem";

    fn touches(&self) -> Vec<Touch<'_>> {
        vec![Touch::item(Self::NAME, &self.table_name, &self.key)]
    }

    fn written(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.table_name.as_str())
    }

    fn written_items(&self) -> Vec<(&str, &Attributes)> {
        vec![(&self.table_name, &self.key)]
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(delete_item::execute(storage, self))
    }
}

impl Operation for QueryRequest {
    type Answer = QueryResponse;
    const NAME: &'static str = "dynamodb:Query";

    fn touches(&self) -> Vec<Touch<'_>> {
        let keys = match &self.key_condition_expression {
            Some(expression) => Keys::Condition {
                expression,
                names: self.expression_attribute_names.as_ref(),
                values: self.expression_attribute_values.as_ref(),
            },
            None => Keys::Unread,
        };
        vec![Touch {
            action: Self::NAME,
            on: table_or_index(&self.table_name, self.index_name.as_deref()),
            keys,
        }]
    }

    fn reads_global_index(&self, catalogue: &Catalogue) -> bool {
        self.index_name
            .as_deref()
            .is_some_and(|index| catalogue.is_global_index(&self.table_name, index))
    }

    fn asked(&self) -> Option<Asked<'_>> {
        Some(Asked {
            table: &self.table_name,
            index: self.index_name.as_deref()?,
            expression: self.projection_expression.as_deref(),
            names: self.expression_attribute_names.as_ref(),
            attributes: self.attributes_to_get.as_deref(),
        })
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(query::execute(storage, self))
    }
}

impl Operation for ScanRequest {
    type Answer = ScanResponse;
    const NAME: &'static str = "dynamodb:Scan";

    fn touches(&self) -> Vec<Touch<'_>> {
        vec![Touch {
            action: Self::NAME,
            on: table_or_index(&self.table_name, self.index_name.as_deref()),
            // AWS sets no leading keys for a scan; but a policy that restricts leading keys must
            // not allow scans.
            keys: Keys::Unread,
        }]
    }

    fn reads_global_index(&self, catalogue: &Catalogue) -> bool {
        self.index_name
            .as_deref()
            .is_some_and(|index| catalogue.is_global_index(&self.table_name, index))
    }

    fn asked(&self) -> Option<Asked<'_>> {
        Some(Asked {
            table: &self.table_name,
            index: self.index_name.as_deref()?,
            expression: self.projection_expression.as_deref(),
            names: self.expression_attribute_names.as_ref(),
            attributes: self.attributes_to_get.as_deref(),
        })
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Self::Answer> {
        ready(scan::execute(storage, self))
    }
}

fn table_or_index<'a>(table: &'a str, index: Option<&'a str>) -> On<'a> {
    match index {
        Some(index) => On::Index(table, index),
        None => On::Table(table),
    }
}
