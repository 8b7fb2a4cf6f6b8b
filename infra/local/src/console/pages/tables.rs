//! Tables and their items.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use builder_store::document;
use serde_json::{Map, Value, json};

use crate::aws::Service;
use crate::console::answer::{Answer, Trouble};
use crate::console::parameters::{Parameters, link};
use crate::console::site::Site;

const HERE: &str = "/_local/tables";
/// How many items a page shows.
const SHOWN: usize = 100;
/// How much of an item a row shows, in characters.
const EXCERPT: usize = 160;

/// `/_local/tables`.
pub(in crate::console) async fn list(site: &Site) -> Answer {
    let listed = site.setup.aws.call(Service::DynamoDb, "ListTables", &json!({})).await?;
    let mut rows = Vec::new();
    for name in listed["TableNames"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let table = describe(site, name).await?;
        let indexes = table["GlobalSecondaryIndexes"].as_array().into_iter().flatten();
        let indexes: Vec<&str> = indexes.filter_map(|index| index["IndexName"].as_str()).collect();
        rows.push(json!({
            "name": name,
            "href": link(&["tables", name], &[]),
            "items": table["ItemCount"].as_u64().unwrap_or_default(),
            "bytes": table["TableSizeBytes"].as_u64().unwrap_or_default(),
            "keys": keys(&table["KeySchema"]).join(", "),
            "indexes": indexes.join(", "),
        }));
    }
    site.page("tables.html", "Tables", HERE, json!({ "tables": rows }))
}

/// `/_local/tables/{name}?index=&partition=&sort=&after=`: a page of items; of one partition, if it
/// is given.
pub(in crate::console) async fn show(site: &Site, name: &str, query: &Parameters) -> Answer {
    let table = describe(site, name).await?;
    let parameter = |name: &str| query.get(name).unwrap_or_default();
    let (index, partition, sort, after) =
        (parameter("index"), parameter("partition"), parameter("sort"), parameter("after"));
    let indexes: Vec<&Value> =
        table["GlobalSecondaryIndexes"].as_array().into_iter().flatten().collect();
    let schema = if index.is_empty() {
        keys(&table["KeySchema"])
    } else {
        let found =
            indexes.iter().find(|found| found["IndexName"] == index).ok_or(Trouble::Missing)?;
        keys(&found["KeySchema"])
    };
    let mut input = json!({ "TableName": name, "Limit": SHOWN });
    if !index.is_empty() {
        input["IndexName"] = Value::from(index);
    }
    if !after.is_empty() {
        input["ExclusiveStartKey"] = read(after)?;
    }
    let operation = if partition.is_empty() { "Scan" } else { "Query" };
    if !partition.is_empty() {
        condition(&mut input, &table, &schema, partition, sort);
    }
    let output = site.setup.aws.call(Service::DynamoDb, operation, &input).await?;
    let primary = keys(&table["KeySchema"]);
    let items = output["Items"].as_array().into_iter().flatten();
    let items: Vec<Value> = items.map(|item| row(name, item, &schema, &primary)).collect();
    let next = &output["LastEvaluatedKey"];
    let next = next.is_object().then(|| {
        let more = [
            ("index", index),
            ("partition", partition),
            ("sort", sort),
            ("after", &next.to_string()),
        ];
        link(&["tables", name], &more)
    });
    let content = json!({
        "name": name,
        "href": link(&["tables", name], &[]),
        "indexes": indexes.iter().map(|index| index["IndexName"].clone()).collect::<Vec<_>>(),
        "index": index,
        "partition": partition,
        "sort": sort,
        "schema": schema,
        "items": items,
        "next": next,
        "continued": !after.is_empty(),
    });
    site.page("table.html", name, HERE, content)
}

/// `/_local/tables/{name}/item?key=`: one item in full.
pub(in crate::console) async fn item(site: &Site, name: &str, query: &Parameters) -> Answer {
    let key = read(query.get("key").ok_or(Trouble::Missing)?)?;
    let output = site
        .setup
        .aws
        .call(Service::DynamoDb, "GetItem", &json!({ "TableName": name, "Key": key }))
        .await?;
    if !output["Item"].is_object() {
        return Err(Trouble::Missing);
    }
    let text = serde_json::to_string_pretty(&plain(&json!({ "M": output["Item"] })))?;
    let title: Vec<String> = key.as_object().into_iter().flat_map(Map::values).map(shown).collect();
    let content = json!({
        "text": text,
        "lead": "",
        "back": { "name": name, "href": link(&["tables", name], &[]) },
    });
    site.page("text.html", &title.join(" / "), HERE, content)
}

async fn describe(site: &Site, name: &str) -> Result<Value, Trouble> {
    match site
        .setup
        .aws
        .call(Service::DynamoDb, "DescribeTable", &json!({ "TableName": name }))
        .await
    {
        Ok(mut output) => Ok(output["Table"].take()),
        Err(error)
            if error.code == "ResourceNotFoundException" || error.code == "ValidationException" =>
        {
            Err(Trouble::Missing)
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns the names of the partition key and, if there is one, the sort key.
fn keys(schema: &Value) -> Vec<String> {
    let name = |kind: &str| {
        let keys = schema.as_array().into_iter().flatten();
        keys.filter(|key| key["KeyType"] == kind)
            .find_map(|key| key["AttributeName"].as_str().map(str::to_owned))
    };
    ["HASH", "RANGE"].into_iter().filter_map(name).collect()
}

/// Restricts the query to items with this partition key and, for a sort key that is a string, to
/// those that begin with `sort`.
fn condition(input: &mut Value, table: &Value, schema: &[String], partition: &str, sort: &str) {
    let kind = |name: &str| {
        let attributes = table["AttributeDefinitions"].as_array().into_iter().flatten();
        let found = attributes.into_iter().find(|attribute| attribute["AttributeName"] == name);
        found.and_then(|attribute| attribute["AttributeType"].as_str()).unwrap_or("S").to_owned()
    };
    let mut expression = "#p = :p".to_owned();
    let mut names = json!({});
    let mut values = json!({});
    if let Some(name) = schema.first() {
        names["#p"] = json!(name);
        values[":p"] = Value::Object(Map::from_iter([(kind(name), json!(partition))]));
    }
    if let Some(name) = schema.get(1).filter(|_| !sort.is_empty()) {
        expression.push_str(if kind(name) == "N" {
            " AND #s = :s"
        } else {
            " AND begins_with(#s, :s)"
        });
        names["#s"] = json!(name);
        values[":s"] = Value::Object(Map::from_iter([(kind(name), json!(sort))]));
    }
    input["KeyConditionExpression"] = Value::from(expression);
    input["ExpressionAttributeNames"] = names;
    input["ExpressionAttributeValues"] = values;
}

fn row(table: &str, item: &Value, schema: &[String], primary: &[String]) -> Value {
    let key = Map::from_iter(primary.iter().map(|name| (name.clone(), item[name].clone())));
    let rest = item.as_object().into_iter().flatten().filter(|(name, _)| !schema.contains(name));
    let rest: Vec<String> = rest.map(|(name, value)| format!("{name}: {}", shown(value))).collect();
    let rest = rest.join(", ");
    let excerpt = match rest.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &rest[..end]),
        None => rest,
    };
    json!({
        "href": link(&["tables", table, "item"], &[("key", &Value::Object(key).to_string())]),
        "keys": schema.iter().map(|name| shown(&item[name])).collect::<Vec<_>>(),
        "excerpt": excerpt,
    })
}

fn read(text: &str) -> Result<Value, Trouble> {
    let key: Option<Value> = serde_json::from_str(text).ok().filter(Value::is_object);
    key.ok_or_else(|| Trouble::Refused("The key in the address is not JSON.".to_owned()))
}

/// Formats a typed value in one line.
fn shown(typed: &Value) -> String {
    match plain(typed) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// Converts DynamoDB's typed value to plain JSON. Numbers become strings: they may have 38 digits.
fn plain(typed: &Value) -> Value {
    let Some((kind, value)) = typed.as_object().and_then(|typed| typed.iter().next()) else {
        return typed.clone();
    };
    match (kind.as_str(), value) {
        ("M", Value::Object(members)) => {
            members.iter().map(|(name, value)| (name.clone(), plain(value))).collect()
        }
        ("L", Value::Array(values)) => values.iter().map(plain).collect(),
        ("NULL", _) => Value::Null,
        ("N", Value::String(number)) => {
            number.parse::<i64>().map_or_else(|_| value.clone(), Value::from)
        }
        // Some of our items contain JSON in a string, the states and events a document
        // (docs/adr/0042).
        ("S", Value::String(text)) => inner(text).unwrap_or_else(|| value.clone()),
        ("B", Value::String(text)) => {
            let stored = STANDARD.decode(text).ok();
            let text = stored.and_then(|stored| document::decode(&stored).ok());
            text.and_then(|text| inner(&text)).unwrap_or_else(|| value.clone())
        }
        _ => value.clone(),
    }
}

/// Parses the object or array in a text.
fn inner(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().filter(|inner: &Value| inner.is_object() || inner.is_array())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_values_become_plain() {
        let typed = json!({ "M": {
            "s": { "S": "x" }, "n": { "N": "42" }, "wide": { "N": "1.5" }, "b": { "BOOL": true }, "none": { "NULL": true },
            "l": { "L": [{ "S": "a" }] }, "ss": { "SS": ["a", "b"] }, "text": { "S": "{\"a\":1}" }, "digits": { "S": "12" },
            "data": { "B": STANDARD.encode(document::encode("{\"b\":2}").unwrap()) }, "bytes": { "B": "AAEC" }
        } });
        let expected = json!({
            "s": "x", "n": 42, "wide": "1.5", "b": true, "none": null, "l": ["a"], "ss": ["a", "b"], "text": { "a": 1 }, "digits": "12",
            "data": { "b": 2 }, "bytes": "AAEC"
        });
        assert_eq!(plain(&typed), expected);
    }

    #[test]
    fn a_query_asks_for_the_partition_and_the_beginning_of_the_sort_key() {
        let table = json!({ "AttributeDefinitions": [
            { "AttributeName": "pk", "AttributeType": "S" }, { "AttributeName": "n", "AttributeType": "N" }
        ] });
        let mut input = json!({});
        condition(&mut input, &table, &["pk".to_owned(), "n".to_owned()], "A#1", "7");
        assert_eq!(input["KeyConditionExpression"], "#p = :p AND #s = :s");
        assert_eq!(
            input["ExpressionAttributeValues"],
            json!({ ":p": { "S": "A#1" }, ":s": { "N": "7" } })
        );
        condition(&mut input, &table, &["pk".to_owned(), "sk".to_owned()], "A#1", "EVENT#");
        assert_eq!(input["KeyConditionExpression"], "#p = :p AND begins_with(#s, :s)");
    }
}
