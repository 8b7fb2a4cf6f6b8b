//! `POST /api/v1/payments/{id}/refunds`, `GET /api/v1/refunds/{id}`

use builder_tests::{GOOD_CARD, Stack, User, catalogue};
use serde_json::{Value, json};

use super::path;

async fn paid(stack: &std::sync::Arc<Stack>, card: &str) -> (User, String, String) {
    let user = stack.user().await;
    let price = json!({ "unitPrice": { "amount": 1000, "currency": "EUR" }, "taxPercent": "0" });
    let product = catalogue::create(&stack.admin().await, price).await;
    let (order, payment) = user.pay(stack, &[(&product, 1)], card).await;
    user.wait_for(&path(&payment), "status", "succeeded").await;
    (user, order, payment)
}

fn eur(amount: i64) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

#[tokio::test]
async fn a_payment_is_refunded_in_parts_up_to_its_amount() {
    let stack = Stack::own().assert_idle().start();
    let admin = stack.admin().await;
    let (user, _, payment) = paid(&stack, GOOD_CARD).await;
    let body = json!({ "amount": eur(400), "reason": "requested_by_customer" });
    user.refund(&payment, &body).await.problem(403, "forbidden");
    let part = admin.refund(&payment, &body).await.expect(201);
    assert_eq!(
        (part.text("status"), part.required("location")),
        ("pending".to_owned(), format!("/api/v1/refunds/{}", part.text("id")).as_str())
    );
    let done =
        user.wait_for(&format!("/api/v1/refunds/{}", part.text("id")), "status", "succeeded").await;
    assert!(done["settledAt"].is_string());

    let too_much = json!({ "amount": eur(601), "reason": "duplicate" });
    admin.refund(&payment, &too_much).await.problem(409, "refund-exceeds-payment");
    admin
        .refund(&payment, &json!({ "amount": eur(0), "reason": "duplicate" }))
        .await
        .problem(422, "invalid-request");
    admin
        .refund(
            &payment,
            &json!({ "amount": { "amount": 1, "currency": "USD" }, "reason": "duplicate" }),
        )
        .await
        .problem(422, "invalid-request");
    let rest = admin.refund(&payment, &json!({ "reason": "duplicate" })).await.expect(201);
    assert_eq!(rest.data()["amount"], eur(600));
    user.wait_for(&format!("/api/v1/refunds/{}", rest.text("id")), "status", "succeeded").await;
    admin
        .refund(&payment, &json!({ "reason": "duplicate" }))
        .await
        .problem(409, "payment-not-refundable");
    let seen = user.get(path(&payment)).await.expect(200).data();
    assert_eq!((&seen["refunded"], &seen["refunding"]), (&eur(1000), &eur(0)));
}

#[tokio::test]
async fn concurrent_refunds_never_exceed_the_payment() {
    let stack = Stack::own().assert_idle().start();
    let admin = stack.admin().await;
    let (user, _, payment) = paid(&stack, GOOD_CARD).await;
    let tries = (0..20).map(|_| {
        let (admin, payment) = (admin.clone(), payment.clone());
        tokio::spawn(async move {
            loop {
                let answer = admin
                    .refund(&payment, &json!({ "amount": eur(300), "reason": "duplicate" }))
                    .await;
                match answer.status {
                    201 => return Some(answer.text("id")),
                    409 if answer.body_text().contains("refund-exceeds-payment") => return None,
                    409 | 503 => {}
                    _ => panic!("{answer:?}"),
                }
            }
        })
    });
    let mut made = Vec::new();
    for refund in tries {
        made.extend(refund.await.unwrap());
    }
    for refund in &made {
        user.wait_for(&format!("/api/v1/refunds/{refund}"), "status", "succeeded").await;
    }
    let at_stripe =
        stack.stripe_get("/v1/refunds?limit=100").await["data"].as_array().unwrap().len();
    println!(
        "20 concurrent refunds of 300 of a payment of 1,000: {} made, {at_stripe} at Stripe",
        made.len()
    );
    assert_eq!((made.len(), at_stripe), (3, 3));
}

#[tokio::test]
async fn a_payment_after_cancellation_is_refunded() {
    let stack = Stack::own().assert_idle().start();
    let user = stack.user().await;
    let product = catalogue::stocked(&stack.admin().await, 3).await;
    let order = user.order(&[(&product, 1)]).await.expect(201).text("id");
    // No webhook of the payment arrives before the order is cancelled, not even that of its
    // creation.
    stack.stripe_webhooks(json!({ "delay": 1.0, "delay_ms": 2000 })).await;
    let started = user.start_payment(&order).await.expect(201);
    stack.pay_with_card(&started.text("clientSecret"), GOOD_CARD).await;
    user.command(format!("/api/v1/orders/{order}/cancel")).await.expect(200);
    let seen = user.wait_for(&path(&started.text("id")), "status", "succeeded").await;
    let all = seen["amount"].clone();
    user.wait_until(&path(&started.text("id")), "refunded", |seen| seen["refunded"] == all).await;
    assert_eq!(user.get(path(&started.text("id"))).await.expect(200).data()["refunded"], all);
    assert_eq!(catalogue::stock_of(&user, &product).await, 3);
    let order = user.get(crate::orders::path(&order)).await.expect(200).data();
    assert_eq!(order["status"], "cancelled");
}

#[tokio::test]
async fn a_refund_returned_by_the_bank_is_recorded() {
    let stack = Stack::own().assert_idle().start();
    let admin = stack.admin().await;
    let (user, _, payment) = paid(&stack, "4000000000005126").await;
    let refund =
        admin.refund(&payment, &json!({ "reason": "duplicate" })).await.expect(201).text("id");
    let failed = user.wait_for(&format!("/api/v1/refunds/{refund}"), "status", "failed").await;
    assert!(failed["failure"].is_string(), "{failed}");
    let seen = user.get(path(&payment)).await.expect(200).data();
    assert_eq!((&seen["refunded"], &seen["refunding"]), (&eur(0), &eur(0)));
}

/// Returns a user who has paid for three of a product of 10.00 with a stock of 5, and the IDs of
/// the product, the order and the payment.
async fn paid_for_three(stack: &std::sync::Arc<Stack>) -> (User, String, String, String) {
    let user = stack.user().await;
    let product = json!({
        "unitPrice": { "amount": 1000, "currency": "EUR" }, "taxPercent": "19", "stock": 5,
    });
    let product = catalogue::create(&stack.admin().await, product).await;
    let (order, payment) = user.pay(stack, &[(&product, 3)], GOOD_CARD).await;
    user.wait_for(&path(&payment), "status", "succeeded").await;
    user.wait_for(&crate::orders::path(&order), "status", "processing").await;
    (user, product, order, payment)
}

#[tokio::test]
async fn returned_items_are_restocked_up_to_the_ordered_quantity() {
    let stack = Stack::own().assert_idle().start();
    let admin = stack.admin().await;
    let (user, product, order, payment) = paid_for_three(&stack).await;
    let returning = |quantity: u32, restock: bool| {
        json!({
            "items": [{ "productId": product, "quantity": quantity }],
            "restock": restock,
            "reason": "requested_by_customer",
        })
    };
    let one = admin.refund(&payment, &returning(1, true)).await.expect(201).data();
    assert_eq!((&one["amount"], &one["items"][0]["restocked"]), (&eur(1190), &json!(1)));
    assert_eq!(catalogue::stock_of(&user, &product).await, 3);
    admin.refund(&payment, &returning(1, false)).await.expect(201);
    assert_eq!(catalogue::stock_of(&user, &product).await, 3);
    let refused = admin.refund(&payment, &returning(2, true)).await;
    let problem = refused.problem(409, "items-not-returnable");
    assert_eq!(problem.pointers(), ["/items/0/quantity"]);
    let unknown = json!({
        "items": [{ "productId": "prd_01h455vb4pex5vsknk084sn02q", "quantity": 1 }],
        "reason": "duplicate",
    });
    let problem = admin.refund(&payment, &unknown).await.problem(409, "items-not-returnable");
    assert_eq!(problem.pointers(), ["/items/0/productId"]);

    let seen = user
        .wait_until(&crate::orders::path(&order), "refunded 23.80", |seen| {
            seen["refunded"] == eur(2380)
        })
        .await;
    assert_eq!(
        (&seen["status"], &seen["paymentStatus"], &seen["items"][0]["returned"]),
        (&json!("processing"), &json!("partially_refunded"), &json!(2))
    );
    // The remaining item, restocked.
    let rest = json!({ "restock": true, "reason": "requested_by_customer" });
    admin.refund(&payment, &rest).await.expect(201);
    let seen = user.wait_for(&crate::orders::path(&order), "status", "refunded").await;
    assert_eq!(
        (&seen["paymentStatus"], &seen["items"][0]["returned"]),
        (&json!("refunded"), &json!(3))
    );
    assert_eq!(catalogue::stock_of(&user, &product).await, 4, "one was not restocked");
    admin
        .command(format!("{}/complete", crate::orders::path(&order)))
        .await
        .problem(409, "order-not-completable");
    stack.wait_until_idle().await;
}

#[tokio::test]
async fn items_of_a_failed_refund_can_be_refunded_again() {
    let stack = Stack::own().assert_idle().start();
    let admin = stack.admin().await;
    let user = stack.user().await;
    let product = catalogue::stocked(&admin, 5).await;
    let (order, payment) = user.pay(&stack, &[(&product, 1)], "4000000000005126").await;
    user.wait_for(&crate::orders::path(&order), "status", "processing").await;
    let body = json!({ "restock": true, "reason": "duplicate" });
    let refund = admin.refund(&payment, &body).await.expect(201).text("id");
    user.wait_for(&format!("/api/v1/refunds/{refund}"), "status", "failed").await;
    let seen = user.wait_for(&crate::orders::path(&order), "status", "processing").await;
    assert_eq!(
        (&seen["paymentStatus"], &seen["items"][0]["returned"]),
        (&json!("paid"), &json!(0))
    );
    let again = admin.refund(&payment, &body).await.expect(201).data();
    assert_eq!(
        (&again["items"][0]["quantity"], &again["items"][0]["restocked"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(catalogue::stock_of(&user, &product).await, 5, "it was restocked once");
    stack.wait_until_idle().await;
}
