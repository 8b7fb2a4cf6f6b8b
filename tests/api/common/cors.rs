//! Cross-origin requests.

use builder_tests::Stack;
use reqwest::Method;

const ORIGIN: &str = "https://app.example.com";

#[tokio::test]
async fn no_origin_is_allowed_by_default() {
    let answer =
        Stack::shared().visitor().get("/health").header("origin", ORIGIN).await.expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn configured_origins_are_allowed() {
    let stack = Stack::own().parameter("CorsOrigins", ORIGIN).start();
    let visitor = stack.visitor();
    let answer = visitor.get("/health").header("origin", ORIGIN).await.expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
    let exposed = answer.required("access-control-expose-headers").to_lowercase();
    for name in ["etag", "location", "ratelimit", "retry-after", "x-request-id"] {
        assert!(exposed.contains(name), "{name} is not among {exposed}");
    }
    let evil =
        visitor.get("/health").header("origin", "https://evil.example.com").await.expect(200);
    assert_eq!(evil.header("access-control-allow-origin"), None);
    // Problems need the header, too, so that pages can read them.
    let problem =
        visitor.get("/api/v1/me").header("origin", ORIGIN).await.problem(401, "unauthenticated");
    assert_eq!(problem.answer.header("access-control-allow-origin"), Some(ORIGIN));

    let preflight = visitor
        .request(Method::OPTIONS, "/api/v1/orders")
        .header("origin", ORIGIN)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type,idempotency-key")
        .await;
    preflight.check(preflight.status < 300, "expected the response of a preflight");
    assert_eq!(preflight.header("access-control-allow-origin"), Some(ORIGIN));
    assert!(preflight.required("access-control-allow-methods").contains("POST"));
    assert!(
        preflight
            .required("access-control-allow-headers")
            .to_lowercase()
            .contains("idempotency-key")
    );
}
