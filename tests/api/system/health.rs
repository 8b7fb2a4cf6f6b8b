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
async fn without_a_queue_the_api_is_alive_but_not_ready() {
    let rule =
        Rule { operation: "sqs:GetQueueAttributes".into(), kind: Kind::Error500, probability: 1.0 };
    let stack = Stack::own().faults(Faults { seed: 1, rules: vec![rule] }).start();
    let visitor = stack.visitor();
    visitor.get("/health").await.expect(200);
    let problem = visitor.get("/health/ready").await.problem(503, "unavailable");
    assert!(problem.answer.required("retry-after").parse::<u64>().is_ok());
}

#[tokio::test]
async fn without_the_table_the_api_is_alive() {
    let rule =
        Rule { operation: "dynamodb:UpdateItem".into(), kind: Kind::Error500, probability: 1.0 };
    let stack = Stack::own().faults(Faults { seed: 1, rules: vec![rule] }).start();
    let visitor = stack.visitor();
    visitor.get("/.well-known/jwks.json").await.problem(503, "unavailable");
    visitor.get("/health").await.expect(200);
}

#[tokio::test]
async fn head_is_supported_for_monitoring_and_caches() {
    let stack = Stack::own().unlimited().start();
    let (visitor, user) = (stack.visitor(), stack.user().await);
    let mut answered = 0;
    for route in builder_tests::routes()
        .iter()
        .filter(|route| route.method == reqwest::Method::GET && route.path != "$default")
    {
        let path = route.path.replace("{asset}", "docs.css").replace("{kind}", "not-found");
        let head = async || {
            visitor.request(reqwest::Method::HEAD, crate::common::sample_path(route)).await
        };
        if !route.keys().iter().any(|key| key.starts_with("HEAD ")) {
            let refused = head().await.expect(405);
            assert!(
                refused.required("allow").split(", ").all(|method| method != "HEAD"),
                "{route:?}"
            );
            continue;
        }
        let (get, head) =
            (visitor.get(&path).await, visitor.request(reqwest::Method::HEAD, &path).await);
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{route:?}");
        for name in
            ["content-type", "cache-control", "etag", "ratelimit-policy", "x-content-type-options"]
        {
            assert_eq!(head.header(name), get.header(name), "{route:?}: {name}");
        }
        answered += 1;
    }
    println!("HEAD is answered by {answered} routes");
    assert!(answered >= 7, "only {answered}");
    let refused = user.request(reqwest::Method::HEAD, "/api/v1/orders").await.expect(405);
    assert_eq!((refused.required("allow"), refused.body.len()), ("GET, POST", 0));
}
