//! `DescribeTable`. The engine would read every entry of every index to compute their sizes, and
//! block all other calls; AWS updates these figures every six hours. Here items are counted by
//! reading one index of the table, and sizes are estimated from the first items.

use dynoxide::Result;
use dynoxide::actions::describe_table::{self, DescribeTableRequest, DescribeTableResponse};
use dynoxide::actions::vector_lifecycle::VectorIndexLifecycle;
use dynoxide::storage::Storage;
use rusqlite::types::Value as Column;
use rusqlite::{Connection, params_from_iter};

use crate::cloud::dynamodb::catalogue::arns::with_real_arns;
use crate::cloud::dynamodb::operation::{Operation, Touch, Written, ready};

/// Number of items from which the size is estimated.
const SAMPLE: i64 = 1_000;

impl Operation for DescribeTableRequest {
    type Answer = DescribeTableResponse;
    const NAME: &'static str = "dynamodb:DescribeTable";

    fn touches(&self) -> Vec<Touch<'_>> {
        vec![Touch::table(Self::NAME, &self.table_name)]
    }

    fn described(&self) -> Option<&str> {
        Some(&self.table_name)
    }

    fn run(self, storage: &Storage, vectors: &VectorIndexLifecycle) -> Result<Self::Answer> {
        let name = self.table_name.clone();
        let empty = Storage::memory()?;
        copy_description(storage.conn(), empty.conn(), &name)?;
        let mut answer = ready(describe_table::execute(&empty, self, vectors))?;
        let table = &mut answer.table;
        let figures = |entries: &str| figures(storage.conn(), entries, "length(item_json)");
        (table.item_count, table.table_size_bytes) =
            self::figures(storage.conn(), &name, "item_size")?;
        for index in table.global_secondary_indexes.iter_mut().flatten() {
            (index.item_count, index.index_size_bytes) =
                figures(&format!("{name}::gsi::{}", index.index_name))?;
        }
        for index in table.local_secondary_indexes.iter_mut().flatten() {
            (index.item_count, index.index_size_bytes) =
                figures(&format!("{name}::lsi::{}", index.index_name))?;
        }
        Ok(answer)
    }

    fn write(answer: &Self::Answer, region: &str) -> Written {
        with_real_arns(answer, region)
    }
}

/// Copies the engine's row about a table to a database without the table's items.
fn copy_description(from: &Connection, to: &Connection, table: &str) -> Result<()> {
    let mut statement = from.prepare_cached("SELECT * FROM _tables WHERE table_name = ?1")?;
    let names: Vec<String> =
        statement.column_names().iter().map(|name| format!("\"{name}\"")).collect();
    let mut rows = statement.query([table])?;
    let Some(row) = rows.next()? else { return Ok(()) };
    let values = (0..names.len())
        .map(|at| row.get::<_, Column>(at))
        .collect::<std::result::Result<Vec<_>, _>>()?;
    let places = vec!["?"; names.len()].join(", ");
    to.execute(
        &format!("INSERT INTO _tables ({}) VALUES ({places})", names.join(", ")),
        params_from_iter(values),
    )?;
    Ok(())
}

/// Returns how many entries a table of the engine has, and about how many bytes.
fn figures(
    connection: &Connection,
    entries: &str,
    size: &str,
) -> Result<(Option<i64>, Option<i64>)> {
    let entries = entries.replace('"', "\"\"");
    let count: i64 =
        connection
            .query_row(&format!("SELECT count(*) FROM \"{entries}\""), [], |row| row.get(0))?;
    let sample = format!(
        "SELECT count(*), ifnull(sum({size}), 0) FROM (SELECT * FROM \"{entries}\" LIMIT {SAMPLE})"
    );
    let (looked_at, bytes): (i64, i64) =
        connection.query_row(&sample, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((Some(count), Some(if looked_at > 0 { bytes.saturating_mul(count) / looked_at } else { 0 })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dynoxide::actions::create_table::CreateTableRequest;
    use dynoxide::actions::put_item::PutItemRequest;
    use serde_json::{Value, json};

    fn run<O: Operation>(storage: &Storage, request: Value) -> O::Answer {
        serde_json::from_value::<O>(request)
            .unwrap()
            .run(storage, &VectorIndexLifecycle::new())
            .unwrap()
    }

    #[test]
    fn a_description_is_the_engines_own_with_all_items_counted() {
        let storage = Storage::memory().unwrap();
        let table = json!({
            "TableName": "Data",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                { "AttributeName": "pk", "AttributeType": "S" }, { "AttributeName": "owner", "AttributeType": "S" },
            ],
            "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
            "GlobalSecondaryIndexes": [{
                "IndexName": "by-owner",
                "KeySchema": [{ "AttributeName": "owner", "KeyType": "HASH" }],
                "Projection": { "ProjectionType": "KEYS_ONLY" },
            }],
            "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" },
        });
        run::<CreateTableRequest>(&storage, table);
        for number in 0..5 {
            let mut item = json!({ "pk": { "S": number.to_string() } });
            if number < 3 {
                item["owner"] = json!({ "S": "ann" });
            }
            run::<PutItemRequest>(&storage, json!({ "TableName": "Data", "Item": item }));
        }
        let request: DescribeTableRequest =
            serde_json::from_value(json!({ "TableName": "Data" })).unwrap();
        let theirs =
            ready(describe_table::execute(&storage, request, &VectorIndexLifecycle::new()))
                .unwrap();
        let mut theirs = serde_json::to_value(theirs).unwrap();
        let mut ours = serde_json::to_value(run::<DescribeTableRequest>(
            &storage,
            json!({ "TableName": "Data" }),
        ))
        .unwrap();
        // The size of an index is an estimate.
        assert!(ours["Table"]["GlobalSecondaryIndexes"][0]["IndexSizeBytes"].as_i64().unwrap() > 0);
        for description in [&mut ours, &mut theirs] {
            description["Table"]["GlobalSecondaryIndexes"][0]["IndexSizeBytes"] = json!(null);
        }
        assert_eq!(ours, theirs);
        assert_eq!(
            (&ours["Table"]["ItemCount"], &ours["Table"]["GlobalSecondaryIndexes"][0]["ItemCount"]),
            (&json!(5), &json!(3))
        );
    }
}
