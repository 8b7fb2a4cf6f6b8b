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
async fn mails_have_the_configured_name_and_reply_to() {
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
async fn settings_changes_take_effect_within_five_minutes() {
    let stack = Stack::own().frozen_clock().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mug = catalogue::create(&admin, json!({})).await;
    assert_eq!(
        promised(&user, &mug).await,
        SignedDuration::from_hours(24),
        "expected the deployment's default"
    );
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
        "expected the deployment's default again"
    );
}

#[tokio::test]
async fn the_deployments_expiry_is_the_default() {
    let stack = Stack::own().parameter("OrderExpiryHours", "7").start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    admin.put(PATH, &sparse()).if_match("*").await.expect(200);
    let mug = catalogue::create(&admin, json!({})).await;
    assert_eq!(promised(&user, &mug).await, SignedDuration::from_hours(7));
}

#[tokio::test]
async fn changed_settings_do_not_change_existing_expiries() {
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

/// At any time, at least one of these two zones has another day than UTC.
#[rstest::rstest]
#[case::fourteen_hours_ahead("Pacific/Kiritimati", 14)]
#[case::twelve_hours_behind("Etc/GMT+12", -12)]
#[tokio::test]
async fn days_are_those_of_the_companys_time_zone(#[case] zone: &str, #[case] hours: i64) {
    let stack = Stack::own().assert_idle().start();
    let admin = stack.sign_in_admin().await;
    let mut company = admin.get(PATH).await.expect(200).data()["company"].clone();
    company["timeZone"] = zone.into();
    set(&stack, "company", company).await;

    let user = stack.user().await;
    let product = catalogue::stocked(&stack.admin().await, 5).await;
    let (order, _) = user.pay(&stack, &[(&product, 1)], builder_tests::GOOD_CARD).await;
    let path = crate::orders::path(&order);
    let order = user.wait_until(&path, "invoiced", |order| order["invoiceId"].is_string()).await;
    stack.wait_until_idle().await;
    let invoice = format!("/api/v1/invoices/{}", order["invoiceId"].as_str().unwrap());
    let invoice = user.get(invoice).await.expect(200).data();
    let issued_at: Timestamp = invoice["createdAt"].as_str().unwrap().parse().unwrap();
    let today =
        (issued_at + SignedDuration::from_hours(hours)).to_zoned(jiff::tz::TimeZone::UTC).date();
    assert_eq!(invoice["issuedOn"], today.to_string());
    let number = invoice["number"].as_str().unwrap();
    assert!(number.starts_with(&format!("INV-{}-", today.year())), "{number}");
    let balances = admin.get("/api/v1/ledger/balances").await.expect(200).data();
    let days: Vec<&Value> =
        balances["balances"].as_array().unwrap().iter().map(|balance| &balance["day"]).collect();
    println!("{zone}: {} balances on {today}", days.len());
    assert!(days.len() >= 5 && days.iter().all(|day| **day == json!(today)), "{balances}");
}
