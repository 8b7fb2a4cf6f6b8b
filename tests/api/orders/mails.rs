//! The mails about orders and their recipients.

use builder_tests::{Stack, catalogue};
use serde_json::{Value, json};

#[tokio::test]
async fn a_placed_order_is_confirmed_to_its_owner() {
    let stack = Stack::own().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mug = catalogue::create(&admin, json!({ "name": "Mug <blue> & \"white\"" })).await;
    let tea =
        catalogue::create(&admin, json!({ "name": "Tea", "taxPercent": "7", "unitPrice": { "amount": 450, "currency": "EUR" } }))
            .await;
    let order = user.order(&[(&mug, 3), (&tea, 2)]).await.expect(201).data();
    stack.wait_until_idle().await;
    let mails = stack.mails(&user.email).await;
    assert_eq!(mails.len(), 2, "the verification and the confirmation");
    let mail = &mails[0];
    let id = order["id"].as_str().unwrap();
    assert_eq!(mail.subject, format!("Your order {id}"));
    for text in [&mail.text, &mail.html] {
        for part in [
            "Ada Lovelace",
            id,
            "Tea",
            "38.97 EUR",
            "9.00 EUR",
            "47.97 EUR",
            "7.40 EUR",
            "0.63 EUR",
            "56.00 EUR",
        ] {
            assert!(text.contains(part), "{part} is missing: {text}");
        }
    }
    assert!(mail.text.contains("Mug <blue> & \"white\""), "{}", mail.text);
    assert!(
        mail.html.contains("Mug &lt;blue&gt; &amp;") && !mail.html.contains("<blue>"),
        "names must be escaped: {}",
        mail.html
    );
    assert!(mail.html.starts_with("<!doctype html>") && !mail.text.contains("<p>"));
}

#[tokio::test]
async fn an_order_for_another_user_notifies_that_user() {
    let stack = Stack::own().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mug = catalogue::create(&admin, json!({})).await;
    let body = json!({ "items": [{ "productId": mug, "quantity": 1 }], "userId": user.id().await });
    let id = admin.post("/api/v1/orders", &body).await.expect(201).text("id");
    stack.wait_until_idle().await;
    assert_eq!(
        stack.mails(&user.email).await.iter().filter(|mail| mail.subject.contains(&id)).count(),
        1
    );
    assert_eq!(stack.mails(&admin.email).await, []);
}

#[tokio::test]
async fn a_replayed_request_is_not_confirmed_again() {
    let stack = Stack::own().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mug = catalogue::create(&admin, json!({})).await;
    for _ in 0..5 {
        user.post("/api/v1/orders", &json!({ "items": [{ "productId": mug, "quantity": 1 }] }))
            .key("once")
            .await
            .expect(201);
    }
    stack.wait_until_idle().await;
    assert_eq!(
        stack
            .mails(&user.email)
            .await
            .iter()
            .filter(|mail| mail.subject.starts_with("Your order"))
            .count(),
        1
    );
}

/// Returns the message of an expired order.
fn expired(event: char, order: &str, owner: &str) -> String {
    let sample: Value =
        serde_json::from_str(include_str!("../../../events/send-email.json")).unwrap();
    let mut event_of_order: Value =
        serde_json::from_str(sample["Records"][0]["body"].as_str().unwrap()).unwrap();
    let id = event_of_order["id"].as_str().unwrap();
    event_of_order["id"] = json!(format!("{}{event}", &id[..id.len() - 1]));
    event_of_order["type"] = json!("order.expired");
    event_of_order["aggregate"] = json!("order");
    event_of_order["aggregateId"] = json!(order);
    event_of_order["owner"] = json!(owner);
    event_of_order["data"] = json!({ "at": event_of_order["at"] });
    event_of_order.to_string()
}

#[tokio::test]
async fn mails_of_a_batch_are_sent_once_and_fail_separately() {
    let stack = Stack::own().assert_idle().start();
    let (admin, first, second) = (stack.admin().await, stack.user().await, stack.user().await);
    let mug = catalogue::create(&admin, json!({})).await;
    let (one, other) = (
        first.order(&[(&mug, 1)]).await.expect(201).text("id"),
        second.order(&[(&mug, 1)]).await.expect(201).text("id"),
    );
    let (owner, other_owner) = (first.id().await, second.id().await);
    let bodies = [
        expired('1', &one, &owner),
        "not an event".to_owned(),
        expired('1', &one, &owner),
        expired('2', &other, &other_owner),
        expired('3', &other, "usr_00000000000000000000000000"),
    ];
    let sample: Value =
        serde_json::from_str(include_str!("../../../events/send-email.json")).unwrap();
    let record = |(number, body): (usize, &String)| {
        let mut record = sample["Records"][0].clone();
        (record["messageId"], record["body"]) = (json!(number.to_string()), json!(body));
        record
    };
    let batch = |bodies: &[String]| json!({ "Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>() });

    let failed = |answer: Value| {
        let failed = answer["batchItemFailures"].as_array().unwrap().iter();
        failed
            .map(|failed| failed["itemIdentifier"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let once = failed(stack.invoke("send-email", batch(&bodies)).await.unwrap());
    assert!(
        once == ["0", "1"] || once == ["1", "2"],
        "expected the second duplicate and the invalid event to fail: {once:?}"
    );
    let again = failed(stack.invoke("send-email", batch(&bodies)).await.unwrap());
    assert_eq!(again, ["1"], "the mail has already been sent for both duplicates");
    let some_new = [
        expired('1', &one, &owner),
        expired('4', &one, &owner),
        expired('5', &other, &other_owner),
    ];
    assert_eq!(
        failed(stack.invoke("send-email", batch(&some_new)).await.unwrap()),
        [""; 0],
        "sent mails must not delay others"
    );
    for (user, order) in [(&first, &one), (&second, &other)] {
        let sent_mails = stack
            .mails(&user.email)
            .await
            .into_iter()
            .filter(|mail| mail.subject.contains(order.as_str()));
        let subjects: Vec<String> = sent_mails
            .map(|mail| mail.subject)
            .filter(|subject| *subject != format!("Your order {order}"))
            .collect();
        assert_eq!(subjects.len(), 2, "{subjects:?}");
    }
}
