//! Intents, from creation to their final status.

use serde_json::json;

use crate::common::{Local, text};

#[tokio::test]
async fn an_intent_is_created_confirmed_and_paid() {
    let local = Local::start().await;
    let form = [
        ("amount", "2500"),
        ("currency", "EUR"),
        ("payment_method_types[]", "card"),
        ("metadata[order]", "ord_7"),
        ("description", "Order 7"),
        ("receipt_email", "ada@example.com"),
    ];
    let intent = local.post("/v1/payment_intents", &form).await.ok();
    assert_eq!(intent["object"], "payment_intent");
    assert_eq!(intent["status"], "requires_payment_method");
    assert_eq!((&intent["amount"], &intent["amount_received"]), (&json!(2500), &json!(0)));
    assert_eq!(intent["currency"], "eur");
    assert_eq!(intent["metadata"], json!({"order": "ord_7"}));
    assert_eq!(intent["payment_method_types"], json!(["card"]));
    assert_eq!(intent["automatic_payment_methods"], json!(null));
    assert_eq!(intent["livemode"], false);
    let id = text(&intent, "/id");
    assert!(text(&intent, "/client_secret").starts_with(&format!("{id}_secret_")));

    let paid = local
        .post(&format!("/v1/payment_intents/{id}/confirm"), &[("payment_method", "pm_card_visa")])
        .await
        .ok();
    assert_eq!(paid["status"], "succeeded");
    assert_eq!(paid["amount_received"], 2500);
    assert_eq!(local.get(&format!("/v1/payment_intents/{id}"), &[]).await.ok(), paid);

    let charge =
        local.get(&format!("/v1/charges/{}", text(&paid, "/latest_charge")), &[]).await.ok();
    assert_eq!(
        (&charge["paid"], &charge["captured"], &charge["refunded"]),
        (&json!(true), &json!(true), &json!(false))
    );
    assert_eq!(charge["payment_intent"], id);
    assert_eq!(charge["metadata"], json!({"order": "ord_7"}));
    assert_eq!(charge["receipt_email"], "ada@example.com");
    assert_eq!(charge["payment_method_details"]["card"]["last4"], "4242");
    let transaction = local
        .get(&format!("/v1/balance_transactions/{}", text(&charge, "/balance_transaction")), &[])
        .await
        .ok();
    // 1.5 % and 25.
    assert_eq!(
        (&transaction["amount"], &transaction["fee"], &transaction["net"]),
        (&json!(2500), &json!(63), &json!(2437))
    );
    assert_eq!(transaction["source"], charge["id"]);
    assert_eq!(transaction["fee_details"][0]["amount"], 63);
}

#[tokio::test]
async fn an_intent_with_a_card_waits_for_its_confirmation() {
    let local = Local::start().await;
    let form = [
        ("amount", "1000"),
        ("currency", "eur"),
        ("payment_method", "pm_card_visa"),
        ("payment_method_types[]", "card"),
    ];
    let intent = local.post("/v1/payment_intents", &form).await.ok();
    assert_eq!(intent["status"], "requires_confirmation");
    assert!(
        text(&intent, "/payment_method").starts_with("pm_3"),
        "the name of a test card stands for a new payment method"
    );
    let path = format!("/v1/payment_intents/{}/confirm", text(&intent, "/id"));
    assert_eq!(local.post(&path, &[]).await.ok()["status"], "succeeded");
}

#[tokio::test]
async fn a_succeeded_intent_cannot_be_changed() {
    let local = Local::start().await;
    let paid = local.pay("pm_card_visa").await.ok();
    let path = format!("/v1/payment_intents/{}", text(&paid, "/id"));
    let error = local
        .post(&format!("{path}/confirm"), &[("payment_method", "pm_card_visa")])
        .await
        .error(400);
    assert_eq!(error["code"], "payment_intent_unexpected_state");
    assert_eq!(
        error["message"],
        "You cannot confirm this PaymentIntent because it has already succeeded after being \
         previously confirmed."
    );
    assert_eq!(error["payment_intent"]["id"], paid["id"]);
    let error = local.post(&format!("{path}/cancel"), &[]).await.error(400);
    assert_eq!(error["code"], "payment_intent_unexpected_state");
    assert!(text(&error, "/message").contains("because it has a status of succeeded."));
    let error = local.post(&path, &[("amount", "500")]).await.error(400);
    assert_eq!(error["code"], "payment_intent_unexpected_state");
    assert_eq!(local.stripe.summary().charges["succeeded"].count, 1);
}

#[tokio::test]
async fn a_cancelled_intent_stays_cancelled() {
    let local = Local::start().await;
    let intent = local.intent().await;
    let path = format!("/v1/payment_intents/{}", text(&intent, "/id"));
    let error =
        local.post(&format!("{path}/cancel"), &[("cancellation_reason", "whim")]).await.error(400);
    assert_eq!(error["param"], "cancellation_reason");
    let cancelled =
        local.post(&format!("{path}/cancel"), &[("cancellation_reason", "abandoned")]).await.ok();
    assert_eq!(
        (&cancelled["status"], &cancelled["cancellation_reason"]),
        (&json!("canceled"), &json!("abandoned"))
    );
    assert!(cancelled["canceled_at"].is_i64());
    let error = local
        .post(&format!("{path}/confirm"), &[("payment_method", "pm_card_visa")])
        .await
        .error(400);
    assert!(text(&error, "/message").starts_with(
        "This PaymentIntent's payment_method could not be updated because it has \
                 a status of canceled."
    ));
    assert_eq!(
        local.post(&format!("{path}/cancel"), &[]).await.error(400)["code"],
        "payment_intent_unexpected_state"
    );
}

#[tokio::test]
async fn an_intent_changes_until_it_is_paid_its_notes_also_after() {
    let local = Local::start().await;
    let intent = local.intent().await;
    let path = format!("/v1/payment_intents/{}", text(&intent, "/id"));
    let form =
        [("amount", "1500"), ("metadata[a]", "1"), ("metadata[b]", "2"), ("description", "later")];
    let changed = local.post(&path, &form).await.ok();
    assert_eq!((&changed["amount"], &changed["description"]), (&json!(1500), &json!("later")));
    let changed = local
        .post(&path, &[("metadata[a]", ""), ("metadata[c]", "3"), ("description", "")])
        .await
        .ok();
    assert_eq!(
        (&changed["metadata"], &changed["description"]),
        (&json!({"b": "2", "c": "3"}), &json!(null))
    );
    assert_eq!(local.post(&path, &[("amount", "1")]).await.error(400)["code"], "amount_too_small");
    let changed = local.post(&path, &[("payment_method", "pm_card_visa")]).await.ok();
    assert_eq!(changed["status"], "requires_confirmation");
    let paid = local.post(&format!("{path}/confirm"), &[]).await.ok();
    assert_eq!(paid["amount_received"], 1500);
    let changed = local.post(&path, &[("metadata", "")]).await.ok();
    assert_eq!((&changed["metadata"], &changed["status"]), (&json!({}), &json!("succeeded")));
}

#[tokio::test]
async fn an_intent_without_a_card_is_not_confirmed() {
    let local = Local::start().await;
    let intent = local.intent().await;
    let error = local
        .post(&format!("/v1/payment_intents/{}/confirm", text(&intent, "/id")), &[])
        .await
        .error(400);
    assert_eq!(error["code"], "payment_intent_unexpected_state");
    assert!(text(&error, "/message").contains("because it's missing a payment method"));
    let form = [
        ("amount", "1000"),
        ("currency", "eur"),
        ("payment_method_types[]", "card"),
        ("confirm", "true"),
    ];
    local.post("/v1/payment_intents", &form).await.error(400);
    assert_eq!(
        local.stripe.summary().payment_intents["requires_payment_method"].count,
        1,
        "the second was never made"
    );
}

#[tokio::test]
async fn methods_chosen_automatically_want_an_address_to_return_to() {
    let local = Local::start().await;
    let intent =
        local.post("/v1/payment_intents", &[("amount", "1000"), ("currency", "eur")]).await.ok();
    assert_eq!(
        intent["automatic_payment_methods"],
        json!({"allow_redirects": "always", "enabled": true})
    );
    let path = format!("/v1/payment_intents/{}/confirm", text(&intent, "/id"));
    let error = local.post(&path, &[("payment_method", "pm_card_visa")]).await.error(400);
    assert!(text(&error, "/message").contains("you must provide a `return_url`"));
    let form = [("payment_method", "pm_card_visa"), ("return_url", "https://shop.example/done")];
    assert_eq!(local.post(&path, &form).await.ok()["status"], "succeeded");

    let form = [
        ("amount", "1000"),
        ("currency", "eur"),
        ("automatic_payment_methods[enabled]", "true"),
        ("automatic_payment_methods[allow_redirects]", "never"),
        ("payment_method", "pm_card_visa"),
        ("confirm", "true"),
    ];
    assert_eq!(local.post("/v1/payment_intents", &form).await.ok()["status"], "succeeded");
}

#[tokio::test]
async fn answers_have_the_headers_of_stripe() {
    let local = Local::start().await;
    let reply = local.get("/v1/charges", &[]).await;
    assert!(reply.header("request-id").unwrap().starts_with("req_"));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert!(reply.header("stripe-version").is_some());
    let request = local
        .request(reqwest::Method::GET, "/v1/charges", &[])
        .header("stripe-version", "2024-06-20");
    assert_eq!(
        crate::common::send(request).await.unwrap().header("stripe-version"),
        Some("2024-06-20")
    );
    let request = local
        .request(reqwest::Method::GET, "/v1/charges", &[])
        .header("stripe-version", "yesterday");
    crate::common::send(request).await.unwrap().error(400);
}
