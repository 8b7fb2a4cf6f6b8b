//! `GET /health` and `GET /health/ready`

use builder_local::cloud::Faults;
use builder_local::cloud::faults::{Kind, Rule};
use builder_tests::Stack;
use serde_json::json;

#[tokio::test]
async fn the_api_is_alive_and_ready() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let alive = visitor.get("/health").await.expect(200).data();
    assert_eq!(alive, json!({ "status": "alive", "version": env!("CARGO_PKG_VERSION") }));
    let ready = visitor.get("/health/ready").await.expect(200).data();
    assert_eq!(ready["status"], "ready");
    assert_eq!(ready["reached"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn without_its_queue_it_is_alive_but_not_ready() {
    let rule = Rule { operation: "sqs:GetQueueAttributes".into(), kind: Kind::Error500, probability: 1.0 };
    let stack = Stack::own().faults(Faults { seed: 1, rules: vec![rule] }).start();
    let visitor = stack.visitor();
    visitor.get("/health").await.expect(200);
    let problem = visitor.get("/health/ready").await.problem(503, "unavailable");
    assert!(problem.answer.required("retry-after").parse::<u64>().is_ok());
}

#[tokio::test]
async fn without_its_store_it_is_alive() {
    let rule = Rule { operation: "dynamodb:UpdateItem".into(), kind: Kind::Error500, probability: 1.0 };
    let stack = Stack::own().faults(Faults { seed: 1, rules: vec![rule] }).start();
    let visitor = stack.visitor();
    visitor.get("/.well-known/jwks.json").await.problem(503, "unavailable");
    visitor.get("/health").await.expect(200);
}
