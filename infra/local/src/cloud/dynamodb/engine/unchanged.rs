//! Writes that change nothing: DynamoDB creates no stream record for them, but the engine does.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html>
//!
//! A stream may contain only the new images, so the old state must be compared at the time of the
//! write. Triggers on the tables record the items whose texts have the same length before and
//! after; most writes change the length, and cost no more than that comparison.

use rusqlite::{Connection, params};
use serde_json::{Map, Value};

/// Creates the table of such records.
pub(super) fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "CREATE TEMP TABLE replaced (name TEXT NOT NULL, before TEXT NOT \
         NULL, after TEXT NOT NULL)",
    )
}

/// Creates the triggers on a table with a stream, and drops them on one without.
pub(super) fn follow(
    connection: &Connection,
    table: &str,
    has_stream: bool,
) -> rusqlite::Result<()> {
    let quoted = table.replace('"', "\"\"");
    let literal = table.replace('\'', "''");
    connection.execute_batch(&format!("DROP TRIGGER IF EXISTS temp.\"replaced in {quoted}\""))?;
    if !has_stream {
        return Ok(());
    }
    connection.execute_batch(&format!(
        "CREATE TEMP TRIGGER \"replaced in {quoted}\" BEFORE INSERT ON main.\"{quoted}\"
         WHEN length(NEW.item_json) = (SELECT length(item_json) FROM main.\"{quoted}\" WHERE pk = NEW.pk AND sk = NEW.sk)
         BEGIN
             INSERT INTO replaced
             SELECT '{literal}', item_json, NEW.item_json FROM main.\"{quoted}\" WHERE pk = NEW.pk AND sk = NEW.sk;
         END"
    ))
}

/// Called after an operation that may have written `most` items: deletes the stream records of
/// items that it left unchanged. If the process is killed before, an extra record remains, as if
/// the item had been changed and changed back.
pub(super) fn take_back(connection: &Connection, most: usize) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("SELECT name, before, after FROM replaced")?;
    let replaced: Vec<(String, String, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    if replaced.is_empty() {
        return Ok(());
    }
    connection.prepare_cached("DELETE FROM replaced")?.execute([])?;
    for (table, before, after) in replaced {
        let (Ok(before), Ok(after)) = (
            serde_json::from_str::<Value>(&before),
            serde_json::from_str::<Map<String, Value>>(&after),
        ) else {
            continue;
        };
        if before.as_object() == Some(&after) {
            take_back_one(connection, &table, &after, most)?;
        }
    }
    Ok(())
}

/// Deletes the record of one item: the operation's own records are the latest of the table.
fn take_back_one(
    connection: &Connection,
    table: &str,
    item: &Map<String, Value>,
    most: usize,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT id, event_name, keys_json FROM _stream_records
         WHERE table_name = ?1 ORDER BY CAST(sequence_number AS INTEGER) DESC LIMIT ?2",
    )?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let records: Vec<(i64, String, String)> = statement
        .query_map(params![table, most], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    for (id, event, keys) in records {
        let Ok(keys) = serde_json::from_str::<Map<String, Value>>(&keys) else { continue };
        if event == "MODIFY" && keys.iter().all(|(name, value)| item.get(name) == Some(value)) {
            connection
                .prepare_cached("DELETE FROM _stream_records WHERE id = ?1")?
                .execute([id])?;
            return Ok(());
        }
    }
    Ok(())
}
