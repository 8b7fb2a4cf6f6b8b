//! Creates a table, or checks whether the existing one is as the template describes it.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::{Aws, AwsError, Service};
use crate::template::Table;

/// Creates the table if it is missing. On an existing one, only the time to live is updated; other
/// properties can't be changed without deleting its data.
///
/// # Errors
/// If the existing table has other keys, indexes or another stream than the template specifies.
pub(super) async fn create(aws: &Aws, table: &Table) -> Result<()> {
    match aws.call(Service::DynamoDb, "CreateTable", &table.create).await {
        Ok(_) => {}
        Err(error) if error.code == "ResourceInUseException" => {
            let output = aws
                .call(Service::DynamoDb, "DescribeTable", &json!({ "TableName": table.name }))
                .await?;
            if let Some(difference) = difference(&output["Table"], &table.create) {
                bail!(
                    "{difference}; a table can't be changed in place: delete the data with \
                     --fresh, or choose another directory with --data-dir"
                );
            }
        }
        Err(error) => return Err(error.into()),
    }
    Ok(expire(aws, table).await?)
}

/// Enables expiry by the attribute that the template names, and by no other.
async fn expire(aws: &Aws, table: &Table) -> Result<(), AwsError> {
    let output = aws
        .call(Service::DynamoDb, "DescribeTimeToLive", &json!({ "TableName": table.name }))
        .await?;
    let description = &output["TimeToLiveDescription"];
    let is_enabled =
        description["TimeToLiveStatus"].as_str().is_some_and(|status| status.starts_with("ENABL"));
    let present = description["AttributeName"].as_str().filter(|_| is_enabled);
    if present == table.ttl_attribute.as_deref() {
        return Ok(());
    }
    let changes = [(present, false), (table.ttl_attribute.as_deref(), true)];
    for (attribute, enabled) in
        changes.into_iter().filter_map(|(attribute, enabled)| Some((attribute?, enabled)))
    {
        let specification = json!({ "Enabled": enabled, "AttributeName": attribute });
        let input = json!({ "TableName": table.name, "TimeToLiveSpecification": specification });
        aws.call(Service::DynamoDb, "UpdateTimeToLive", &input).await?;
    }
    Ok(())
}

/// Returns the first difference between a table and the one that would be created, with both
/// values.
fn difference(present: &Value, wanted: &Value) -> Option<String> {
    type Part = (&'static str, fn(&Value) -> String);
    let parts: [Part; 5] = [
        ("the key", |table| keys(&table["KeySchema"])),
        ("the key attributes", attributes),
        ("the indexes", |table| indexes(&table["GlobalSecondaryIndexes"])),
        ("the local indexes", |table| indexes(&table["LocalSecondaryIndexes"])),
        ("the stream", stream),
    ];
    parts.into_iter().find_map(|(what, part)| {
        let (present, wanted) = (part(present), part(wanted));
        (present != wanted)
            .then(|| format!("{what} of the data: {present}; of the template: {wanted}"))
    })
}

/// Returns `HASH pk, RANGE sk`.
fn keys(schema: &Value) -> String {
    listed(schema, |key| format!("{} {}", text(&key["KeyType"]), text(&key["AttributeName"])))
}

/// Returns `pk S, sk S`.
fn attributes(table: &Value) -> String {
    listed(&table["AttributeDefinitions"], |attribute| {
        format!("{} {}", text(&attribute["AttributeName"]), text(&attribute["AttributeType"]))
    })
}

/// Returns `byState (HASH a, RANGE b; INCLUDE name, state)`.
fn indexes(indexes: &Value) -> String {
    listed(indexes, |index| {
        let projection = &index["Projection"];
        let included = listed(&projection["NonKeyAttributes"], |name| text(name).to_owned());
        let kind = format!("{} {included}", text(&projection["ProjectionType"]));
        format!(
            "{} ({}; {})",
            text(&index["IndexName"]),
            keys(&index["KeySchema"]),
            kind.trim_end().replace(" none", "")
        )
    })
}

fn stream(table: &Value) -> String {
    let specification = &table["StreamSpecification"];
    match specification["StreamEnabled"].as_bool() {
        Some(true) => text(&specification["StreamViewType"]).to_owned(),
        _ => "none".to_owned(),
    }
}

/// Sorts the values, because the order in which AWS lists them has no meaning.
fn listed(values: &Value, show: impl Fn(&Value) -> String) -> String {
    let mut shown: Vec<String> = values.as_array().into_iter().flatten().map(show).collect();
    shown.sort();
    if shown.is_empty() { "none".to_owned() } else { shown.join(", ") }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(index: &Value, stream: &Value) -> Value {
        json!({
            "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }, { "AttributeName": "sk", "KeyType": "RANGE" }],
            "AttributeDefinitions": [{ "AttributeName": "pk", "AttributeType": "S" }, { "AttributeName": "sk", "AttributeType": "S" }],
            "GlobalSecondaryIndexes": [index],
            "StreamSpecification": stream,
        })
    }

    fn index(included: &[&str]) -> Value {
        json!({
            "IndexName": "byState",
            "KeySchema": [{ "AttributeName": "sk", "KeyType": "HASH" }],
            "Projection": { "ProjectionType": "INCLUDE", "NonKeyAttributes": included },
        })
    }

    #[test]
    fn differences_show_both_values() {
        let images = json!({ "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" });
        let present = table(&index(&["state", "name"]), &images);
        assert_eq!(difference(&present, &table(&index(&["name", "state"]), &images)), None);
        assert_eq!(
            difference(&present, &table(&index(&["name"]), &images)).unwrap(),
            "the indexes of the data: byState (HASH sk; INCLUDE name, state); of the template: \
             byState (HASH sk; INCLUDE name)"
        );
        assert_eq!(
            difference(&present, &table(&index(&["name", "state"]), &Value::Null)).unwrap(),
            "the stream of the data: NEW_AND_OLD_IMAGES; of the template: none"
        );
        let mut other = present.clone();
        other["AttributeDefinitions"][1]["AttributeType"] = json!("N");
        assert!(difference(&present, &other).unwrap().starts_with(
            "the key attributes of the data: pk S, sk S; of the template: pk S, sk N"
        ));
        let mut other = present.clone();
        other["KeySchema"] = json!([{ "AttributeName": "pk", "KeyType": "HASH" }]);
        assert!(
            difference(&present, &other)
                .unwrap()
                .starts_with("the key of the data: HASH pk, RANGE sk; of the template: HASH pk")
        );
    }
}
