//! Reads a stream.
//!
//! Every write to the data table is read from its stream at least twice, by each function that
//! follows it, so this is the local stack's most frequent read. The engine stores keys and images
//! as JSON; its own implementation parses all of them on the database's thread, only to serialize
//! the same JSON again. Here they are sent unparsed.

use dynoxide::actions::get_shard_iterator::{decode_shard_iterator, encode_shard_iterator};
use dynoxide::actions::vector_lifecycle::VectorIndexLifecycle;
use dynoxide::storage::Storage;
use dynoxide::{DynoxideError, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::on_stream;
use crate::cloud::dynamodb::operation::{Operation, Touch, Written};
use crate::cloud::error::AwsError;

/// The maximum number of records in a response.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html>
const MOST: usize = 1_000;
/// The offset that the engine adds to its numbers to obtain the 21 digits of a sequence number.
const FIRST_NUMBER: u128 = 100_000_000_000_000_000_000;

/// `GetRecords`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::cloud::dynamodb) struct GetRecords {
    shard_iterator: String,
    limit: Option<usize>,
}

/// The records found.
#[derive(Debug, Serialize)]
pub(in crate::cloud::dynamodb) struct Found {
    records: Vec<Record>,
    /// The stream's view type.
    view: String,
    next: String,
}

/// A record as the engine stores it.
#[derive(Debug, Serialize)]
struct Record {
    event: String,
    keys: String,
    new_image: Option<String>,
    old_image: Option<String>,
    number: i64,
    at: i64,
    identity: Option<String>,
    id: Option<String>,
}

impl Operation for GetRecords {
    type Answer = Found;
    const NAME: &'static str = "dynamodb:GetRecords";

    /// Iterators contain their table; requests name the stream only through them.
    fn touches(&self) -> Vec<Touch<'_>> {
        vec![on_stream(Self::NAME, &self.shard_iterator)]
    }

    fn run(self, storage: &Storage, _: &VectorIndexLifecycle) -> Result<Found> {
        let invalid = || DynoxideError::ValidationException("Invalid shard iterator".to_owned());
        let (table, shard, after) =
            decode_shard_iterator(&self.shard_iterator).ok_or_else(invalid)?;
        let unknown = || {
            DynoxideError::ResourceNotFoundException(format!(
                "Requested resource not found: Table: {table}"
            ))
        };
        let view = storage.get_table_metadata(&table)?.ok_or_else(unknown)?.stream_view_type;
        let view = view.unwrap_or_else(|| "NEW_AND_OLD_IMAGES".to_owned());
        let limit = i64::try_from(self.limit.unwrap_or(MOST).min(MOST)).unwrap_or(0);
        let mut statement = storage.conn().prepare_cached(
            "SELECT event_name, keys_json, new_image, old_image, CAST(sequence_number AS INTEGER), created_at, user_identity, event_id
             FROM _stream_records
             WHERE table_name = ?1 AND shard_id = ?2 AND CAST(sequence_number AS INTEGER) > ?3
             ORDER BY CAST(sequence_number AS INTEGER)
             LIMIT ?4",
        )?;
        let rows = statement.query_map((&table, &shard, after, limit), |row| {
            Ok(Record {
                event: row.get(0)?,
                keys: row.get(1)?,
                new_image: row.get(2)?,
                old_image: row.get(3)?,
                number: row.get(4)?,
                at: row.get(5)?,
                identity: row.get(6)?,
                id: row.get(7)?,
            })
        })?;
        let records = rows.collect::<std::result::Result<Vec<_>, _>>()?;
        let next = encode_shard_iterator(
            &table,
            &shard,
            records.last().map_or(after, |record| record.number),
        );
        Ok(Found { records, view, next })
    }

    fn write(found: &Found, region: &str) -> Written {
        let mut text = String::from("{\"Records\":[");
        for (index, record) in found.records.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            record
                .write(region, &found.view, &mut text)
                .map_err(|error| AwsError::internal(error.to_string()))?;
        }
        text.push_str("],\"NextShardIterator\":");
        text.push_str(&json!(found.next).to_string());
        text.push('}');
        Ok(text.into_bytes())
    }
}

impl Record {
    /// Appends the record in the form that clients receive.
    fn write(&self, region: &str, view: &str, text: &mut String) -> std::fmt::Result {
        use std::fmt::Write as _;
        let number = (FIRST_NUMBER + u128::try_from(self.number).unwrap_or_default()).to_string();
        // A row written by an older version of the engine has no id.
        let id = self.id.as_deref().unwrap_or(&number);
        let images = [("NewImage", &self.new_image), ("OldImage", &self.old_image)];
        let size = self.keys.len()
            + images.iter().filter_map(|(_, image)| image.as_ref()).map(String::len).sum::<usize>();
        write!(
            text,
            "{{\"eventID\":{},\"eventName\":{},\"eventVersion\":\"1.1\",\"eventSource\":\"aws:dynamodb\",\"awsRegion\":{},\"dynamodb\":{{\"Keys\":{}",
            json!(id),
            json!(self.event),
            json!(region),
            self.keys
        )?;
        for (name, image) in images.iter().filter_map(|(name, image)| Some((name, image.as_ref()?)))
        {
            write!(text, ",\"{name}\":{image}")?;
        }
        write!(
            text,
            ",\"SequenceNumber\":\"{number}\",\"SizeBytes\":{size},\"StreamViewType\":{},\"ApproximateCreationDateTime\":{}.0}}",
            json!(view),
            self.at
        )?;
        if let Some(identity) = &self.identity {
            write!(text, ",\"userIdentity\":{identity}")?;
        }
        text.push('}');
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::dynamodb::operation::ready;
    use dynoxide::actions::create_table::CreateTableRequest;
    use dynoxide::actions::delete_item::DeleteItemRequest;
    use dynoxide::actions::get_records::{self, GetRecordsRequest};
    use dynoxide::actions::put_item::PutItemRequest;
    use serde_json::Value;

    fn run<O: Operation>(storage: &Storage, request: Value) -> O::Answer {
        serde_json::from_value::<O>(request)
            .unwrap()
            .run(storage, &VectorIndexLifecycle::new())
            .unwrap()
    }

    #[test]
    fn records_equal_those_of_the_engine() {
        let storage = Storage::memory().unwrap();
        let table = json!({
            "TableName": "Data",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "pk", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
            "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" },
        });
        run::<CreateTableRequest>(&storage, table);
        for (pk, note) in [("a", "\"quoted\" \u{1f4a1}\n"), ("a", "again"), ("b", "")] {
            let item = json!({ "pk": { "S": pk }, "note": { "S": note }, "n": { "N": "1" }, "bytes": { "B": "AAEC" } });
            run::<PutItemRequest>(&storage, json!({ "TableName": "Data", "Item": item }));
        }
        run::<DeleteItemRequest>(
            &storage,
            json!({ "TableName": "Data", "Key": { "pk": { "S": "a" } } }),
        );
        let by_ttl =
            json!({ "type": "Service", "principalId": "dynamodb.amazonaws.com" }).to_string();
        storage
            .conn()
            .execute(
                "UPDATE _stream_records SET user_identity = ?1 WHERE event_name = 'REMOVE'",
                [by_ttl],
            )
            .unwrap();

        let iterator = encode_shard_iterator("Data", &dynoxide::streams::shard_id("Data"), 0);
        let mut walked = 0;
        for request in
            [json!({ "ShardIterator": iterator, "Limit": 3 }), json!({ "ShardIterator": iterator })]
        {
            let ours = run::<GetRecords>(&storage, request.clone());
            let ours: Value = serde_json::from_slice(
                &GetRecords::write(&ours, dynoxide::streams::LOCAL_REGION).unwrap(),
            )
            .unwrap();
            let theirs: GetRecordsRequest = serde_json::from_value(request).unwrap();
            let theirs =
                serde_json::to_value(ready(get_records::execute(&storage, theirs)).unwrap())
                    .unwrap();
            assert_eq!(ours, theirs);
            walked += ours["Records"].as_array().unwrap().len();
        }
        assert_eq!(walked, 3 + 4);
    }
}
