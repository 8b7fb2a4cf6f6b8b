//! The endpoint as a client sees it.

mod documented;
#[cfg(test)]
mod recorded;
mod restart;
mod silence;
mod streams;

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt;
use s3s::Body;
use serde_json::{Value, json};

use super::faults::{Kind, Rule};
use super::{Cloud, CloudOptions, Faults, Principal, Statement};

fn cloud(faults: Vec<Rule>, data_dir: Option<&Path>) -> Cloud {
    let faults = Faults { seed: 1, rules: faults };
    let cloud = Cloud::open(CloudOptions {
        data_dir: data_dir.map(Into::into),
        faults,
        ..CloudOptions::default()
    })
    .unwrap();
    let everything = json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    let trusted = Statement::of_policy(&everything).unwrap();
    cloud.add_principal("trusted", Principal::with_statements("trusted", "s", trusted));
    cloud
}

/// Sends a request with an access key. An empty key leaves the request unsigned.
async fn call_as(
    cloud: &Cloud,
    key: &str,
    target: &str,
    body: Value,
) -> Result<(u16, Value), super::Dropped> {
    let mut request = Request::post("/").header("x-amz-target", target);
    if !key.is_empty() {
        let credential = format!(
            "AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/any/aws4_request, Signature=x"
        );
        request = request.header("authorization", credential);
    }
    let response =
        cloud.respond(request.body(Body::from(Bytes::from(body.to_string()))).unwrap()).await?;
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    Ok((status, serde_json::from_slice(&bytes).unwrap()))
}

async fn dynamodb(cloud: &Cloud, key: &str, operation: &str, body: Value) -> (u16, Value) {
    call_as(cloud, key, &format!("DynamoDB_20120810.{operation}"), body).await.unwrap()
}

async fn with_table(cloud: &Cloud) {
    let table = json!({
        "TableName": "Data",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "owner", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [{
            "IndexName": "by-owner",
            "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }],
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"},
    });
    let (status, answer) = dynamodb(cloud, "local", "CreateTable", table).await;
    assert_eq!(status, 200, "{answer}");
}

fn item(pk: &str) -> Value {
    json!({"TableName": "Data", "Item": {"pk": {"S": pk}, "owner": {"S": "ann"}}})
}

async fn owned(cloud: &Cloud, key: &str) -> usize {
    let query = json!({
        "TableName": "Data", "IndexName": "by-owner", "KeyConditionExpression": "#o = :o",
        "ExpressionAttributeNames": {"#o": "owner"}, "ExpressionAttributeValues": {":o": {"S": "ann"}},
    });
    let (status, answer) = dynamodb(cloud, key, "Query", query).await;
    assert_eq!(status, 200, "{answer}");
    answer["Items"].as_array().unwrap().len()
}

#[tokio::test]
async fn unknown_callers_get_the_error_of_each_service() {
    let cloud = cloud(Vec::new(), None);
    for (key, target, status, code) in [
        (
            "",
            "DynamoDB_20120810.ListTables",
            400,
            "com.amazon.coral.service#MissingAuthenticationTokenException",
        ),
        (
            "who",
            "DynamoDB_20120810.ListTables",
            400,
            "com.amazon.coral.service#UnrecognizedClientException",
        ),
        ("who", "AmazonSQS.ListQueues", 403, "com.amazonaws.sqs#InvalidClientTokenId"),
        (
            "who",
            "secretsmanager.ListSecrets",
            400,
            "com.amazon.coral.service#UnrecognizedClientException",
        ),
        ("local", "Nothing_1.Do", 400, "com.amazon.coral.service#UnknownOperationException"),
    ] {
        let (got, answer) = call_as(&cloud, key, target, json!({})).await.unwrap();
        assert_eq!((got, answer["__type"].as_str()), (status, Some(code)), "{key} {target}");
    }
}

#[tokio::test]
async fn a_transaction_needs_the_right_to_each_of_its_parts() {
    let cloud = cloud(Vec::new(), None);
    with_table(&cloud).await;
    let policy = json!({"Statement": {
        "Effect": "Allow",
        "Action": ["dynamodb:PutItem", "dynamodb:ConditionCheckItem"],
        "Resource": "arn:aws:dynamodb:us-east-1:000000000000:table/Data",
    }});
    let statements = Statement::of_policy(&policy).unwrap();
    cloud.add_principal("writer", Principal::with_statements("writer", "s", statements));
    let put = json!({"Put": item("a")});
    let check = json!({"ConditionCheck": {
        "TableName": "Data", "Key": {"pk": {"S": "b"}}, "ConditionExpression": "attribute_not_exists(pk)",
    }});
    let delete = json!({"Delete": {"TableName": "Data", "Key": {"pk": {"S": "c"}}}});
    let transact = |parts: Value| {
        dynamodb(&cloud, "writer", "TransactWriteItems", json!({"TransactItems": parts}))
    };
    let (status, answer) = transact(json!([put, check, delete])).await;
    assert_eq!(status, 400);
    let message = answer["message"].as_str().unwrap();
    assert!(
        message.contains("dynamodb:DeleteItem on resource: arn:aws:dynamodb:us-east-1"),
        "{message}"
    );
    assert_eq!(transact(json!([put, check])).await.0, 200);
    let (_, answer) = dynamodb(
        &cloud,
        "writer",
        "Query",
        json!({
            "TableName": "Data", "IndexName": "by-owner", "KeyConditionExpression": "pk = :o",
            "ExpressionAttributeValues": {":o": {"S": "ann"}},
        }),
    )
    .await;
    assert!(answer["message"].as_str().unwrap().contains("table/Data/index/by-owner"), "{answer}");
}

#[tokio::test]
async fn a_write_to_a_table_with_a_stream_wakes_its_readers() {
    let cloud = cloud(Vec::new(), None);
    with_table(&cloud).await;
    let mut written = cloud.stream_written();
    written.mark_unchanged();
    dynamodb(&cloud, "local", "GetItem", json!({"TableName": "Data", "Key": {"pk": {"S": "a"}}}))
        .await;
    assert!(!written.has_changed().unwrap());
    dynamodb(&cloud, "local", "PutItem", item("a")).await;
    tokio::time::timeout(Duration::from_secs(1), written.changed()).await.unwrap().unwrap();
}

#[tokio::test]
async fn stale_reads_of_an_index_show_an_earlier_state() {
    let delay = Duration::from_millis(300);
    let rule = Rule {
        operation: "dynamodb:Query".into(),
        kind: Kind::StaleIndexReads(delay),
        probability: 1.0,
    };
    let cloud = cloud(vec![rule], None);
    with_table(&cloud).await;
    dynamodb(&cloud, "local", "PutItem", item("a")).await;
    assert_eq!(owned(&cloud, "local").await, 1, "the administrator meets no faults");
    assert_eq!(owned(&cloud, "trusted").await, 0);
    tokio::time::sleep(delay).await;
    assert_eq!(owned(&cloud, "trusted").await, 1);
    dynamodb(
        &cloud,
        "local",
        "DeleteItem",
        json!({"TableName": "Data", "Key": {"pk": {"S": "a"}}}),
    )
    .await;
    assert_eq!(owned(&cloud, "trusted").await, 1, "what is deleted is still seen");
    tokio::time::sleep(delay).await;
    assert_eq!(owned(&cloud, "trusted").await, 0);
}

#[tokio::test]
async fn faults_use_service_errors_and_lost_responses_may_hide_writes() {
    let rule = |operation: &str, kind| Rule { operation: operation.into(), kind, probability: 1.0 };
    let rules = vec![
        rule("dynamodb:GetItem", Kind::Throttle),
        rule("sqs:*", Kind::Error500),
        rule("dynamodb:PutItem", Kind::Drop),
    ];
    let cloud = cloud(rules, None);
    with_table(&cloud).await;
    let key = json!({"TableName": "Data", "Key": {"pk": {"S": "a"}}});
    let (status, answer) = dynamodb(&cloud, "trusted", "GetItem", key).await;
    assert_eq!(status, 400);
    assert_eq!(answer["__type"], "com.amazonaws.dynamodb.v20120810#ThrottlingException");
    assert_eq!(call_as(&cloud, "trusted", "AmazonSQS.ListQueues", json!({})).await.unwrap().0, 500);
    for number in 0..20 {
        let put =
            call_as(&cloud, "trusted", "DynamoDB_20120810.PutItem", item(&number.to_string()))
                .await;
        assert!(put.is_err());
    }
    let (_, answer) = dynamodb(&cloud, "local", "Scan", json!({"TableName": "Data"})).await;
    let count = answer["Count"].as_u64().unwrap();
    assert!((1..20).contains(&count), "{count} of 20 were carried out");
}

#[tokio::test]
async fn acknowledged_writes_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    {
        let cloud = cloud(Vec::new(), Some(directory.path()));
        with_table(&cloud).await;
        dynamodb(&cloud, "local", "PutItem", item("a")).await;
        call_as(&cloud, "local", "AmazonSQS.CreateQueue", json!({"QueueName": "q"})).await.unwrap();
        call_as(
            &cloud,
            "local",
            "AmazonSQS.SendMessage",
            json!({"QueueUrl": "q", "MessageBody": "one"}),
        )
        .await
        .unwrap();
        call_as(
            &cloud,
            "local",
            "secretsmanager.CreateSecret",
            json!({"Name": "s", "SecretString": "v"}),
        )
        .await
        .unwrap();
        let second = Cloud::open(CloudOptions {
            data_dir: Some(directory.path().into()),
            ..CloudOptions::default()
        });
        assert!(second.is_err(), "one process at a time");
    }
    let cloud = cloud(Vec::new(), Some(directory.path()));
    assert_eq!(owned(&cloud, "local").await, 1);
    let (_, message) =
        call_as(&cloud, "local", "AmazonSQS.ReceiveMessage", json!({"QueueUrl": "q"}))
            .await
            .unwrap();
    assert_eq!(message["Messages"][0]["Body"], "one");
    let (_, secret) =
        call_as(&cloud, "local", "secretsmanager.GetSecretValue", json!({"SecretId": "s"}))
            .await
            .unwrap();
    assert_eq!(secret["SecretString"], "v");
}
