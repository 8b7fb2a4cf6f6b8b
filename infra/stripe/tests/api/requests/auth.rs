//! Keys.

use base64::Engine;

use crate::common::{Caller, Local, PUBLISHABLE, SECRET, send, text};

#[tokio::test]
async fn a_call_without_a_key_is_refused() {
    let local = Local::start().await;
    let reply = send(local.http.get(format!("{}/v1/charges", local.url))).await.unwrap();
    assert_eq!(reply.header("www-authenticate"), Some("Basic realm=\"Stripe\""));
    let error = reply.error(401);
    assert_eq!(error["type"], "invalid_request_error");
    assert!(text(&error, "/message").starts_with("You did not provide an API key."));
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_not_told_back() {
    let local = Local::start().await;
    let stranger = Caller::new(&local.url, "sk_test_somebody_elses_9876");
    let error = stranger.get("/v1/charges", &[]).await.error(401);
    let message = text(&error, "/message");
    assert!(
        message.starts_with("Invalid API Key provided: sk_test_***") && message.ends_with("9876"),
        "{message}"
    );
    assert!(!message.contains("somebody"));
}

#[tokio::test]
async fn the_secret_key_may_come_as_basic_authentication() {
    let local = Local::start().await;
    let credentials = base64::prelude::BASE64_STANDARD.encode(format!("{SECRET}:"));
    let request = local
        .http
        .get(format!("{}/v1/charges", local.url))
        .header("authorization", format!("Basic {credentials}"));
    assert_eq!(send(request).await.unwrap().ok()["data"], serde_json::json!([]));
}

#[tokio::test]
async fn a_publishable_key_opens_nothing_but_its_two_routes() {
    let local = Local::start().await;
    let intent = local.intent().await;
    let id = text(&intent, "/id");
    let browser = local.browser();
    let secret = [("client_secret", text(&intent, "/client_secret"))];
    for path in [
        "/v1/payment_intents",
        "/v1/charges",
        "/v1/refunds",
        "/v1/events",
        "/v1/charges/ch_1",
        "/v1/balance_transactions/txn_1",
    ] {
        assert_eq!(
            browser.get(path, &[]).await.error(401)["code"],
            "secret_key_required",
            "{path}"
        );
    }
    for path in [
        "/v1/payment_intents",
        "/v1/refunds",
        &format!("/v1/payment_intents/{id}"),
        &format!("/v1/payment_intents/{id}/cancel"),
    ] {
        assert_eq!(
            browser.post(path, &secret).await.error(401)["code"],
            "secret_key_required",
            "{path}"
        );
    }
    assert_eq!(
        local.get(&format!("/v1/payment_intents/{id}"), &[]).await.ok()["status"],
        "requires_payment_method"
    );
}

#[tokio::test]
async fn a_secret_key_as_a_parameter_is_no_key() {
    let local = Local::start().await;
    for key in [SECRET, "sk_live_x"] {
        let request = local.http.get(format!("{}/v1/charges?key={key}", local.url));
        send(request).await.unwrap().error(401);
    }
    let request = local.http.get(format!("{}/v1/charges?key={PUBLISHABLE}", local.url));
    assert_eq!(send(request).await.unwrap().error(401)["code"], "secret_key_required");
}

#[tokio::test]
async fn a_name_that_others_can_have_is_not_answered() {
    let local = Local::start().await;
    for path in ["/v1/charges", "/_local/summary", "/3ds/x"] {
        let request = local
            .http
            .get(format!("{}{path}", local.url))
            .bearer_auth(SECRET)
            .header("host", "evil.example");
        assert_eq!(send(request).await.unwrap().status, 403, "{path}");
    }
}
