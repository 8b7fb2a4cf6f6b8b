//! Jobs that read events process those of every kind of aggregate.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use builder_core::keys::AGGREGATES;
use builder_store::Clock as _;
use builder_tests::aws::{Aws, DATA_TABLE};
use builder_tests::{GOOD_CARD, Stack, User, catalogue};
use serde_json::{Value, json};

use super::{feed, types};

/// Causes two events of each kind of aggregate. Returns the IDs that the events are found by.
async fn everything_twice(stack: &Arc<Stack>, admin: &User, user: &User) -> Vec<String> {
    user.patch("/api/v1/me", &json!({ "name": "Ada King" })).if_match("*").await.expect(200);
    let product = catalogue::stocked(admin, 9).await;
    let path = format!("/api/v1/products/{product}");
    admin.patch(path, &json!({ "name": "Green tea" })).if_match("*").await.expect(200);
    for settings in [crate::settings::filled(), crate::settings::sparse()] {
        admin.put("/api/v1/settings", &settings).if_match("*").await.expect(200);
    }
    let (order, payment) = user.pay(stack, &[(&product, 1)], GOOD_CARD).await;
    let invoiced = |seen: &Value| seen["invoiceId"].is_string();
    let seen = user.wait_until(&format!("/api/v1/orders/{order}"), "invoiced", invoiced).await;
    let invoice = seen["invoiceId"].as_str().unwrap().to_owned();
    let reason = json!({ "reason": "duplicate" });
    let refund = admin.refund(&payment, &reason).await.expect(201).text("id");
    user.wait_for(&format!("/api/v1/refunds/{refund}"), "status", "succeeded").await;

    // An amount that temporarily differs from Stripe's.
    stack.stripe_webhooks(json!({ "drop": 1.0 })).await;
    let placed = user.order(&[(&product, 1)]).await.expect(201);
    let secret = user.start_payment(&placed.text("id")).await.expect(201).text("clientSecret");
    let intent = format!("/v1/payment_intents/{}", secret.split_once("_secret").unwrap().0);
    let amount = placed.data()["total"]["amount"].as_u64().unwrap();
    for amount in [amount + 1, amount] {
        stack.stripe_order(&intent, &[("amount", &amount.to_string())]).await;
        let since = stack.clock.now() - Duration::from_secs(3600);
        stack.invoke("reconcile-payments", json!({ "since": since })).await.unwrap();
    }
    stack.wait_until_idle().await;
    vec![user.id().await, product, order, payment, invoice, refund]
}

fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name]["S"].as_str().unwrap_or_default()
}

fn is_event(item: &Value) -> bool {
    text(item, "sk").starts_with("EVENT#")
}

/// Deletes the feed. Returns the last event of each aggregate.
async fn lose_the_feed(aws: &Aws, unlisted: bool) -> Vec<Value> {
    let mut last = BTreeMap::new();
    for item in aws.items(DATA_TABLE).await {
        if text(&item, "pk") == "FEED" || text(&item, "pk").starts_with("FEED#") {
            let key = json!({ "pk": item["pk"], "sk": item["sk"] });
            aws.delete_item(DATA_TABLE, &key).await;
        } else if is_event(&item) {
            let of = (text(&item, "pk").to_owned(), text(&item, "aggregateId").to_owned());
            let version = item["version"]["N"].as_str().unwrap().parse::<u64>().unwrap();
            let newest = last.entry(of).or_insert((version, item.clone()));
            if version > newest.0 {
                *newest = (version, item.clone());
            }
        }
    }
    let last: Vec<Value> = last.into_values().map(|(_, item)| item).collect();
    for mut item in aws.items(DATA_TABLE).await.into_iter().filter(is_event) {
        // An event that isn't in any list is found through the event after it.
        if unlisted && !last.iter().any(|last| last["id"] == item["id"]) {
            for name in ["gsi2pk", "gsi2sk"] {
                item.as_object_mut().unwrap().remove(name);
            }
        }
        aws.forget_position(&mut item).await;
    }
    last
}

/// Checks that all events have a position, and returns their number.
async fn placed(aws: &Aws) -> usize {
    let events: Vec<Value> = aws.items(DATA_TABLE).await.into_iter().filter(is_event).collect();
    let lost: Vec<&Value> =
        events.iter().filter(|event| event["feedPosition"]["N"].is_null()).collect();
    assert!(lost.is_empty(), "{lost:?}");
    events.len()
}

#[tokio::test]
async fn events_of_every_kind_are_sequenced_sealed_and_verified() {
    let stack = Stack::own().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let ids = everything_twice(&stack, &admin, &user).await;
    let aws = stack.aws();
    let events = placed(&aws).await;
    let kinds: BTreeSet<String> = aws
        .items(DATA_TABLE)
        .await
        .iter()
        .filter(|item| is_event(item) && item["version"]["N"] == "2")
        .map(|item| text(item, "pk").split('#').next().unwrap().to_owned() + "#*")
        .collect();
    let all = AGGREGATES.map(|family| family.pattern.to_owned());
    assert_eq!(kinds, all.into(), "each kind of aggregate must have a second event");

    assert_eq!(feed(&admin, |found| found.len() == events).await.len(), events);
    for id in &ids {
        let path = format!("/api/v1/audit-events?limit=100&resource={id}");
        let found = admin.get(path).await.expect(200).data();
        assert!(types(found.as_array().unwrap()).len() >= 2, "{id}: {found}");
    }
    let mut all = 0;
    let mut cursor = String::new();
    loop {
        let path = format!("/api/v1/audit-events?limit=100{cursor}");
        let page = admin.get(path).await.expect(200).json();
        all += page["data"].as_array().unwrap().len();
        match page["pagination"]["cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(all, events);

    // Events lost by the stream: the daily job finds the last ones, and older ones through those
    // after them.
    lose_the_feed(&aws, true).await;
    let sealed = stack.invoke("seal-audit", json!({})).await.unwrap();
    assert_eq!((placed(&aws).await, sealed["position"].as_u64()), (events, Some(events as u64)));
    let verified = stack.invoke("verify-audit", json!({})).await.unwrap();
    assert_eq!(verified["checked"], events, "{verified}");

    // The stream delivers only the last events.
    let sample: Value =
        serde_json::from_str(include_str!("../../../events/sequence-events.json")).unwrap();
    let record = |event: &Value| {
        let mut record = sample["Records"][0].clone();
        record["dynamodb"]["Keys"] = json!({ "pk": event["pk"], "sk": event["sk"] });
        record["dynamodb"]["NewImage"] = event.clone();
        record
    };
    let last = lose_the_feed(&aws, false).await;
    let records: Vec<Value> = last.iter().map(record).collect();
    let result = stack.invoke("sequence-events", json!({ "Records": records })).await.unwrap();
    assert_eq!(result["batchItemFailures"], json!([]), "{result}");
    assert_eq!(placed(&aws).await, events);
    println!("{events} events of {} aggregates sequenced three times", last.len());
}
