//! The effects of settings, and when they apply.

use std::sync::Arc;
use std::time::Duration;

use builder_tests::{PASSWORD, Stack, User, catalogue};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{PATH, filled, sparse};

const HOUR: Duration = Duration::from_secs(3600);

async fn set(stack: &Arc<Stack>, section: &str, value: Value) {
    let admin = stack.sign_in_admin().await;
    let mut body = admin.get(PATH).await.expect(200).data();
    body[section] = value;
    admin.put(PATH, &body).if_match("*").await.expect(200);
}

/// Signs in again: access tokens are valid for an hour.
async fn again(user: &User) -> User {
    user.signed_out().sign_in(&user.email, PASSWORD).await
}

/// Returns how long an order placed now may stay unpaid.
async fn promised(user: &User, product: &str) -> SignedDuration {
    let order = user.order(&[(product, 1)]).await.expect(201).data();
    let time = |member: &str| order[member].as_str().unwrap().parse::<Timestamp>().unwrap();
    time("expiresAt").duration_since(time("createdAt"))
}

#[tokio::test]
async fn mails_carry_the_name_and_the_answering_address() {
    let stack = Stack::own().frozen_clock().assert_idle().start();
    // The sender's instance has cached the settings when it sent this one.
    let user = stack.user().await;
    let mail = &stack.mails(&user.email).await[0];
    assert_eq!((mail.from.as_str(), &mail.reply_to), ("no-reply@example.com", &Vec::new()));

    let mut body = filled();
    body["mail"]["fromName"] = "Café \"Müller\"".into();
    stack.admin().await.put(PATH, &body).if_match("*").await.expect(200);
    stack.clock.advance(Duration::from_secs(300));
    user.signed_out()
        .post("/api/v1/auth/forgot-password", &json!({ "email": user.email }))
        .await
        .expect(202);
    let mail = stack.mail(&user.email, "password").await;
    assert_eq!(mail.from, "=?UTF-8?B?Q2Fmw6kgIk3DvGxsZXIi?= <no-reply@example.com>");
    assert_eq!(mail.reply_to, ["service@example.com"]);

    // Without a name of its own, the sender has the brand's name.
    set(&stack, "mail", json!({})).await;
    stack.clock.advance(Duration::from_secs(300));
    let other = stack.user().await;
    let mail = &stack.mails(&other.email).await[0];
    assert_eq!(
        (mail.from.as_str(), &mail.reply_to),
        ("\"Engines & More\" <no-reply@example.com>", &Vec::new())
    );
}

#[tokio::test]
async fn another_function_goes_by_a_change_five_minutes_later_and_not_after_that_by_what_was_before()
 {
    let stack = Stack::own().frozen_clock().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mug = catalogue::create(&admin, json!({})).await;
    assert_eq!(promised(&user, &mug).await, SignedDuration::from_hours(24), "the deployment's own");
    set(&stack, "limits", json!({ "orderExpiryHours": 48 })).await;
    // The instance that has placed an order continues to use its cached settings until they expire.
    stack.clock.advance(Duration::from_secs(299));
    assert_eq!(promised(&user, &mug).await, SignedDuration::from_hours(24));
    stack.clock.advance(Duration::from_secs(1));
    assert_eq!(promised(&user, &mug).await, SignedDuration::from_hours(48));
    set(&stack, "limits", json!({})).await;
    stack.clock.advance(Duration::from_secs(300));
    assert_eq!(
        promised(&user, &mug).await,
        SignedDuration::from_hours(24),
        "the deployment's again"
    );
}

#[tokio::test]
async fn a_deployments_own_expiry_holds_where_nothing_is_set() {
    let stack = Stack::own().parameter("OrderExpiryHours", "7").start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    admin.put(PATH, &sparse()).if_match("*").await.expect(200);
    let mug = catalogue::create(&admin, json!({})).await;
    assert_eq!(promised(&user, &mug).await, SignedDuration::from_hours(7));
}

#[tokio::test]
async fn orders_expire_when_they_were_promised_to_however_the_settings_change() {
    let stack = Stack::own().frozen_clock().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mug = catalogue::stocked(&admin, 100).await;
    let place = async |user: &User| user.order(&[(&mug, 1)]).await.expect(201).text("id");
    let expire =
        async || stack.invoke("expire-orders", json!({})).await.unwrap()["expired"].clone();
    let of_a_day = place(&user).await;
    set(&stack, "limits", json!({ "orderExpiryHours": 2 })).await;
    stack.clock.advance(Duration::from_secs(300));
    let of_two_hours = place(&user).await;
    set(&stack, "limits", json!({ "orderExpiryHours": 100 })).await;
    stack.clock.advance(Duration::from_secs(300));
    let of_four_days = place(&user).await;
    assert_eq!(expire().await, 0);

    let status = async |user: &User, order: &str| {
        user.get(format!("/api/v1/orders/{order}")).await.expect(200).data()["status"].clone()
    };
    stack.clock.advance(2 * HOUR);
    assert_eq!(expire().await, 1);
    let user = again(&user).await;
    let now = [&of_a_day, &of_two_hours, &of_four_days].map(String::as_str);
    let mut statuses = Vec::new();
    for order in now {
        statuses.push(status(&user, order).await);
    }
    assert_eq!(statuses, ["pending", "cancelled", "pending"]);
    stack.clock.advance(22 * HOUR);
    assert_eq!(expire().await, 1, "the first had a day");
    stack.clock.advance(76 * HOUR);
    assert_eq!(expire().await, 1);
    let user = again(&user).await;
    assert_eq!(catalogue::stock_of(&user, &mug).await, 100);
    assert_eq!(status(&user, &of_four_days).await, "cancelled");
}
