//! What a browser may do, which has the publishable key and a client secret.

use serde_json::json;

use crate::common::{Local, text};

#[tokio::test]
async fn the_client_secret_shows_an_intent_without_the_shops_notes() {
    let local = Local::start().await;
    let form = [
        ("amount", "1000"),
        ("currency", "eur"),
        ("payment_method_types[]", "card"),
        ("metadata[margin]", "40%"),
    ];
    let intent = local.post("/v1/payment_intents", &form).await.ok();
    let path = format!("/v1/payment_intents/{}", text(&intent, "/id"));
    let browser = local.browser();
    let seen = browser.get(&path, &[("client_secret", text(&intent, "/client_secret"))]).await.ok();
    for (name, value) in seen.as_object().unwrap() {
        assert_eq!(value, &intent[name], "{name}");
    }
    for hidden in ["metadata", "latest_charge", "customer", "amount_received"] {
        assert_eq!(seen.get(hidden), None, "{hidden}");
    }
    let form =
        [("client_secret", text(&intent, "/client_secret")), ("payment_method", "pm_card_visa")];
    let paid = browser.post(&format!("{path}/confirm"), &form).await.ok();
    assert_eq!((&paid["status"], paid.get("metadata")), (&json!("succeeded"), None));
}

#[tokio::test]
async fn without_the_right_secret_a_browser_sees_nothing() {
    let local = Local::start().await;
    let (intent, other) = (local.intent().await, local.intent().await);
    let path = format!("/v1/payment_intents/{}", text(&intent, "/id"));
    let browser = local.browser();
    assert_eq!(browser.get(&path, &[]).await.error(400)["code"], "parameter_missing");
    let confirm = format!("{path}/confirm");
    assert_eq!(
        browser.post(&confirm, &[("payment_method", "pm_card_visa")]).await.error(400)["param"],
        "client_secret"
    );
    for wrong in [text(&other, "/client_secret"), "x", &text(&intent, "/client_secret")[1..]] {
        let error = browser.get(&path, &[("client_secret", wrong)]).await.error(400);
        assert_eq!(error["param"], "client_secret");
        assert!(text(&error, "/message").starts_with(
            "The client_secret provided does not match any associated \
                     PaymentIntent on this account."
        ));
        browser
            .post(&confirm, &[("client_secret", wrong), ("payment_method", "pm_card_visa")])
            .await
            .error(400);
        local.get(&path, &[("client_secret", wrong)]).await.error(400);
    }
    browser.get("/v1/payment_intents/pi_x", &[("client_secret", "x")]).await.error(404);
    assert!(local.stripe.summary().charges.is_empty());
}

#[tokio::test]
async fn a_browser_sets_no_price_and_expands_no_charge() {
    let local = Local::start().await;
    let intent = local.intent().await;
    let path = format!("/v1/payment_intents/{}/confirm", text(&intent, "/id"));
    let secret = ("client_secret", text(&intent, "/client_secret"));
    let browser = local.browser();
    for extra in [("amount", "50"), ("metadata[a]", "b"), ("expand[]", "latest_charge")] {
        browser.post(&path, &[secret, ("payment_method", "pm_card_visa"), extra]).await.error(400);
    }
    assert!(local.stripe.summary().charges.is_empty(), "nothing was done");
}

#[tokio::test]
async fn what_a_browser_is_told_of_a_decline_is_the_public_part() {
    let local = Local::start().await;
    let intent = local.intent().await;
    let path = format!("/v1/payment_intents/{}/confirm", text(&intent, "/id"));
    let form = [
        ("client_secret", text(&intent, "/client_secret")),
        ("payment_method", "pm_card_visa_chargeDeclined"),
    ];
    let error = local.browser().post(&path, &form).await.error(402);
    assert_eq!(error["payment_intent"]["status"], "requires_payment_method");
    assert_eq!(error["payment_intent"].get("metadata"), None);
}

#[tokio::test]
async fn browsers_on_other_origins_are_let_through() {
    let local = Local::start().await;
    let request = local.http.request(
        reqwest::Method::OPTIONS,
        format!("{}/v1/payment_intents/pi_1/confirm", local.url),
    );
    let preflight =
        crate::common::send(request.header("origin", "http://shop.example")).await.unwrap();
    assert_eq!(
        (preflight.status, preflight.header("access-control-allow-origin")),
        (200, Some("*"))
    );
    assert_eq!(
        local.get("/v1/charges", &[]).await.header("access-control-allow-origin"),
        Some("*")
    );
    let local_page =
        crate::common::send(local.http.get(format!("{}/_local/summary", local.url))).await.unwrap();
    assert_eq!(local_page.header("access-control-allow-origin"), None);
}
