//! Events that differ from those the gateway usually sends: each is answered, and none stops the
//! function (docs/adr/0046).

use builder_tests::{Stack, repository};
use serde_json::{Value, json};

#[tokio::test]
async fn unusual_events_are_answered() {
    let stack = Stack::own().start();
    let text = std::fs::read_to_string(repository().join("events/health.json")).unwrap();
    for (pointer, value, status) in [
        ("/rawQueryString", Value::Null, 200),
        ("/headers", Value::Null, 200),
        ("/headers/host", json!("api.example.com:99999"), 200),
        ("/headers/host", json!("a b"), 200),
        ("/headers/x-forwarded-proto", json!("https,http"), 200),
        ("/headers/user-agent", json!("a\nb"), 200),
        ("/headers/user-agent", Value::Null, 200),
        ("/requestContext/stage", json!("test"), 200),
        // This route accepts no query, so the query must have been read to be refused.
        ("/rawQueryString", json!("q=a b"), 422),
        ("/rawQueryString", json!("q=\"<a>"), 422),
        ("/rawQueryString", json!("#q"), 422),
        ("/rawQueryString", json!("q".repeat(70_000)), 422),
        ("/isBase64Encoded", json!(true), 400),
    ] {
        let mut event: Value = serde_json::from_str(&text).unwrap();
        if pointer == "/isBase64Encoded" {
            // A body that would be valid without the base64 flag.
            event["body"] = json!("{}");
        }
        *event.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value;
        let answer = stack.invoke("health", event.clone()).await.unwrap();
        assert_eq!(answer["statusCode"], status, "{pointer} of {event}: {answer}");
    }
    // The gateway decodes the path. A number sign in it doesn't remove the query.
    let mut event: Value = serde_json::from_str(&text).unwrap();
    event["rawPath"] = json!("/health#");
    event["rawQueryString"] = json!("q=1");
    let answer = stack.invoke("health", event).await.unwrap();
    assert_eq!(answer["statusCode"], 422, "{answer}");
}

#[tokio::test]
async fn an_invalid_port_in_the_host_is_accepted() {
    let stack = Stack::shared();
    stack.visitor().get("/health").header("host", "api.example.com:99999").await.expect(200);
}
