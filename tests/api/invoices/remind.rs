//! The job `remind-overdue`

use std::time::Duration;

use builder_tests::{PASSWORD, Stack};
use serde_json::json;

use super::{issue, path, products};

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn overdue_buyers_are_reminded_on_the_configured_days() {
    let stack = Stack::own().frozen_clock().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let [tea, _] = products(&stack).await;
    let order = user.order(&[(&tea, 1)]).await.expect(201).text("id");
    let invoice = issue(&admin, &order, json!({})).await.expect(201).text("id");
    let remind = async |days: u32| {
        stack.clock.advance(DAY * days);
        stack.invoke("remind-overdue", json!({})).await.unwrap()["reminded"].as_u64().unwrap()
    };
    // Due after 14 days; reminders 7, 14 and 28 days later.
    assert_eq!(
        [
            remind(14).await,
            remind(6).await,
            remind(1).await,
            remind(0).await,
            remind(6).await,
            remind(1).await
        ],
        [0, 0, 1, 0, 0, 1]
    );
    assert_eq!([remind(14).await, remind(100).await], [1, 0]);
    let user = user.signed_out().sign_in(&user.email, PASSWORD).await;
    let seen = user.get(path(&invoice)).await.expect(200).data();
    assert_eq!((&seen["reminders"], &seen["status"]), (&json!(3), &json!("open")));
}

#[tokio::test]
async fn one_run_sends_all_reminders_oldest_first() {
    let stack = Stack::own().frozen_clock().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let [tea, _] = products(&stack).await;
    let mut issued = Vec::new();
    for _ in 0..5 {
        let order = user.order(&[(&tea, 1)]).await.expect(201).text("id");
        issued.push(issue(&admin, &order, json!({})).await.expect(201).text("id"));
        stack.clock.advance(Duration::from_secs(1));
    }
    stack.clock.advance(DAY * 21);
    assert_eq!(stack.invoke("remind-overdue", json!({})).await.unwrap()["reminded"], 5);
    let admin = stack.sign_in_admin().await;
    stack.wait_until_idle().await;
    // The feed contains them in the order in which they were written.
    let events = admin.get("/api/v1/events?types=invoice.reminded").await.expect(200).data();
    let reminded: Vec<_> = events
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["resource"]["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(reminded, issued);
}
