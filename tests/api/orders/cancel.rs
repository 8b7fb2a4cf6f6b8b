//! `POST /api/v1/orders/{id}/cancel`

use builder_tests::{GOOD_CARD, Stack, catalogue};
use futures::future::join_all;
use serde_json::json;

fn path(id: &str) -> String {
    format!("{}/cancel", super::path(id))
}

#[tokio::test]
async fn cancelling_an_order_returns_its_stock() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let (mug, tea) =
        (catalogue::stocked(&admin, 10).await, catalogue::create(&admin, json!({})).await);
    let placed = user.order(&[(&mug, 4), (&tea, 1)]).await.expect(201);
    assert_eq!(catalogue::stock_of(&user, &mug).await, 6);
    let cancelled = user.command(path(&placed.text("id"))).await.expect(200);
    let order = cancelled.data();
    assert_eq!(
        (&order["status"], &order["cancelReason"]),
        (&json!("cancelled"), &json!("requested_by_customer"))
    );
    assert!(order["cancelledAt"].as_str().unwrap().ends_with('Z'));
    for member in ["items", "total", "createdAt", "expiresAt", "userId"] {
        assert_eq!(order[member], placed.data()[member], "{member}");
    }
    assert_eq!(catalogue::stock_of(&user, &mug).await, 10);
    let read = user.get(placed.required("location")).await.expect(200);
    assert_eq!((read.data(), read.etag()), (order, cancelled.etag()));
    let mail = stack.mail(&user.email, "was cancelled").await;
    assert!(mail.subject.contains(&placed.text("id")), "{}", mail.subject);
}

#[tokio::test]
async fn an_order_is_cancelled_once() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mug = catalogue::stocked(&admin, 10).await;
    let id = user.order(&[(&mug, 4)]).await.expect(201).text("id");
    let attempts = (0..8).map(|_| {
        let (user, path) = (user.clone(), path(&id));
        async move { user.command(path).await }
    });
    let answers = join_all(attempts).await;
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(done, 1);
    for answer in answers.into_iter().filter(|answer| answer.status != 200) {
        answer.problem(409, "order-not-cancellable");
    }
    assert_eq!(catalogue::stock_of(&user, &mug).await, 10, "the stock must be returned once");
}

#[tokio::test]
async fn if_match_is_optional_but_checked() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mug = catalogue::create(&admin, json!({})).await;
    let placed = user.order(&[(&mug, 1)]).await.expect(201);
    let id = placed.text("id");
    user.command(path(&id)).if_match("\"99\"").await.problem(412, "precondition-failed");
    user.command(path(&id)).if_match("rubbish").await.problem(412, "precondition-failed");
    user.command(path(&id)).if_match(placed.etag()).await.expect(200);
}

#[tokio::test]
async fn admins_cancel_any_order_and_users_their_own() {
    let stack = Stack::shared();
    let (admin, user, other) = (stack.admin().await, stack.user().await, stack.user().await);
    let mug = catalogue::create(&admin, json!({})).await;
    let id = user.order(&[(&mug, 1)]).await.expect(201).text("id");
    other.command(path(&id)).await.problem(404, "not-found");
    let cancelled = admin.command(path(&id)).await.expect(200);
    assert_eq!(cancelled.data()["cancelReason"], "requested_by_admin");
    other.command(path("ord_01h455vb4pex5vsknk084sn02q")).await.problem(404, "not-found");
}

#[tokio::test]
async fn an_admin_cancels_a_paid_order_which_refunds_and_restocks_it() {
    let stack = Stack::own().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mug = catalogue::stocked(&admin, 10).await;
    let (order, payment) = user.pay(&stack, &[(&mug, 4)], GOOD_CARD).await;
    user.wait_for(&super::path(&order), "status", "processing").await;
    user.command(path(&order)).await.problem(409, "order-not-cancellable");
    // One item was returned before and not restocked.
    let body = json!({
        "items": [{ "productId": mug, "quantity": 1 }], "reason": "requested_by_customer",
    });
    admin.refund(&payment, &body).await.expect(201);
    let cancelled = admin.command(path(&order)).await.expect(200).data();
    assert_eq!(
        (&cancelled["status"], &cancelled["cancelReason"]),
        (&json!("cancelled"), &json!("requested_by_admin"))
    );
    assert_eq!(catalogue::stock_of(&user, &mug).await, 9);
    let seen = user.wait_for(&super::path(&order), "paymentStatus", "refunded").await;
    assert_eq!((&seen["status"], &seen["refunded"]), (&json!("cancelled"), &seen["total"]));
    stack.wait_until_idle().await;
    let invoice = user.get(super::path(&order)).await.expect(200).data()["invoiceId"].clone();
    let invoice = format!("/api/v1/invoices/{}", invoice.as_str().unwrap());
    let invoice = user.get(invoice).await.expect(200).data();
    assert_eq!((&invoice["status"], &invoice["credited"]), (&json!("paid"), &seen["total"]));
}
