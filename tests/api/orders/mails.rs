//! What is mailed about orders, and to whom.

use builder_tests::{Stack, catalogue};
use serde_json::json;

#[tokio::test]
async fn a_placed_order_is_confirmed_to_its_owner() {
    let stack = Stack::own().settled().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mug = catalogue::create(&admin, json!({ "name": "Mug <blue> & \"white\"" })).await;
    let tea =
        catalogue::create(&admin, json!({ "name": "Tea", "taxRate": "7", "unitPrice": { "amount": 450, "currency": "EUR" } }))
            .await;
    let order = user.order(&[(&mug, 3), (&tea, 2)]).await.expect(201).data();
    stack.settle().await;
    let mails = stack.mails(&user.email).await;
    assert_eq!(mails.len(), 2, "the verification and the confirmation");
    let mail = &mails[0];
    let id = order["id"].as_str().unwrap();
    assert_eq!(mail.subject, format!("Your order {id}"));
    for text in [&mail.text, &mail.html] {
        for part in ["Ada Lovelace", id, "Tea", "38.97 EUR", "9.00 EUR", "47.97 EUR", "7.40 EUR", "0.63 EUR", "56.00 EUR"] {
            assert!(text.contains(part), "{part} is missing: {text}");
        }
    }
    assert!(mail.text.contains("Mug <blue> & \"white\""), "{}", mail.text);
    assert!(mail.html.contains("Mug &lt;blue&gt; &amp;") && !mail.html.contains("<blue>"), "names are escaped: {}", mail.html);
    assert!(mail.html.starts_with("<!doctype html>") && !mail.text.contains("<p>"));
}

#[tokio::test]
async fn who_orders_for_another_is_not_who_is_told() {
    let stack = Stack::own().settled().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mug = catalogue::create(&admin, json!({})).await;
    let body = json!({ "items": [{ "productId": mug, "quantity": 1 }], "userId": user.id().await });
    let id = admin.post("/api/v1/orders", &body).await.expect(201).text("id");
    stack.settle().await;
    assert_eq!(stack.mails(&user.email).await.iter().filter(|mail| mail.subject.contains(&id)).count(), 1);
    assert_eq!(stack.mails(&admin.email).await, []);
}

#[tokio::test]
async fn a_replayed_request_is_not_confirmed_again() {
    let stack = Stack::own().settled().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mug = catalogue::create(&admin, json!({})).await;
    for _ in 0..5 {
        user.post("/api/v1/orders", &json!({ "items": [{ "productId": mug, "quantity": 1 }] })).key("once").await.expect(201);
    }
    stack.settle().await;
    assert_eq!(stack.mails(&user.email).await.iter().filter(|mail| mail.subject.starts_with("Your order")).count(), 1);
}
