//! The recorded calls: attributed by the caller's task, and by the trace header of another process.

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use s3s::Body;
use serde_json::{Value, json};

use crate::cloud::{Cloud, CloudOptions, Principal, Statement};
use crate::recorder::{Recorder, Recording, Verdict, new_trace_id, within};

fn cloud(recorder: &Recorder) -> Cloud {
    let cloud = Cloud::open(CloudOptions::default()).unwrap();
    let policy =
        json!({ "Statement": { "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*" } });
    cloud.add_principal(
        "sender",
        Principal::with_statements("sender", "s", Statement::of_policy(&policy).unwrap()),
    );
    cloud.set_recorder(recorder.clone());
    cloud
}

async fn call(cloud: &Cloud, key: &str, operation: &str, input: Value, trace: Option<&str>) -> u16 {
    let credential = format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/sqs/aws4_request, Signature=x"
    );
    let mut request = Request::post("/")
        .header("x-amz-target", format!("AmazonSQS.{operation}"))
        .header("authorization", credential);
    if let Some(trace) = trace {
        request = request.header("x-amzn-trace-id", trace);
    }
    let request = request.body(Body::from(Bytes::from(input.to_string()))).unwrap();
    cloud.respond(request).await.unwrap().status().as_u16()
}

/// A call as operation, status and error, and whether each decision allowed it.
type Told = (String, Option<u16>, Option<String>, Vec<bool>);

fn calls(recording: &Recording) -> Vec<Told> {
    let calls = recording.notes().calls.into_iter().map(|call| {
        let good = call
            .decisions
            .iter()
            .map(|decision| matches!(decision.verdict, Verdict::Allowed(_)))
            .collect();
        (call.operation, call.status, call.error, good)
    });
    calls.collect()
}

#[tokio::test]
async fn calls_are_attributed_to_their_task_with_the_iam_decision() {
    let recorder = Recorder::default();
    let cloud = cloud(&recorder);
    call(&cloud, "local", "CreateQueue", json!({ "QueueName": "mail" }), None).await;
    let url = "http://localhost/000000000000/mail";
    let [first, second] = ["/one", "/two"].map(|path| recorder.request("POST", path, ""));
    let sends = async {
        call(&cloud, "sender", "SendMessage", json!({ "QueueUrl": url, "MessageBody": "x" }), None)
            .await;
        call(
            &cloud,
            "sender",
            "SendMessage",
            json!({ "QueueUrl": format!("{url}2"), "MessageBody": "x" }),
            None,
        )
        .await;
    };
    let receives = call(&cloud, "sender", "ReceiveMessage", json!({ "QueueUrl": url }), None);
    tokio::join!(within(Arc::clone(&first), sends), within(Arc::clone(&second), receives));
    let missing = Some("QueueDoesNotExist".to_owned());
    let sent = [
        ("SendMessage".to_owned(), Some(200), None, vec![true]),
        ("SendMessage".to_owned(), Some(400), missing, vec![true]),
    ];
    assert_eq!(calls(&first), sent);
    let denied = Some("AccessDeniedException".to_owned());
    assert_eq!(calls(&second), [("ReceiveMessage".to_owned(), Some(403), denied, vec![false])]);
    let decision = &first.notes().calls[0].decisions[0];
    assert_eq!(decision.resource, "arn:aws:sqs:us-east-1:000000000000:mail");
    let Verdict::Allowed(statement) = &decision.verdict else { panic!("{decision:?}") };
    assert_eq!(serde_json::from_str::<Value>(statement).unwrap()["Action"], "sqs:SendMessage");
}

#[tokio::test]
async fn a_process_is_identified_by_its_trace_header() {
    let recorder = Recorder::default();
    let cloud = cloud(&recorder);
    let trace = new_trace_id(crate::time::now());
    let recording = recorder.invocation("send", "call", &trace);
    let input = json!({ "QueueName": "mail" });
    call(
        &cloud,
        "local",
        "CreateQueue",
        input.clone(),
        Some(&format!("{trace};Parent=53995c3f42cd8ad8;Sampled=1")),
    )
    .await;
    call(
        &cloud,
        "local",
        "GetQueueUrl",
        input.clone(),
        Some("Root=1-00000000-000000000000000000000000"),
    )
    .await;
    call(&cloud, "local", "GetQueueUrl", input, None).await;
    assert_eq!(calls(&recording), [("CreateQueue".to_owned(), Some(200), None, vec![])]);
}

#[tokio::test]
async fn viewing_a_queue_changes_nothing() {
    let cloud = cloud(&Recorder::default());
    call(&cloud, "local", "CreateQueue", json!({ "QueueName": "mail" }), None).await;
    for body in ["one", "two", "three"] {
        let input =
            json!({ "QueueUrl": "http://localhost/000000000000/mail", "MessageBody": body });
        call(&cloud, "local", "SendMessage", input, None).await;
    }
    for _ in 0..2 {
        let seen = cloud.peek("mail", 2).await.unwrap();
        let seen: Vec<_> =
            seen.iter().map(|message| (message.body.as_str(), message.received)).collect();
        assert_eq!(seen, [("one", 0), ("two", 0)]);
    }
    assert_eq!(cloud.oldest_messages().await.unwrap().into_keys().collect::<Vec<_>>(), ["mail"]);
    assert!(cloud.peek("none", 9).await.unwrap().is_empty());
}
