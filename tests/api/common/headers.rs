//! Headers of every response.

use builder_tests::{Stack, aws};
use serde_json::json;

#[tokio::test]
async fn valid_request_ids_are_returned_and_others_replaced() {
    let stack = Stack::shared();
    let user = stack.user().await;
    for id in ["12345678", "order-import_2026.11.21", &"x".repeat(128)] {
        let answer = user.get("/api/v1/me").header("x-request-id", id).await.expect(200);
        assert_eq!(answer.header("x-request-id"), Some(id));
    }
    let mut ours = Vec::new();
    for id in [
        "1234567",
        &"x".repeat(129),
        "with space",
        "a;b;c;d;e;f",
        "<script>alert(1)</script>",
        "ünïcödé-123",
    ] {
        let answer = user.get("/api/v1/me").header("x-request-id", id).await.expect(200);
        assert_ne!(answer.required("x-request-id"), id);
        ours.push(answer.required("x-request-id").to_owned());
    }
    let count = ours.len();
    ours.sort();
    ours.dedup();
    assert_eq!(ours.len(), count, "each request must have its own ID");
}

#[tokio::test]
async fn problems_contain_the_request_id() {
    let stack = Stack::shared();
    // `problem` compares the ID in the body with the header.
    let problem = stack
        .visitor()
        .get("/nowhere")
        .header("x-request-id", "my-own-request")
        .await
        .problem(404, "not-found");
    assert_eq!(problem.body["requestId"], "my-own-request");
}

#[tokio::test]
async fn only_public_responses_are_cacheable() {
    let stack = Stack::shared();
    let user = stack.user().await;
    for path in ["/api/v1/me", "/api/v1/products", "/api/v1/orders", "/nowhere", "/health"] {
        assert_eq!(user.get(path).await.header("cache-control"), Some("no-store"), "{path}");
    }
    for path in ["/openapi.json", "/docs", "/problems/not-found", "/.well-known/jwks.json"] {
        assert!(
            user.get(path)
                .await
                .expect(200)
                .required("cache-control")
                .starts_with("public, max-age="),
            "{path}"
        );
    }
}

#[tokio::test]
async fn security_headers_are_sent() {
    let stack = Stack::shared();
    let answer = stack.visitor().get("/health").await.expect(200);
    assert_eq!(answer.required("x-content-type-options"), "nosniff");
    assert_eq!(answer.required("referrer-policy"), "no-referrer");
    assert!(answer.required("strict-transport-security").contains("max-age="));
    assert!(answer.required("content-security-policy").contains("default-src 'none'"));
    for name in ["server", "x-powered-by"] {
        assert_eq!(answer.header(name), None, "{name}");
    }
}

#[tokio::test]
async fn the_callers_trace_is_continued_in_events() {
    let stack = Stack::own().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = builder_tests::catalogue::create(&admin, json!({})).await;
    let (trace, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    let order = json!({ "items": [{ "productId": product, "quantity": 1 }] });
    let request =
        user.post("/api/v1/orders", &order).header("traceparent", format!("00-{trace}-{span}-01"));
    let id = request.await.expect(201).text("id");
    let items = stack.aws().items(aws::DATA_TABLE).await;
    let event = items
        .iter()
        .find(|item| {
            item["pk"]["S"] == format!("ORDER#{id}") && item["sk"]["S"] == "EVENT#0000000001"
        })
        .unwrap();
    let parent = event["traceparent"]["S"].as_str().unwrap();
    assert!(parent.starts_with(&format!("00-{trace}-")) && !parent.contains(span), "{parent}");
}
