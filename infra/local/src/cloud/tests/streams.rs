//! Streams and indexes behave as in DynamoDB.

use serde_json::{Value, json};

use super::{call_as, cloud, dynamodb, item, with_table};
use crate::cloud::Cloud;

/// Returns the names and user identities of all stream records of the table.
async fn records(cloud: &Cloud) -> Vec<(String, Value)> {
    let streams = |operation: &str, request: Value| {
        let target = format!("DynamoDBStreams_20120810.{operation}");
        async move { call_as(cloud, "local", &target, request).await.unwrap().1 }
    };
    let (_, table) = dynamodb(cloud, "local", "DescribeTable", json!({"TableName": "Data"})).await;
    let arn = table["Table"]["LatestStreamArn"].clone();
    let stream = streams("DescribeStream", json!({"StreamArn": arn})).await;
    let shard = stream["StreamDescription"]["Shards"][0]["ShardId"].clone();
    let iterator = json!({"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
    let iterator = streams("GetShardIterator", iterator).await["ShardIterator"].clone();
    let found = streams("GetRecords", json!({"ShardIterator": iterator})).await;
    let records = found["Records"].as_array().unwrap().iter();
    records
        .map(|record| {
            (record["eventName"].as_str().unwrap().to_owned(), record["userIdentity"].clone())
        })
        .collect()
}

#[tokio::test]
async fn a_write_that_changes_nothing_makes_no_stream_record() {
    let cloud = cloud(Vec::new(), None);
    with_table(&cloud).await;
    let full = json!({"TableName": "Data", "Item": {
        "pk": {"S": "a"}, "owner": {"S": "ann"}, "list": {"L": [{"N": "1"}, {"M": {"x": {"BOOL": true}, "y": {"S": "z"}}}]},
        "set": {"SS": ["b", "a"]}, "more": {"S": "\u{1f4a1}"},
    }});
    let set = |value: &str| {
        json!({
            "TableName": "Data", "Key": {"pk": {"S": "a"}}, "UpdateExpression": "SET #o = :o",
            "ExpressionAttributeNames": {"#o": "owner"}, "ExpressionAttributeValues": {":o": {"S": value}},
        })
    };
    let part =
        |value: &str| json!({"TransactItems": [{"Update": set(value)}, {"Put": item(value)}]});
    dynamodb(&cloud, "local", "PutItem", full.clone()).await;
    assert_eq!(records(&cloud).await.len(), 1);
    dynamodb(&cloud, "local", "PutItem", full.clone()).await;
    dynamodb(&cloud, "local", "UpdateItem", set("ann")).await;
    let batch = json!({"RequestItems": {"Data": [{"PutRequest": {"Item": full["Item"]}}]}});
    dynamodb(&cloud, "local", "BatchWriteItem", batch).await;
    assert_eq!(records(&cloud).await.len(), 1, "nothing has changed");
    dynamodb(&cloud, "local", "UpdateItem", set("bob")).await;
    assert_eq!(records(&cloud).await.len(), 2, "a change that keeps the length");
    dynamodb(&cloud, "local", "TransactWriteItems", part("bob")).await;
    let names: Vec<String> = records(&cloud).await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        ["INSERT", "MODIFY", "INSERT"],
        "the other part of a transaction has its record"
    );
    dynamodb(
        &cloud,
        "local",
        "DeleteItem",
        json!({"TableName": "Data", "Key": {"pk": {"S": "none"}}}),
    )
    .await;
    assert_eq!(records(&cloud).await.len(), 3);
}

#[tokio::test]
async fn a_record_of_an_expired_item_names_the_service() {
    let cloud = cloud(Vec::new(), None);
    with_table(&cloud).await;
    let ttl = json!({"TableName": "Data", "TimeToLiveSpecification": {"AttributeName": "until", "Enabled": true}});
    assert_eq!(dynamodb(&cloud, "local", "UpdateTimeToLive", ttl).await.0, 200);
    for (pk, until) in [("old", "1"), ("young", "9999999999"), ("gone", "1")] {
        let item = json!({"TableName": "Data", "Item": {"pk": {"S": pk}, "until": {"N": until}}});
        dynamodb(&cloud, "local", "PutItem", item).await;
    }
    dynamodb(
        &cloud,
        "local",
        "DeleteItem",
        json!({"TableName": "Data", "Key": {"pk": {"S": "gone"}}}),
    )
    .await;
    cloud.inner.dynamodb.sweep().await.unwrap();
    let records = records(&cloud).await;
    assert_eq!(records[3], ("REMOVE".to_owned(), Value::Null), "deleted by a caller");
    let service = json!({"type": "Service", "principalId": "dynamodb.amazonaws.com"});
    assert_eq!(records[4..], [("REMOVE".to_owned(), service)]);
    dynamodb(
        &cloud,
        "local",
        "DeleteItem",
        json!({"TableName": "Data", "Key": {"pk": {"S": "young"}}}),
    )
    .await;
    assert_eq!(self::records(&cloud).await.last().unwrap().1, Value::Null, "the sweep is over");
}

#[tokio::test]
async fn a_query_of_attributes_that_are_not_projected_is_rejected() {
    let cloud = cloud(Vec::new(), None);
    let key = |name: &str| json!([{"AttributeName": name, "KeyType": "HASH"}]);
    let index = |name: &str, projection: Value| json!({"IndexName": name, "KeySchema": key("owner"), "Projection": projection});
    let table = json!({
        "TableName": "Data", "BillingMode": "PAY_PER_REQUEST", "KeySchema": key("pk"),
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "owner", "AttributeType": "S"},
        ],
        "GlobalSecondaryIndexes": [
            index("keys", json!({"ProjectionType": "KEYS_ONLY"})),
            index("some", json!({"ProjectionType": "INCLUDE", "NonKeyAttributes": ["colour"]})),
            index("all", json!({"ProjectionType": "ALL"})),
        ],
    });
    assert_eq!(dynamodb(&cloud, "local", "CreateTable", table).await.0, 200);
    let query = |index: &str, projection: &str| {
        json!({
            "TableName": "Data", "IndexName": index, "KeyConditionExpression": "#o = :o", "ProjectionExpression": projection,
            "ExpressionAttributeNames": {"#o": "owner"}, "ExpressionAttributeValues": {":o": {"S": "ann"}},
        })
    };
    for (index, projection) in [
        ("keys", "pk, #o"),
        ("some", "pk, #o, colour.x"),
        ("some", "colour[0]"),
        ("all", "anything"),
    ] {
        let (status, answer) = dynamodb(&cloud, "local", "Query", query(index, projection)).await;
        assert_eq!(status, 200, "{index} {projection}: {answer}");
    }
    for (index, projection) in [("keys", "pk, colour"), ("some", "colour, amount.net")] {
        let (status, answer) = dynamodb(&cloud, "local", "Query", query(index, projection)).await;
        assert_eq!(status, 400, "{index} {projection}");
        let lacking = if index == "keys" { "colour" } else { "amount" };
        let message = format!(
            "One or more parameter values were invalid: Global secondary index {index} does not \
             project [{lacking}]"
        );
        assert_eq!(answer["message"], message);
    }
    let scan = json!({"TableName": "Data", "IndexName": "keys", "ProjectionExpression": "amount"});
    assert_eq!(dynamodb(&cloud, "local", "Scan", scan).await.0, 400);
}
