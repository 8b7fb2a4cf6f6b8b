//! Refunds.

use std::time::Duration;

use builder_stripe::{Clock, Options};
use futures::future::join_all;
use serde_json::json;

use crate::common::{Local, text, until};

#[tokio::test]
async fn a_charge_is_refunded_in_parts_and_no_further() {
    let local = Local::start().await;
    let paid = local.pay("pm_card_visa").await.ok();
    let intent = ("payment_intent", text(&paid, "/id"));
    let first = local
        .post(
            "/v1/refunds",
            &[
                intent,
                ("amount", "300"),
                ("reason", "requested_by_customer"),
                ("metadata[line]", "2"),
            ],
        )
        .await
        .ok();
    assert_eq!(
        (&first["status"], &first["amount"], &first["currency"]),
        (&json!("succeeded"), &json!(300), &json!("eur"))
    );
    assert_eq!(
        (&first["metadata"], &first["reason"]),
        (&json!({"line": "2"}), &json!("requested_by_customer"))
    );
    assert_eq!(local.get(&format!("/v1/refunds/{}", text(&first, "/id")), &[]).await.ok(), first);

    let error = local.post("/v1/refunds", &[intent, ("amount", "701")]).await.error(400);
    assert_eq!(
        error["message"],
        "Refund amount (€7.01) is greater than unrefunded amount on charge (€7.00)"
    );
    assert_eq!((&error["param"], error.get("code")), (&json!("amount"), None));

    let rest = local.post("/v1/refunds", &[("charge", text(&paid, "/latest_charge"))]).await.ok();
    assert_eq!(rest["amount"], 700, "what is left");
    let error = local.post("/v1/refunds", &[intent, ("amount", "1")]).await.error(400);
    assert_eq!(error["code"], "charge_already_refunded");
    assert_eq!(
        error["message"],
        format!("Charge {} has already been refunded.", text(&paid, "/latest_charge"))
    );

    let charge =
        local.get(&format!("/v1/charges/{}", text(&paid, "/latest_charge")), &[]).await.ok();
    assert_eq!((&charge["refunded"], &charge["amount_refunded"]), (&json!(true), &json!(1000)));
    let balance = local.stripe.summary().balance["eur"];
    assert_eq!(
        (balance.amount, balance.fee, balance.net),
        (0, 40, -40),
        "the fee is not given back"
    );
    let listed = local.get("/v1/refunds", &[intent]).await.ok();
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);
    assert_eq!(local.get("/v1/refunds", &[("charge", "ch_other")]).await.ok()["data"], json!([]));
}

#[tokio::test]
async fn only_what_was_paid_is_refunded() {
    let local = Local::start().await;
    let intent = local.intent().await;
    let error =
        local.post("/v1/refunds", &[("payment_intent", text(&intent, "/id"))]).await.error(400);
    assert!(text(&error, "/message").ends_with("does not have a successful charge to refund."));
    let declined = local.pay("pm_card_visa_chargeDeclined").await.error(402);
    local
        .post("/v1/refunds", &[("payment_intent", text(&declined, "/payment_intent/id"))])
        .await
        .error(400);
    local.post("/v1/refunds", &[("charge", text(&declined, "/charge"))]).await.error(400);
    local.post("/v1/refunds", &[("payment_intent", "pi_x")]).await.error(404);
    local.post("/v1/refunds", &[("charge", "ch_x")]).await.error(404);
    local.post("/v1/refunds", &[]).await.error(400);
    let (one, two) = (local.pay("pm_card_visa").await.ok(), local.pay("pm_card_visa").await.ok());
    local
        .post(
            "/v1/refunds",
            &[("payment_intent", text(&one, "/id")), ("charge", text(&two, "/latest_charge"))],
        )
        .await
        .error(400);
    for (name, value) in
        [("amount", "0"), ("amount", "-1"), ("reason", "whim"), ("currency", "eur")]
    {
        assert_eq!(
            local
                .post("/v1/refunds", &[("payment_intent", text(&one, "/id")), (name, value)])
                .await
                .error(400)["param"],
            name
        );
    }
    assert!(local.stripe.summary().refunds.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_refunds_at_once_don_t_give_back_more_than_was_paid() {
    let local = Local::start().await;
    let paid = local.pay("pm_card_visa").await.ok();
    let form = [("payment_intent", text(&paid, "/id")), ("amount", "150")];
    let replies = join_all((0..20).map(|_| local.post("/v1/refunds", &form))).await;
    let (made, refused): (Vec<_>, Vec<_>) =
        replies.into_iter().partition(|reply| reply.status == 200);
    assert_eq!((made.len(), refused.len()), (6, 14));
    assert!(
        refused.into_iter().all(|reply| text(&reply.error(400), "/message").contains("(€1.00)"))
    );
    assert_eq!(local.stripe.summary().refunds["succeeded"].amount["eur"], 900);
}

#[tokio::test]
async fn a_pending_refund_succeeds_later() {
    let clock = Clock::default();
    let local = Local::with(Options {
        clock: clock.clone(),
        refunds_settle_after_ms: 3_600_000,
        ..Options::default()
    })
    .await;
    let paid = local.pay("pm_card_pendingRefund").await.ok();
    let refund = local.post("/v1/refunds", &[("payment_intent", text(&paid, "/id"))]).await.ok();
    assert_eq!(
        (&refund["status"], &refund["pending_reason"]),
        (&json!("pending"), &json!("processing"))
    );
    tokio::time::sleep(Duration::from_millis(100)).await;
    let path = format!("/v1/refunds/{}", text(&refund, "/id"));
    assert_eq!(local.get(&path, &[]).await.ok()["status"], "pending");
    clock.advance(Duration::from_secs(3_601));
    until(|| async { local.get(&path, &[]).await.ok()["status"] == "succeeded" }).await;
    let events = local.get("/v1/events", &[("type", "refund.updated")]).await.ok();
    assert_eq!(events["data"][0]["data"]["previous_attributes"], json!({"status": "pending"}));
    assert_eq!(
        events["data"][0]["request"],
        json!({"id": null, "idempotency_key": null}),
        "nobody called"
    );
}

#[tokio::test]
async fn a_refund_that_fails_later_is_the_shops_money_again() {
    let local = Local::with(Options { refunds_settle_after_ms: 100, ..Options::default() }).await;
    let paid = local.pay("pm_card_refundFail").await.ok();
    let refund = local
        .post("/v1/refunds", &[("payment_intent", text(&paid, "/id")), ("amount", "400")])
        .await
        .ok();
    assert_eq!(refund["status"], "succeeded", "as it seems at first");
    let path = format!("/v1/refunds/{}", text(&refund, "/id"));
    until(|| async { local.get(&path, &[]).await.ok()["status"] == "failed" }).await;
    let failed = local.get(&path, &[("expand[]", "failure_balance_transaction")]).await.ok();
    assert_eq!(
        (&failed["failure_reason"], &failed["failure_balance_transaction"]["amount"]),
        (&json!("unknown"), &json!(400))
    );
    let charge =
        local.get(&format!("/v1/charges/{}", text(&paid, "/latest_charge")), &[]).await.ok();
    assert_eq!((&charge["amount_refunded"], &charge["refunded"]), (&json!(0), &json!(false)));
    assert_eq!(local.stripe.summary().balance["eur"].amount, 1000);
    let kinds: Vec<String> = local
        .stripe
        .summary()
        .events
        .into_keys()
        .filter(|kind| kind.starts_with("refund"))
        .collect();
    assert_eq!(kinds, ["refund.created", "refund.failed", "refund.updated"]);
    local
        .post("/v1/refunds", &[("payment_intent", text(&paid, "/id")), ("amount", "1000")])
        .await
        .ok();
}

#[tokio::test]
async fn a_test_ends_a_pending_refund_as_it_likes() {
    let local =
        Local::with(Options { refunds_settle_after_ms: 3_600_000, ..Options::default() }).await;
    let paid = local.pay("pm_card_pendingRefund").await.ok();
    let refund = local.post("/v1/refunds", &[("payment_intent", text(&paid, "/id"))]).await.ok();
    let path = format!("/refunds/{}", text(&refund, "/id"));
    assert_eq!(local.turn(&path, json!({"status": "failed"})).await.ok()["status"], "failed");
    assert_eq!(local.turn(&path, json!({"status": "succeeded"})).await.status, 400, "it has ended");
    assert_eq!(local.turn("/refunds/re_x", json!({"status": "failed"})).await.status, 404);
    assert_eq!(local.stripe.summary().balance["eur"].amount, 1000);
}
