//! The result of a read of a stream.
//!
//! Most functions need few of a table's writes. Records that don't match the filter are only parsed
//! as far as the filter requires.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::event_of;
use crate::syntax::filter;

/// A response of `GetRecords`.
#[derive(Deserialize)]
pub(super) struct Answer<'a> {
    #[serde(rename = "Records", borrow, default)]
    records: Vec<&'a RawValue>,
    /// Where to continue; `None` when the shard is closed and read to its end.
    #[serde(rename = "NextShardIterator", borrow)]
    pub(super) next: Option<Cow<'a, str>>,
}

/// An unparsed record, and the fields needed to process it.
#[derive(Clone, Debug)]
pub(super) struct Record {
    text: String,
    /// Its sequence number.
    pub(super) number: String,
    /// When it was written, in Unix time.
    pub(super) arrival: Option<i64>,
}

/// The fields that are parsed of every record.
#[derive(Deserialize)]
struct Outline<'a> {
    #[serde(rename = "eventName", borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    dynamodb: Change<'a>,
}

#[derive(Deserialize)]
struct Change<'a> {
    #[serde(rename = "Keys", borrow)]
    keys: Option<&'a RawValue>,
    #[serde(rename = "SequenceNumber")]
    number: String,
    #[serde(rename = "ApproximateCreationDateTime")]
    written: Option<f64>,
}

impl Record {
    #[cfg(test)]
    pub(super) fn new(text: &str) -> serde_json::Result<Self> {
        Ok(Self::of(text, outline(text)?.dynamodb))
    }

    fn of(text: &str, Change { number, written, .. }: Change<'_>) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "whole seconds are meant")]
        let arrival = written.map(|seconds| seconds as i64);
        Self { text: text.to_owned(), number, arrival }
    }

    /// Returns the record as the function that follows `stream` receives it.
    fn event(&self, stream: &str) -> serde_json::Result<Value> {
        let mut record: Map<String, Value> = serde_json::from_str(&self.text)?;
        record.insert("eventSourceARN".to_owned(), Value::from(stream));
        Ok(Value::Object(record))
    }
}

/// Returns the event with these records for the function that follows `stream`.
pub(super) fn event(records: &[Record], stream: &str) -> serde_json::Result<Value> {
    records
        .iter()
        .map(|record| record.event(stream))
        .collect::<serde_json::Result<_>>()
        .map(event_of)
}

impl Answer<'_> {
    /// Returns the sequence number of the last record.
    pub(super) fn last_number(&self) -> serde_json::Result<Option<String>> {
        self.records.last().map(|record| Ok(outline(record.get())?.dynamodb.number)).transpose()
    }

    /// Returns the records that match any of the patterns.
    pub(super) fn wanted(&self, filters: &[Value]) -> serde_json::Result<Vec<Record>> {
        let by_outline = filters.iter().all(looks_at_the_outline_only);
        let mut wanted = Vec::new();
        for record in &self.records {
            let Outline { name, dynamodb } = outline(record.get())?;
            let looked_at = match dynamodb.keys {
                _ if filters.is_empty() => Value::Null,
                Some(keys) if by_outline => {
                    json!({ "eventName": name, "dynamodb": { "Keys": serde_json::from_str::<Value>(keys.get())? } })
                }
                _ => serde_json::from_str(record.get())?,
            };
            if filter::any_matches(filters, &looked_at) {
                wanted.push(Record::of(record.get(), dynamodb));
            }
        }
        Ok(wanted)
    }
}

fn outline(record: &str) -> serde_json::Result<Outline<'_>> {
    serde_json::from_str(record)
}

fn looks_at_the_outline_only(pattern: &Value) -> bool {
    let names_only = |value: &Value, names: &[&str]| {
        value.as_object().is_some_and(|map| map.keys().all(|name| names.contains(&name.as_str())))
    };
    names_only(pattern, &["eventName", "dynamodb"])
        && pattern.get("dynamodb").is_none_or(|change| names_only(change, &["Keys"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"{"Records":[
        {"eventName":"INSERT","dynamodb":{"NewImage":{"a":{"S":"1"}},"Keys":{"sk":{"S":"EVENT#1"}},"SequenceNumber":"1"}},
        {"eventName":"MODIFY","dynamodb":{"NewImage":{"a":{"S":"2"}},"Keys":{"sk":{"S":"STATE"}},"SequenceNumber":"2"}}
    ],"NextShardIterator":"n"}"#;

    #[test]
    fn filters_apply_to_all_parts_of_a_record() {
        let answer: Answer<'_> = serde_json::from_str(ANSWER).unwrap();
        assert_eq!(
            (answer.last_number().unwrap().as_deref(), answer.next.as_deref()),
            (Some("2"), Some("n"))
        );
        let numbers = |filters: &[Value]| -> Vec<String> {
            let wanted = answer.wanted(filters).unwrap();
            let event = event(&wanted, "arn").unwrap();
            let whole = |record: &Value| {
                record["dynamodb"]["NewImage"].is_object() && record["eventSourceARN"] == "arn"
            };
            assert!(event["Records"].as_array().unwrap().iter().all(whole), "{event}");
            wanted.into_iter().map(|record| record.number).collect()
        };
        assert_eq!(numbers(&[]), ["1", "2"]);
        assert_eq!(
            numbers(&[
                json!({ "eventName": ["INSERT"], "dynamodb": { "Keys": { "sk": { "S": [{ "prefix": "EVENT#" }] } } } })
            ]),
            ["1"]
        );
        assert_eq!(
            numbers(&[json!({ "dynamodb": { "NewImage": { "a": { "S": ["2"] } } } })]),
            ["2"]
        );
        assert_eq!(numbers(&[json!({ "eventName": ["REMOVE"] })]), [""; 0]);
    }
}
