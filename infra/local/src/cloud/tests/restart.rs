//! Acknowledged changes survive a restart.

use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt;
use s3s::Body;
use serde_json::{Value, json};

use super::{call_as, cloud, dynamodb, item, with_table};
use crate::cloud::Cloud;
use crate::cloud::route::BySocket;

fn transfer(token: &str, to: &str) -> Value {
    let update = json!({"Update": {
        "TableName": "Data", "Key": {"pk": {"S": to}}, "UpdateExpression": "ADD amount :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }});
    json!({"TransactItems": [update], "ClientRequestToken": token})
}

async fn amount(cloud: &Cloud, pk: &str) -> String {
    let (_, answer) =
        dynamodb(cloud, "local", "GetItem", json!({"TableName": "Data", "Key": {"pk": {"S": pk}}}))
            .await;
    answer["Item"]["amount"]["N"].as_str().unwrap_or("0").to_owned()
}

#[tokio::test]
async fn a_transaction_is_done_once_also_across_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    {
        let cloud = cloud(Vec::new(), Some(directory.path()));
        with_table(&cloud).await;
        for _ in 0..2 {
            assert_eq!(
                dynamodb(&cloud, "local", "TransactWriteItems", transfer("t", "a")).await.0,
                200
            );
        }
        assert_eq!(amount(&cloud, "a").await, "1");
    }
    let cloud = cloud(Vec::new(), Some(directory.path()));
    assert_eq!(dynamodb(&cloud, "local", "TransactWriteItems", transfer("t", "a")).await.0, 200);
    assert_eq!(amount(&cloud, "a").await, "1", "done before the restart");
    let (status, answer) =
        dynamodb(&cloud, "local", "TransactWriteItems", transfer("t", "b")).await;
    assert_eq!(status, 400);
    assert!(
        answer["__type"].as_str().unwrap().ends_with("#IdempotentParameterMismatchException"),
        "{answer}"
    );
    dynamodb(&cloud, "trusted", "TransactWriteItems", transfer("t", "b")).await;
    assert_eq!(amount(&cloud, "b").await, "1", "another caller's token is another");
}

#[tokio::test]
async fn a_refused_transaction_may_be_sent_again_under_its_token() {
    let cloud = cloud(Vec::new(), None);
    with_table(&cloud).await;
    let mut guarded = transfer("t", "a");
    guarded["TransactItems"][0]["Update"]["ConditionExpression"] = json!("attribute_exists(pk)");
    assert_eq!(dynamodb(&cloud, "local", "TransactWriteItems", guarded.clone()).await.0, 400);
    dynamodb(&cloud, "local", "PutItem", item("a")).await;
    assert_eq!(dynamodb(&cloud, "local", "TransactWriteItems", guarded).await.0, 200);
    assert_eq!(amount(&cloud, "a").await, "1");
}

#[tokio::test]
async fn received_messages_stay_hidden_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let call = async |cloud: &Cloud, operation: &str, body: Value, by_socket: bool| {
        let credential =
            "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sqs/aws4_request, Signature=x";
        let request = Request::post("/")
            .header("x-amz-target", format!("AmazonSQS.{operation}"))
            .header("authorization", credential);
        let mut request = request.body(Body::from(Bytes::from(body.to_string()))).unwrap();
        if by_socket {
            request.extensions_mut().insert(BySocket);
        }
        let bytes =
            cloud.respond(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice::<Value>(&bytes).unwrap()
    };
    {
        let cloud = cloud(Vec::new(), Some(directory.path()));
        for (queue, by_socket) in [("theirs", true), ("ours", false)] {
            call(&cloud, "CreateQueue", json!({"QueueName": queue}), false).await;
            call(&cloud, "SendMessage", json!({"QueueUrl": queue, "MessageBody": "x"}), false)
                .await;
            let received =
                call(&cloud, "ReceiveMessage", json!({"QueueUrl": queue}), by_socket).await;
            assert!(received["Messages"].is_array(), "{received}");
        }
    }
    let cloud = cloud(Vec::new(), Some(directory.path()));
    let again = call(&cloud, "ReceiveMessage", json!({"QueueUrl": "theirs"}), true).await;
    assert!(again["Messages"].as_array().is_none_or(Vec::is_empty), "{again}");
    let again = call(&cloud, "ReceiveMessage", json!({"QueueUrl": "ours"}), true).await;
    assert_eq!(again["Messages"][0]["Body"], "x", "its receiver is gone");
}

#[tokio::test]
async fn the_name_of_a_secret_scheduled_for_deletion_is_in_use() {
    let cloud = cloud(Vec::new(), None);
    let secrets = async |operation: &str, body: Value| {
        call_as(&cloud, "local", &format!("secretsmanager.{operation}"), body).await.unwrap()
    };
    let create = || json!({"Name": "s", "SecretString": "v"});
    assert_eq!(secrets("CreateSecret", create()).await.0, 200);
    assert_eq!(secrets("CreateSecret", create()).await.1["__type"], "ResourceExistsException");
    assert_eq!(secrets("DeleteSecret", json!({"SecretId": "s"})).await.0, 200);
    let (status, answer) = secrets("CreateSecret", create()).await;
    assert_eq!((status, answer["__type"].as_str()), (400, Some("InvalidRequestException")));
    let message = "You can't create this secret because a secret with this name is already \
         scheduled for deletion.";
    assert_eq!(answer["message"], message);
    assert_eq!(secrets("RestoreSecret", json!({"SecretId": "s"})).await.0, 200);
    assert_eq!(secrets("GetSecretValue", json!({"SecretId": "s"})).await.0, 200);
    assert_eq!(
        secrets("DeleteSecret", json!({"SecretId": "s", "ForceDeleteWithoutRecovery": true}))
            .await
            .0,
        200
    );
    assert_eq!(secrets("CreateSecret", create()).await.0, 200);
}
