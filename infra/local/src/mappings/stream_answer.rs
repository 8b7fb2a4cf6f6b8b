//! What a read of a stream gives.
//!
//! A function follows a table for the sake of few of its writes. What its filter doesn't want is not read further than the filter looks.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::filter;

/// An answer of `GetRecords`.
#[derive(Deserialize)]
pub(super) struct Answer<'a> {
    #[serde(rename = "Records", borrow, default)]
    records: Vec<&'a RawValue>,
    /// Where to go on; nowhere, when the shard is closed and read to its end.
    #[serde(rename = "NextShardIterator", borrow)]
    pub(super) next: Option<Cow<'a, str>>,
}

/// What is read of every record.
#[derive(Deserialize)]
struct Outline {
    #[serde(rename = "eventName")]
    name: String,
    dynamodb: Change,
}

#[derive(Deserialize)]
struct Change {
    #[serde(rename = "Keys")]
    keys: Value,
    #[serde(rename = "SequenceNumber")]
    number: String,
}

impl Answer<'_> {
    /// The sequence number of the last record.
    pub(super) fn last_number(&self) -> serde_json::Result<Option<String>> {
        self.records.last().map(|record| Ok(outline(record)?.dynamodb.number)).transpose()
    }

    /// The records that any of the patterns wants.
    pub(super) fn wanted(&self, filters: &[Value]) -> serde_json::Result<Vec<Value>> {
        let by_outline = !filters.is_empty() && filters.iter().all(looks_at_the_outline_only);
        let mut wanted = Vec::new();
        for record in &self.records {
            if by_outline {
                let Outline { name, dynamodb } = outline(record)?;
                if !filter::any_matches(filters, &json!({ "eventName": name, "dynamodb": { "Keys": dynamodb.keys } })) {
                    continue;
                }
            }
            let record: Value = serde_json::from_str(record.get())?;
            if by_outline || filter::any_matches(filters, &record) {
                wanted.push(record);
            }
        }
        Ok(wanted)
    }
}

fn outline(record: &RawValue) -> serde_json::Result<Outline> {
    serde_json::from_str(record.get())
}

fn looks_at_the_outline_only(pattern: &Value) -> bool {
    let names_only =
        |value: &Value, names: &[&str]| value.as_object().is_some_and(|map| map.keys().all(|name| names.contains(&name.as_str())));
    names_only(pattern, &["eventName", "dynamodb"]) && pattern.get("dynamodb").is_none_or(|change| names_only(change, &["Keys"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"{"Records":[
        {"eventName":"INSERT","dynamodb":{"NewImage":{"a":{"S":"1"}},"Keys":{"sk":{"S":"EVENT#1"}},"SequenceNumber":"1"}},
        {"eventName":"MODIFY","dynamodb":{"NewImage":{"a":{"S":"2"}},"Keys":{"sk":{"S":"STATE"}},"SequenceNumber":"2"}}
    ],"NextShardIterator":"n"}"#;

    #[test]
    fn a_filter_finds_its_records_whatever_it_looks_at() {
        let answer: Answer<'_> = serde_json::from_str(ANSWER).unwrap();
        assert_eq!((answer.last_number().unwrap().as_deref(), answer.next.as_deref()), (Some("2"), Some("n")));
        let numbers = |filters: &[Value]| -> Vec<String> {
            let wanted = answer.wanted(filters).unwrap();
            assert!(wanted.iter().all(|record| record["dynamodb"]["NewImage"].is_object()));
            wanted.iter().map(|record| record["dynamodb"]["SequenceNumber"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(numbers(&[]), ["1", "2"]);
        assert_eq!(
            numbers(&[json!({ "eventName": ["INSERT"], "dynamodb": { "Keys": { "sk": { "S": [{ "prefix": "EVENT#" }] } } } })]),
            ["1"]
        );
        assert_eq!(numbers(&[json!({ "dynamodb": { "NewImage": { "a": { "S": ["2"] } } } })]), ["2"]);
        assert_eq!(numbers(&[json!({ "eventName": ["REMOVE"] })]), [""; 0]);
    }
}
