//! Stripe's test cards.

use serde_json::json;

use crate::common::{Local, text};

#[tokio::test]
async fn declined_cards_return_a_reason_and_a_failed_charge() {
    let local = Local::start().await;
    for (card, code, decline_code) in [
        ("pm_card_visa_chargeDeclined", "card_declined", Some("generic_decline")),
        (
            "pm_card_visa_chargeDeclinedInsufficientFunds",
            "card_declined",
            Some("insufficient_funds"),
        ),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", Some("lost_card")),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", Some("stolen_card")),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
    ] {
        let error = local.pay(card).await.error(402);
        assert_eq!(error["type"], "card_error", "{card}");
        assert_eq!(error["code"], code, "{card}");
        assert_eq!(error["decline_code"].as_str(), decline_code, "{card}");
        let intent = &error["payment_intent"];
        assert_eq!(intent["status"], "requires_payment_method");
        assert_eq!(intent["payment_method"], json!(null));
        assert_eq!(intent["last_payment_error"]["code"], code);
        assert_eq!(intent["last_payment_error"]["payment_method"]["type"], "card");
        let charge = local.get(&format!("/v1/charges/{}", text(&error, "/charge")), &[]).await.ok();
        assert_eq!(
            (&charge["status"], &charge["paid"], &charge["failure_code"]),
            (&json!("failed"), &json!(false), &json!(code))
        );
        assert_eq!(charge["balance_transaction"], json!(null));
    }
}

#[tokio::test]
async fn another_card_pays_after_one_was_declined() {
    let local = Local::start().await;
    let error = local.pay("pm_card_visa_chargeDeclined").await.error(402);
    let id = text(&error, "/payment_intent/id");
    let paid = local
        .post(
            &format!("/v1/payment_intents/{id}/confirm"),
            &[("payment_method", "pm_card_mastercard")],
        )
        .await
        .ok();
    assert_eq!((&paid["status"], &paid["last_payment_error"]), (&json!("succeeded"), &json!(null)));
    let charges = local.get("/v1/charges", &[("payment_intent", id)]).await.ok();
    let statuses: Vec<&str> =
        charges["data"].as_array().unwrap().iter().map(|charge| text(charge, "/status")).collect();
    assert_eq!(statuses, ["succeeded", "failed"]);
}

#[tokio::test]
async fn a_payment_method_without_a_customer_pays_once() {
    let local = Local::start().await;
    let paid = local.pay("pm_card_visa").await.ok();
    let error = local.pay(text(&paid, "/payment_method")).await.error(400);
    assert!(text(&error, "/message").starts_with("The provided PaymentMethod was previously used"));
}

#[tokio::test]
async fn invalid_card_numbers_are_rejected() {
    let local = Local::start().await;
    let browser = local.browser();
    let intent = local.intent().await;
    let path = format!("/v1/payment_intents/{}/confirm", text(&intent, "/id"));
    let secret = text(&intent, "/client_secret");
    let typed = async |number: &str, month: &str, year: &str, cvc: &str| {
        let form = [
            ("client_secret", secret),
            ("payment_method_data[type]", "card"),
            ("payment_method_data[card][number]", number),
            ("payment_method_data[card][exp_month]", month),
            ("payment_method_data[card][exp_year]", year),
            ("payment_method_data[card][cvc]", cvc),
        ];
        browser.post(&path, &form).await
    };
    for (number, month, year, cvc, code) in [
        ("4242424242424241", "12", "2099", "123", "incorrect_number"),
        ("4242424242424242", "13", "2060", "123", "invalid_expiry_month"),
        ("4242424242424242", "12", "2020", "123", "invalid_expiry_year"),
        ("4242424242424242", "12", "2060", "12", "invalid_cvc"),
        ("4111111111111111", "12", "2060", "123", "card_declined"),
        ("4000000000000002", "12", "2060", "123", "card_declined"),
        ("4000000000000127", "12", "60", "123", "incorrect_cvc"),
    ] {
        assert_eq!(
            typed(number, month, year, cvc).await.error(402)["code"],
            code,
            "{number} {month}/{year} {cvc}"
        );
    }
    let summary = local.stripe.summary();
    assert_eq!(summary.charges["failed"].count, 2, "a bank was asked about the last two only");
    assert_eq!(typed("4242 4242 4242 4242", "12", "60", "123").await.ok()["status"], "succeeded");
}

#[tokio::test]
async fn a_server_sends_no_card_numbers() {
    let local = Local::start().await;
    let intent = local.intent().await;
    let form = [
        ("payment_method_data[type]", "card"),
        ("payment_method_data[card][number]", "4242424242424242"),
        ("payment_method_data[card][exp_month]", "12"),
        ("payment_method_data[card][exp_year]", "2060"),
    ];
    let error = local
        .post(&format!("/v1/payment_intents/{}/confirm", text(&intent, "/id")), &form)
        .await
        .error(402);
    assert!(text(&error, "/message").starts_with(
        "Sending credit card numbers directly to the Stripe API is generally unsafe."
    ));
}
