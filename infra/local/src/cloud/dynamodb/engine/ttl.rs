//! Deletes expired items, a page at a time so that other calls are not blocked, and stream records
//! older than a day.

use std::collections::HashMap;

use dynoxide::actions::delete_item::DeleteItemRequest;
use dynoxide::actions::scan::{self, ScanRequest};
use dynoxide::{AttributeValue, Result};

use super::Engine;
use super::once;
use crate::cloud::dynamodb::DynamoDb;
use crate::cloud::dynamodb::operation::{Attributes, ready};

/// Items that are scanned at a time: some milliseconds.
const PAGE: usize = 250;
/// How long a stream retains records: a day.
const STREAM_SECONDS: u64 = 24 * 60 * 60;
/// The identity in a stream record of an item that DynamoDB itself deleted.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html>
const BY_TTL: &str = r#"
    CREATE TEMP TRIGGER deleted_by_ttl AFTER INSERT ON main._stream_records
    BEGIN
        UPDATE _stream_records SET user_identity = '{"type":"Service","principalId":"dynamodb.amazonaws.com"}' WHERE id = NEW.id;
    END"#;

impl DynamoDb {
    /// Goes once through all tables with a time to live, and deletes expired stream records and
    /// request tokens.
    pub(in crate::cloud) async fn sweep(&self) -> anyhow::Result<()> {
        let now = u64::try_from(crate::time::now().as_second())?;
        let mut deleted = 0;
        for (table, attribute) in self.db.run(|engine| engine.tables_with_expiry()).await?? {
            let mut from = None;
            loop {
                let (table, attribute) = (table.clone(), attribute.clone());
                let page =
                    move |engine: &mut Engine| engine.sweep_page(&table, &attribute, now, from);
                let (count, next) = self.db.run(page).await??;
                deleted += count;
                if next.is_none() {
                    break;
                }
                from = next;
            }
        }
        self.db
            .run(move |engine| engine.forget_records(now.saturating_sub(STREAM_SECONDS)))
            .await??;
        self.db.run(|engine| once::sweep(engine.storage.conn())).await??;
        if deleted > 0 {
            self.written.send_modify(|count| *count = count.wrapping_add(1));
            tracing::debug!(deleted, "expired items");
        }
        Ok(())
    }
}

impl Engine {
    fn tables_with_expiry(&self) -> Result<Vec<(String, String)>> {
        let tables = self.storage.list_ttl_enabled_tables()?;
        Ok(tables
            .into_iter()
            .filter_map(|table| Some((table.table_name, table.ttl_attribute?)))
            .collect())
    }

    /// Deletes the expired items of one page. Returns their number, and where the next page begins.
    fn sweep_page(
        &mut self,
        table: &str,
        attribute: &str,
        now: u64,
        from: Option<Attributes>,
    ) -> Result<(usize, Option<Attributes>)> {
        let expired = "#expiry < :now AND attribute_type(#expiry, :number)";
        let names = || Some(HashMap::from([("#expiry".to_owned(), attribute.to_owned())]));
        let values = || {
            Some(HashMap::from([
                (":now".to_owned(), AttributeValue::N(now.to_string())),
                (":number".to_owned(), AttributeValue::S("N".to_owned())),
            ]))
        };
        let page = ScanRequest {
            table_name: table.to_owned(),
            filter_expression: Some(expired.to_owned()),
            expression_attribute_names: names(),
            expression_attribute_values: values(),
            limit: Some(PAGE),
            exclusive_start_key: from,
            ..ScanRequest::default()
        };
        let page = ready(scan::execute(&self.storage, page))?;
        let items = page.items.unwrap_or_default();
        let count = items.len();
        if items.is_empty() {
            return Ok((0, page.last_evaluated_key));
        }
        let key_names = self.key_names(table);
        self.storage.conn().execute_batch(BY_TTL)?;
        let deleted = self.delete_all(table, items, &key_names);
        self.storage.conn().execute_batch("DROP TRIGGER temp.deleted_by_ttl")?;
        deleted.map(|()| (count, page.last_evaluated_key))
    }

    fn delete_all(
        &mut self,
        table: &str,
        items: Vec<Attributes>,
        key_names: &[String],
    ) -> Result<()> {
        for mut item in items {
            item.retain(|name, _| key_names.contains(name));
            let delete = DeleteItemRequest {
                table_name: table.to_owned(),
                key: item,
                ..DeleteItemRequest::default()
            };
            // No other job can run between the scan and the deletion: this thread runs one at a
            // time.
            self.run(delete, false)?;
        }
        Ok(())
    }

    fn forget_records(&self, before: u64) -> rusqlite::Result<usize> {
        // Ids are in the order of age: the first record to retain is found without reading the
        // later ones.
        self.storage.conn().execute(
            "DELETE FROM _stream_records
             WHERE id < IFNULL((SELECT id FROM _stream_records WHERE created_at >= ?1 ORDER BY id LIMIT 1), 9223372036854775807)",
            [i64::try_from(before).unwrap_or(0)],
        )
    }
}
