//! Payments, refunds and the ledger.

use anyhow::{Context as _, Result};
use builder_store::Clock as _;
use builder_tests::{GOOD_CARD, Request, User, stripe_signature};
use serde_json::{Value, json};

use crate::cost::Bill;
use crate::cost::bill::request;

/// The jobs that a payment causes: one calls Stripe, the other invoices the order.
const OF_PAYMENT: [&str; 2] = ["settle-payments", "issue-invoices"];

/// Pays an order, completes it, and refunds a part.
pub(super) async fn pay_and_refund(
    bill: &mut Bill,
    user: &User,
    admin: &User,
    order: &str,
) -> Result<()> {
    let started = bill.ask(user, "start-payment", order).await?;
    let (payment, secret) = (started.text("id"), started.text("clientSecret"));
    bill.stack.pay_with_card(&secret, GOOD_CARD).await;
    post_event(bill, &secret).await?;
    let paid = bill.ask(user, "get-payment", &payment).await?;
    paid.check(paid.text("status") == "succeeded", "expected a payment that has succeeded");
    bill.ask(user, "list-order-payments", order).await?;
    bill.ask(admin, "complete-order", order).await?;
    let part = json!({ "amount": { "amount": 500, "currency": "EUR" }, "reason": "requested_by_customer" });
    let refund = bill.tell(admin, "request-refund", &payment, &part).await?.text("id");
    let refund = bill.ask(user, "get-refund", &refund).await?;
    refund.check(refund.text("status") == "succeeded", "expected a refund that has succeeded");
    bill.ask(admin, "list-balances", "").await?;
    Ok(())
}

/// Posts the event that the payment with this client secret has succeeded, as Stripe would.
async fn post_event(bill: &mut Bill, client_secret: &str) -> Result<()> {
    let request = succeeded(bill, client_secret).await?;
    bill.begin(&OF_PAYMENT).await;
    bill.send("stripe-hook", request).await;
    bill.end("a payment that succeeded", &OF_PAYMENT).await;
    Ok(())
}

/// Returns the request by which Stripe reports that the payment with this client secret has
/// succeeded.
pub(in crate::cost) async fn succeeded(bill: &Bill, client_secret: &str) -> Result<Request> {
    let intent = client_secret.split_once("_secret_").context("no client secret")?.0;
    let events = bill.stack.stripe_get("/v1/events?limit=100").await;
    let mut events = events["data"].as_array().into_iter().flatten();
    let succeeded = |event: &&Value| {
        event["type"] == "payment_intent.succeeded" && event["data"]["object"]["id"] == intent
    };
    let body = events.find(succeeded).context("the payment has not succeeded")?.to_string();
    let signature = stripe_signature(bill.stack.clock.now().as_second(), &body);
    let request = request(&bill.stack.visitor(), "stripe-hook", "")?.body("application/json", body);
    Ok(request.header("stripe-signature", signature))
}
