//! Payments with asynchronous processing.

use builder_stripe::{Faults, Options};
use serde_json::Value;

use crate::common::{Local, text, until};

#[tokio::test]
async fn a_payment_is_processed_before_it_succeeds() {
    let faults = Faults { processing_ms: Some(200), ..Faults::default() };
    let local = Local::with(Options { faults, ..Options::default() }).await;
    let intent = local.pay("pm_card_visa").await.ok();
    assert_eq!(intent["status"], "processing");
    let path = format!("/v1/payment_intents/{}", text(&intent, "/id"));
    let error = local.post(&format!("{path}/confirm"), &[]).await.error(400);
    assert!(text(&error, "/message").contains("because it has a status of processing."));
    until(|| async { local.get(&path, &[]).await.ok()["status"] == "succeeded" }).await;
    let summary = local.stripe.summary();
    assert_eq!(
        (summary.charges["succeeded"].count, summary.events["payment_intent.processing"]),
        (1, 1)
    );
}

#[tokio::test]
async fn what_a_charge_costs_may_be_known_later() {
    let faults = Faults { fees_late: true, ..Faults::default() };
    let local = Local::with(Options { faults, ..Options::default() }).await;
    let intent = local.pay("pm_card_visa").await.ok();
    let (path, charge) =
        (format!("/v1/payment_intents/{}", text(&intent, "/id")), text(&intent, "/latest_charge"));
    let expand = [("expand[]", "latest_charge.balance_transaction")];
    let seen = local.get(&path, &expand).await.ok();
    assert_eq!(
        (seen["latest_charge"]["id"].as_str(), &seen["latest_charge"]["balance_transaction"]),
        (Some(charge), &Value::Null)
    );
    assert_eq!(
        local.get(&format!("/v1/charges/{charge}"), &[]).await.ok()["balance_transaction"],
        Value::Null
    );
    assert_eq!(
        local.get("/v1/charges", &[]).await.ok()["data"][0]["balance_transaction"],
        Value::Null
    );
    local.stripe.set_faults(Faults::default());
    assert!(
        local.get(&path, &expand).await.ok()["latest_charge"]["balance_transaction"]["fee"]
            .is_number()
    );
}

#[tokio::test]
async fn a_payment_that_is_cancelled_while_it_is_processed_takes_no_money() {
    let faults = Faults { processing_ms: Some(200), ..Faults::default() };
    let local = Local::with(Options { faults, ..Options::default() }).await;
    let intent = local.pay("pm_card_visa").await.ok();
    let path = format!("/v1/payment_intents/{}", text(&intent, "/id"));
    local.post(&format!("{path}/cancel"), &[]).await.ok();
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert_eq!(local.get(&path, &[]).await.ok()["status"], "canceled");
    assert!(local.stripe.summary().charges.is_empty());
}
