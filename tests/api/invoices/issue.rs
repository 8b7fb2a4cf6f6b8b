//! Invoices of paid orders, and those issued before payment: `GET /api/v1/invoices`, `GET
//! /api/v1/invoices/{id}`, `POST /api/v1/orders/{id}/invoices`

use builder_tests::{GOOD_CARD, Stack};
use serde_json::json;

use super::{INVOICES, eur, invoice_of, issue, path, products};

#[tokio::test]
async fn a_paid_order_is_invoiced_with_the_data_of_that_time() {
    let stack = Stack::own().assert_idle().start();
    let admin = stack.admin().await;
    let user = stack.user().await;
    let [tea, pot] = products(&stack).await;
    let (order, _) = user.pay(&stack, &[(&tea, 2), (&pot, 1)], GOOD_CARD).await;
    let id = invoice_of(&user, &order).await;

    let invoice = user.get(path(&id)).await.expect(200).data();
    let number = invoice["number"].as_str().unwrap();
    assert!(number.starts_with("INV-20") && number.ends_with("-000001"), "{number}");
    assert_eq!(
        (&invoice["kind"], &invoice["status"], &invoice["orderId"]),
        (&json!("invoice"), &json!("paid"), &json!(order))
    );
    assert_eq!(
        (&invoice["subtotal"], &invoice["tax"], &invoice["total"]),
        (&eur(2500), &eur(415), &eur(2915))
    );
    let taxes = json!([{ "percent": "7", "base": eur(500), "tax": eur(35) }, { "percent": "19", "base": eur(2000), "tax": eur(380) }]);
    assert_eq!(invoice["taxes"], taxes);
    assert_eq!(
        (&invoice["buyer"]["email"], &invoice["creditNotes"]),
        (&json!(user.email), &json!([]))
    );
    assert!(invoice["paidAt"].is_string() && invoice["dueOn"].is_string(), "{invoice}");

    // Later changes of the user's name don't affect an invoice.
    let name = invoice["buyer"]["name"].clone();
    user.patch("/api/v1/me", &json!({ "name": "Somebody Else" })).if_match("*").await.expect(200);
    assert_eq!(user.get(path(&id)).await.expect(200).data()["buyer"]["name"], name);

    let stranger = stack.user().await;
    stranger.get(path(&id)).await.problem(404, "not-found");
    assert_eq!(stranger.get(INVOICES).await.expect(200).data(), json!([]));
    assert_eq!(user.get(INVOICES).await.expect(200).data()[0]["id"], id.as_str());
    assert_eq!(
        admin.get(format!("{INVOICES}?status=paid")).await.expect(200).data()[0]["id"],
        id.as_str()
    );
    assert_eq!(admin.get(format!("{INVOICES}?status=open")).await.expect(200).data(), json!([]));
    user.get(format!("{INVOICES}?userId={}", user.id().await)).await.problem(403, "forbidden");
}

#[tokio::test]
async fn an_order_invoiced_in_advance_does_not_expire() {
    let stack = Stack::own().assert_idle().start();
    let admin = stack.admin().await;
    let user = stack.user().await;
    let [tea, _] = products(&stack).await;
    let order = user.order(&[(&tea, 1)]).await.expect(201).text("id");
    user.post(format!("/api/v1/orders/{order}/invoices"), &json!({}))
        .await
        .problem(403, "forbidden");
    issue(&admin, &order, json!({ "dueOn": "2020-01-01" }))
        .await
        .problem(422, "invalid-request")
        .at(&["/dueOn"]);

    let due_on = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 40))
        .strftime("%F")
        .to_string();
    let issued = issue(&admin, &order, json!({ "dueOn": due_on })).await.expect(201);
    let id = issued.text("id");
    assert_eq!(
        (issued.required("location"), issued.text("status")),
        (path(&id).as_str(), "open".to_owned())
    );
    assert_eq!(user.get(path(&id)).await.expect(200).data()["dueOn"], due_on.as_str());
    issue(&admin, &order, json!({})).await.problem(409, "order-already-invoiced");

    // Long after the payment period it is neither expired nor refused.
    let days = std::time::Duration::from_secs(3 * 24 * 3600);
    stack.clock.advance(days);
    stack.stripe_later(days).await;
    let user = user.signed_out().sign_in(&user.email, builder_tests::PASSWORD).await;
    assert_eq!(stack.invoke("expire-orders", json!({})).await.unwrap()["expired"], 0);
    let started = user.start_payment(&order).await.expect(201);
    stack.pay_with_card(&started.text("clientSecret"), GOOD_CARD).await;
    user.wait_for(&path(&id), "status", "paid").await;
    assert_eq!(invoice_of(&user, &order).await, id);
    stack.wait_until_idle().await;
    assert_eq!(user.get(INVOICES).await.expect(200).data().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn free_and_cancelled_orders_are_not_invoiced() {
    let stack = Stack::own().assert_idle().start();
    let admin = stack.admin().await;
    let user = stack.user().await;
    let free = json!({ "unitPrice": eur(0), "taxPercent": "19" });
    let free = builder_tests::catalogue::create(&admin, free).await;
    let order = user.order(&[(&free, 1)]).await.expect(201).text("id");
    issue(&admin, &order, json!({})).await.problem(409, "order-not-invoiceable");
    let [tea, _] = products(&stack).await;
    let order = user.order(&[(&tea, 1)]).await.expect(201).text("id");
    user.command(format!("/api/v1/orders/{order}/cancel")).await.expect(200);
    issue(&admin, &order, json!({})).await.problem(409, "order-not-invoiceable");
    stack.wait_until_idle().await;
    assert_eq!(user.get(INVOICES).await.expect(200).data(), json!([]));
}
