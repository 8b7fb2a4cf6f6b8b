//! Tables, their indexes and transactions.

use serde_json::{Value, json};

use super::{Templates, list, of_type, prove};

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>: 20 global
/// and 5 local indexes a table; of projected attributes that are no keys 20 an index and 100 a
/// table; keys are strings, numbers or binary; each key is defined, and nothing else.
fn beyond_dynamodb(templates: &Templates) -> Vec<String> {
    let mut found = Vec::new();
    for (place, properties) in of_type(templates, "AWS::DynamoDB::Table") {
        let (global, local) = (
            list(&properties["GlobalSecondaryIndexes"]),
            list(&properties["LocalSecondaryIndexes"]),
        );
        if global.len() > 20 || local.len() > 5 {
            found.push(format!(
                "{place}: {} global and {} local indexes, and 20 and 5 are the most",
                global.len(),
                local.len()
            ));
        }
        let indexes: Vec<_> = global.iter().chain(&local).collect();
        let projected = |index: &&Value| list(&index["Projection"]["NonKeyAttributes"]).len();
        let all: usize = indexes.iter().map(projected).sum();
        if all > 100 || indexes.iter().any(|index| projected(index) > 20) {
            found.push(format!(
                "{place}: {all} projected attributes, and 20 an index and 100 a table are the most"
            ));
        }
        let schemas =
            indexes.iter().map(|index| &index["KeySchema"]).chain([&properties["KeySchema"]]);
        let names = |attributes: Vec<Value>| {
            attributes
                .into_iter()
                .filter_map(|one| one["AttributeName"].as_str().map(str::to_owned))
        };
        let mut keys: Vec<_> = schemas.flat_map(|schema| names(list(schema))).collect();
        let mut defined: Vec<_> = names(list(&properties["AttributeDefinitions"])).collect();
        keys.sort();
        keys.dedup();
        defined.sort();
        if keys != defined {
            found.push(format!("{place}: the keys are {keys:?}, and defined are {defined:?}"));
        }
    }
    found
}

#[test]
fn no_table_is_beyond_the_quotas_of_dynamodb() {
    let index = |number: usize, attributes: usize| {
        let attributes: Vec<_> = (0..attributes).map(|attribute| format!("a{attribute}")).collect();
        json!({ "IndexName": format!("i{number}"), "KeySchema": [{ "AttributeName": "pk" }], "Projection": { "NonKeyAttributes": attributes } })
    };
    let table = |indexes: Vec<Value>| {
        let definitions = json!([{ "AttributeName": "pk" }]);
        json!({ "T": { "Type": "AWS::DynamoDB::Table", "Properties": {
            "AttributeDefinitions": definitions, "KeySchema": definitions, "GlobalSecondaryIndexes": indexes,
        } } })
    };
    assert!(beyond_dynamodb(&super::template(table(vec![index(0, 20)]))).is_empty());
    prove(
        beyond_dynamodb,
        [
            table((0..21).map(|number| index(number, 1)).collect()),
            table(vec![index(0, 21)]),
            table((0..6).map(|number| index(number, 18)).collect()),
            json!({ "T": { "Type": "AWS::DynamoDB::Table", "Properties": { "KeySchema": [{ "AttributeName": "pk" }] } } }),
        ],
    );
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
#[test]
fn a_commit_has_no_more_actions_than_a_transaction() {
    const { assert!(builder_store::commit::MAX_ACTIONS <= 100) };
}
