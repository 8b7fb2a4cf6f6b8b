//! The job `reconcile-payments`: it makes up for lost webhooks once, and reports what it may not
//! correct once.

use std::sync::Arc;
use std::time::Duration;

use builder_store::Clock as _;
use builder_tests::{GOOD_CARD, Stack, User, catalogue};
use serde_json::{Value, json};

use super::{books, path};
use crate::orders;

const JOB: &str = "reconcile-payments";
const HOUR: Duration = Duration::from_secs(3600);

/// Reconciles the last hour, as an operator can, and returns the statistics.
async fn reconcile(stack: &Stack) -> Value {
    let since = stack.clock.now() - HOUR;
    let report = stack.invoke(JOB, json!({ "since": since })).await.unwrap();
    assert_eq!(report["complete"], true, "{report}");
    report["stats"].clone()
}

/// Returns the counts of changes, without the number of checked items.
fn done(stats: &Value) -> [u64; 4] {
    ["repaired", "found", "resolved", "failed"].map(|count| stats[count].as_u64().unwrap())
}

/// Drops all webhooks from now on.
async fn lose_webhooks(stack: &Stack) {
    stack.stripe_webhooks(json!({ "drop": 1.0 })).await;
}

async fn product(stack: &Arc<Stack>) -> String {
    let price = json!({ "unitPrice": { "amount": 1000, "currency": "EUR" }, "taxPercent": "0", "stock": 10 });
    catalogue::create(&stack.admin().await, price).await
}

/// Pays an order, and waits until the payment is recorded.
async fn paid(stack: &Arc<Stack>, user: &User, card: &str) -> String {
    let (_, payment) = user.pay(stack, &[(&product(stack).await, 1)], card).await;
    user.wait_for(&path(&payment), "status", "succeeded").await;
    payment
}

/// Returns the IDs of Stripe's payment intents, newest first.
async fn intents(stack: &Stack) -> Vec<String> {
    let list = stack.stripe_get("/v1/payment_intents?limit=100").await;
    list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|intent| intent["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Returns the differences in the audit trail.
async fn differences(stack: &Arc<Stack>) -> Vec<Value> {
    let events = stack
        .admin()
        .await
        .get("/api/v1/audit-events?type=reconciliation.differed")
        .await
        .expect(200)
        .data();
    events.as_array().unwrap().clone()
}

#[tokio::test]
async fn a_payment_whose_webhooks_were_lost_is_settled_once() {
    let stack = Stack::own().assert_idle().start();
    let user = stack.user().await;
    lose_webhooks(&stack).await;
    let (order, payment) = user.pay(&stack, &[(&product(&stack).await, 2)], GOOD_CARD).await;
    stack.wait_until_idle().await;
    assert_eq!(
        user.get(path(&payment)).await.expect(200).data()["status"],
        "open",
        "no webhook has arrived"
    );

    assert_eq!(done(&reconcile(&stack).await), [1, 0, 0, 0]);
    assert_eq!(user.get(path(&payment)).await.expect(200).data()["status"], "succeeded");
    assert_eq!(user.get(orders::path(&order)).await.expect(200).data()["status"], "processing");
    stack.wait_until_idle().await;
    let paid = books(&stack).await;
    assert_eq!(
        (paid.of("providerBalance"), paid.of("providerFees"), paid.of("receivables").1),
        ((2000, 55), (55, 0), 2000)
    );
    assert_eq!(done(&reconcile(&stack).await), [0, 0, 0, 0], "a second run must change nothing");
    assert_eq!(books(&stack).await, paid);
    assert!(differences(&stack).await.is_empty());
}

#[tokio::test]
async fn reconciliation_fails_the_order_of_a_cancelled_payment() {
    let stack = Stack::own().assert_idle().start();
    let user = stack.user().await;
    let product = product(&stack).await;
    lose_webhooks(&stack).await;
    let order = user.order(&[(&product, 3)]).await.expect(201).text("id");
    user.start_payment(&order).await.expect(201);
    stack
        .stripe_order(&format!("/v1/payment_intents/{}/cancel", intents(&stack).await[0]), &[])
        .await;
    assert_eq!(done(&reconcile(&stack).await), [1, 0, 0, 0]);
    assert_eq!(user.get(orders::path(&order)).await.expect(200).data()["status"], "failed");
    assert_eq!(catalogue::stock_of(&user, &product).await, 10);
    assert_eq!(done(&reconcile(&stack).await), [0, 0, 0, 0]);
}

#[tokio::test]
async fn a_late_fee_is_posted_once() {
    let stack = Stack::own().assert_idle().start();
    let user = stack.user().await;
    stack.stripe_faults(json!({ "fees_late": true })).await;
    paid(&stack, &user, GOOD_CARD).await;
    stack.wait_until_idle().await;
    assert_eq!(done(&reconcile(&stack).await), [0, 0, 0, 0], "there is no fee to post yet");
    assert_eq!(books(&stack).await.of("providerFees"), (0, 0));
    stack.stripe_up().await;
    assert_eq!(done(&reconcile(&stack).await), [1, 0, 0, 0]);
    assert_eq!(books(&stack).await.of("providerFees"), (40, 0));
    assert_eq!(done(&reconcile(&stack).await), [0, 0, 0, 0]);
    assert_eq!(books(&stack).await.of("providerFees"), (40, 0));
}

#[tokio::test]
async fn reconciliation_records_a_returned_refund() {
    let stack = Stack::own().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let payment = paid(&stack, &user, "4000000000005126").await;
    stack.wait_until_idle().await;
    lose_webhooks(&stack).await;
    let refund =
        admin.refund(&payment, &json!({ "reason": "duplicate" })).await.expect(201).text("id");
    let refund = format!("/api/v1/refunds/{refund}");
    user.wait_for(&refund, "status", "succeeded").await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(
        user.get(&refund).await.expect(200).data()["status"],
        "succeeded",
        "no webhook has arrived"
    );
    assert_eq!(done(&reconcile(&stack).await), [1, 0, 0, 0]);
    assert_eq!(user.get(&refund).await.expect(200).data()["status"], "failed");
    // The payment, its fee, the refund, and its return.
    assert_eq!(books(&stack).await.of("providerBalance"), (2000, 1040));
    assert_eq!(done(&reconcile(&stack).await), [0, 0, 0, 0]);
}

/// Refunds the first payment at Stripe, as its dashboard does.
async fn refund_at_stripe(stack: &std::sync::Arc<Stack>, amount: &str) -> Value {
    let intent = intents(stack).await.remove(0);
    let form = [("payment_intent", intent.as_str()), ("amount", amount)];
    stack.stripe_order("/v1/refunds", &form).await
}

#[tokio::test]
async fn refunds_made_at_stripe_are_recorded_and_posted() {
    let stack = Stack::own().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let payment = paid(&stack, &user, GOOD_CARD).await;
    refund_at_stripe(&stack, "250").await;
    let seen = user
        .wait_until(&path(&payment), "refunded 2.50", |seen| seen["refunded"]["amount"] == 250)
        .await;
    assert_eq!(seen["refunding"]["amount"], 0);
    stack.wait_until_idle().await;
    let order = format!("/api/v1/orders/{}", seen["orderId"].as_str().unwrap());
    let order = user.get(order).await.expect(200).data();
    assert_eq!(
        (&order["paymentStatus"], &order["refunded"]["amount"]),
        (&json!("partially_refunded"), &json!(250))
    );
    let invoice = format!("/api/v1/invoices/{}", order["invoiceId"].as_str().unwrap());
    assert_eq!(user.get(invoice).await.expect(200).data()["credited"]["amount"], 250);
    assert_eq!(
        books(&stack).await.of("providerBalance").1,
        250 + books(&stack).await.of("providerFees").0
    );
    assert_eq!(
        done(&reconcile(&stack).await),
        [0, 0, 0, 0],
        "the refund has already been recorded"
    );
    // The rest can be refunded here.
    admin.refund(&payment, &json!({ "reason": "duplicate" })).await.expect(201);
    user.wait_until(&path(&payment), "refunded in full", |seen| seen["refunded"] == seen["amount"])
        .await;
    stack.wait_until_idle().await;
}

#[tokio::test]
async fn refunds_made_at_stripe_with_lost_webhooks_are_recorded() {
    let stack = Stack::own().assert_idle().start();
    let user = stack.user().await;
    let payment = paid(&stack, &user, GOOD_CARD).await;
    lose_webhooks(&stack).await;
    refund_at_stripe(&stack, "250").await;
    assert_eq!(done(&reconcile(&stack).await), [1, 0, 0, 0]);
    assert_eq!(done(&reconcile(&stack).await), [0, 0, 0, 0]);
    let seen = user.get(path(&payment)).await.expect(200).data();
    assert_eq!(seen["refunded"]["amount"], 250);
    stack.wait_until_idle().await;
}

#[tokio::test]
async fn a_differing_amount_is_reported_and_its_resolution() {
    let stack = Stack::own().start();
    let user = stack.user().await;
    lose_webhooks(&stack).await;
    let order = user.order(&[(&product(&stack).await, 1)]).await.expect(201).text("id");
    let payment = user.start_payment(&order).await.expect(201).text("id");
    let intent = intents(&stack).await.remove(0);
    stack.stripe_order(&format!("/v1/payment_intents/{intent}"), &[("amount", "1200")]).await;
    assert_eq!(done(&reconcile(&stack).await), [0, 1, 0, 0]);
    stack.stripe_order(&format!("/v1/payment_intents/{intent}"), &[("amount", "1300")]).await;
    assert_eq!(done(&reconcile(&stack).await), [0, 1, 0, 0], "the difference has changed");
    assert_eq!(done(&reconcile(&stack).await), [0, 0, 0, 0]);
    stack.stripe_order(&format!("/v1/payment_intents/{intent}"), &[("amount", "1000")]).await;
    assert_eq!(done(&reconcile(&stack).await), [0, 0, 1, 0]);
    assert_eq!(done(&reconcile(&stack).await), [0, 0, 0, 0]);
    let reported = differences(&stack).await;
    assert_eq!(reported.len(), 2);
    assert_eq!(
        reported[1]["data"]["finding"]["difference"]["theirs"],
        json!({ "amount": 1200, "currency": "EUR" })
    );
    assert_eq!(user.get(path(&payment)).await.expect(200).data()["status"], "open");
}

#[tokio::test]
async fn foreign_payments_are_counted_and_unknown_ones_reported() {
    let stack = Stack::own().start();
    let form = [("amount", "1000"), ("currency", "eur")];
    for _ in 0..104 {
        stack.stripe_order("/v1/payment_intents", &form).await;
    }
    let ghost = "pay_01h455vb4pex5vsknk084sn02q";
    stack
        .stripe_order("/v1/payment_intents", &[form[0], form[1], ("metadata[payment]", ghost)])
        .await;
    let stats = reconcile(&stack).await;
    assert_eq!(
        (done(&stats), &stats["foreign"], &stats["looked"]),
        ([0, 1, 0, 0], &json!(104), &json!(105))
    );
    assert_eq!(
        differences(&stack).await[0]["data"]["finding"]["difference"]["type"],
        "unknown_here"
    );
}
