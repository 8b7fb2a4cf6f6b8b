//! 3-D Secure.

use serde_json::json;

use crate::common::{Local, Reply, send, text};

const RETURN: &str = "http://127.0.0.1:9/done?order=1";

async fn challenged(local: &Local, card: &str) -> serde_json::Value {
    let intent = local.intent().await;
    let form = [("payment_method", card), ("return_url", RETURN)];
    let intent = local
        .post(&format!("/v1/payment_intents/{}/confirm", text(&intent, "/id")), &form)
        .await
        .ok();
    assert_eq!(
        (&intent["status"], &intent["latest_charge"]),
        (&json!("requires_action"), &json!(null))
    );
    assert_eq!(intent["next_action"]["type"], "redirect_to_url");
    assert_eq!(intent["next_action"]["redirect_to_url"]["return_url"], RETURN);
    intent
}

async fn end(local: &Local, intent: &serde_json::Value, outcome: &str) -> Reply {
    let request = local
        .http
        .post(text(intent, "/next_action/redirect_to_url/url"))
        .body(format!("outcome={outcome}"));
    send(request).await.unwrap()
}

#[tokio::test]
async fn the_customer_authenticates_on_a_page_and_goes_back_to_the_shop() {
    let local = Local::start().await;
    for card in [
        "pm_card_authenticationRequired",
        "pm_card_authenticationRequiredOnSetup",
        "pm_card_threeDSecure2Required",
    ] {
        let intent = challenged(&local, card).await;
        let page =
            send(local.http.get(text(&intent, "/next_action/redirect_to_url/url"))).await.unwrap();
        assert_eq!(page.status, 200);
        assert!(page.body.as_str().unwrap().contains("€10.00"));
        let back = end(&local, &intent, "complete").await;
        assert_eq!(back.status, 303);
        let location = back.header("location").unwrap();
        assert!(
            location.starts_with(&format!("{RETURN}&payment_intent={}&", text(&intent, "/id"))),
            "{location}"
        );
        assert!(location.ends_with("redirect_status=succeeded"), "{location}");
        let paid = local
            .get(
                &format!("/v1/payment_intents/{}", text(&intent, "/id")),
                &[("expand[]", "latest_charge")],
            )
            .await
            .ok();
        assert_eq!((&paid["status"], &paid["next_action"]), (&json!("succeeded"), &json!(null)));
        let secure = &paid["latest_charge"]["payment_method_details"]["card"]["three_d_secure"];
        assert_eq!(secure["result"], "authenticated");
        assert_eq!(end(&local, &intent, "complete").await.status, 404, "it has ended");
    }
    assert_eq!(local.stripe.summary().charges["succeeded"].count, 3);
}

#[tokio::test]
async fn a_customer_who_fails_to_authenticate_tries_another_card() {
    let local = Local::start().await;
    let intent = challenged(&local, "pm_card_authenticationRequired").await;
    let back = end(&local, &intent, "fail").await;
    assert!(back.header("location").unwrap().ends_with("redirect_status=failed"));
    let path = format!("/v1/payment_intents/{}", text(&intent, "/id"));
    let failed = local.get(&path, &[]).await.ok();
    assert_eq!(
        (&failed["status"], &failed["latest_charge"]),
        (&json!("requires_payment_method"), &json!(null))
    );
    assert_eq!(failed["last_payment_error"]["code"], "payment_intent_authentication_failure");
    assert!(local.stripe.summary().charges.is_empty());
    let paid =
        local.post(&format!("{path}/confirm"), &[("payment_method", "pm_card_visa")]).await.ok();
    assert_eq!(paid["status"], "succeeded");
}

#[tokio::test]
async fn a_card_may_be_declined_after_its_holder_authenticated() {
    let local = Local::start().await;
    for (card, code) in [
        ("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_threeDSecureRequiredChargeDeclined", "generic_decline"),
    ] {
        let intent = challenged(&local, card).await;
        assert_eq!(end(&local, &intent, "complete").await.status, 303);
        let declined =
            local.get(&format!("/v1/payment_intents/{}", text(&intent, "/id")), &[]).await.ok();
        assert_eq!(declined["status"], "requires_payment_method");
        assert_eq!(declined["last_payment_error"]["decline_code"], code);
        assert!(text(&declined, "/latest_charge").starts_with("ch_"));
    }
    assert_eq!(local.stripe.summary().charges["failed"].count, 2);
}

#[tokio::test]
async fn without_an_address_to_return_to_the_sdk_shows_the_page() {
    let local = Local::start().await;
    let intent = local.pay("pm_card_authenticationRequired").await.ok();
    assert_eq!(intent["next_action"]["type"], "use_stripe_sdk");
    let page = text(&intent, "/next_action/use_stripe_sdk/stripe_js");
    let request =
        local.http.post(page).header("accept", "application/json").body("outcome=complete");
    assert_eq!(send(request).await.unwrap().ok()["status"], "succeeded");
}

#[tokio::test]
async fn what_changes_the_payment_ends_the_authentication() {
    let local = Local::start().await;
    let intent = challenged(&local, "pm_card_authenticationRequired").await;
    let path = format!("/v1/payment_intents/{}", text(&intent, "/id"));
    let changed = local.post(&path, &[("amount", "1200")]).await.ok();
    assert_eq!(
        (&changed["status"], &changed["next_action"]),
        (&json!("requires_confirmation"), &json!(null))
    );
    assert_eq!(end(&local, &intent, "complete").await.status, 404);

    let intent = challenged(&local, "pm_card_authenticationRequired").await;
    let path = format!("/v1/payment_intents/{}", text(&intent, "/id"));
    local.post(&format!("{path}/cancel"), &[]).await.ok();
    assert_eq!(end(&local, &intent, "complete").await.status, 404);

    let intent = challenged(&local, "pm_card_authenticationRequired").await;
    let path = format!("/v1/payment_intents/{}", text(&intent, "/id"));
    assert_eq!(
        local.post(&format!("{path}/confirm"), &[("payment_method", "pm_card_visa")]).await.ok()["status"],
        "succeeded"
    );
    assert_eq!(end(&local, &intent, "complete").await.status, 404);
    assert_eq!(local.stripe.summary().charges["succeeded"].count, 1);
}

#[tokio::test]
async fn an_authentication_ends_one_way_or_the_other() {
    let local = Local::start().await;
    let intent = challenged(&local, "pm_card_authenticationRequired").await;
    assert_eq!(end(&local, &intent, "maybe").await.status, 400);
    assert_eq!(
        local.get(&format!("/v1/payment_intents/{}", text(&intent, "/id")), &[]).await.ok()["status"],
        "requires_action"
    );
}
