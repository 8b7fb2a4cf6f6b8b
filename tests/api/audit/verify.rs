//! The jobs `seal-audit` and `verify-audit`: any manipulation of the table is detected.

use std::collections::BTreeSet;

use builder_store::event::chain::Link;
use builder_store::{document, table};
use builder_tests::aws::{Aws, DATA_TABLE};
use builder_tests::{GOOD_CARD, Stack, catalogue};
use serde_json::{Value, json};

/// Changes an item, checks that the finding is reported, and restores the item.
async fn with(aws: &Aws, stack: &Stack, item: &Value, changed: Option<Value>, finding: &str) {
    let key = json!({ "pk": item["pk"], "sk": item["sk"] });
    match changed {
        Some(changed) => aws.put_item(DATA_TABLE, &changed).await,
        None => aws.delete_item(DATA_TABLE, &key).await,
    }
    let error = stack.invoke("verify-audit", json!({})).await.unwrap_err().to_string();
    assert!(error.contains(finding), "{finding}: {error}");
    aws.put_item(DATA_TABLE, item).await;
    // A restored event is relayed again: that must be finished before the next item is changed.
    stack.wait_until_idle().await;
    stack.invoke("verify-audit", json!({})).await.unwrap();
}

/// Returns the item with another text in an attribute.
fn set(item: &Value, attribute: &str, value: &str) -> Value {
    let mut item = item.clone();
    item[attribute] = json!({ "S": value });
    item
}

/// Returns the event with its hash recomputed.
fn hashed_again(item: &Value) -> Value {
    let mut attributes = item.clone();
    attributes.as_object_mut().unwrap().remove("data");
    let attributes: serde_dynamo::Item = serde_json::from_value(attributes).unwrap();
    let mut attributes = attributes.into_inner();
    let data = item["data"]["S"].as_str().unwrap();
    attributes.insert(
        "data".to_owned(),
        serde_dynamo::AttributeValue::B(document::encode(data).unwrap()),
    );
    let event = table::event(serde_dynamo::Item::from(attributes)).unwrap();
    set(item, "link", &event.link_of(data).unwrap().to_string())
}

/// Returns the item of the feed with another first entry.
fn with_entry(batch: &Value, change: &Value) -> Value {
    let mut entries: Value = serde_json::from_str(batch["entries"]["S"].as_str().unwrap()).unwrap();
    entries[0].as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    set(batch, "entries", &entries.to_string())
}

#[tokio::test]
async fn changed_removed_and_truncated_events_are_detected() {
    let stack = Stack::own().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = catalogue::create(&admin, json!({})).await;
    let order = user.order(&[(&product, 1)]).await.expect(201).text("id");
    // Later events have an item of the feed of their own.
    stack.wait_until_idle().await;
    let of_order = format!("ORDER#{order}");
    let is_state = |item: &Value| item["pk"]["S"] == of_order && item["sk"]["S"] == "STATE";
    let earlier = stack.aws().items(DATA_TABLE).await.into_iter().find(is_state).unwrap();
    user.command(format!("/api/v1/orders/{order}/cancel")).await.expect(200);
    stack.wait_until_idle().await;
    let sealed = stack.invoke("seal-audit", json!({})).await.unwrap();
    let report = stack.invoke("verify-audit", json!({})).await.unwrap();
    assert_eq!((&report["checked"], &report["heads"]), (&sealed["position"], &json!(1)));
    assert!(sealed["position"].as_u64().unwrap() >= 8, "{sealed}");

    let aws = stack.aws();
    let items = aws.items(DATA_TABLE).await;
    let item = |pk: &str, sk: &str| {
        items.iter().find(|item| item["pk"]["S"] == pk && item["sk"]["S"] == sk).unwrap().clone()
    };
    let (placed, cancelled) =
        (item(&of_order, "EVENT#0000000001"), item(&of_order, "EVENT#0000000002"));
    let state = item(&of_order, "STATE");

    let cheaper = set(
        &placed,
        "data",
        &placed["data"]["S"].as_str().unwrap().replace("\"quantity\":1", "\"quantity\":2"),
    );
    assert_ne!(cheaper, placed);
    with(&aws, &stack, &placed, Some(cheaper.clone()), "has been changed").await;
    with(&aws, &stack, &placed, Some(hashed_again(&cheaper)), "the link").await;
    with(
        &aws,
        &stack,
        &cancelled,
        Some(set(&cancelled, "requestId", "another")),
        "has been changed",
    )
    .await;
    let mut by_nobody = cancelled.clone();
    by_nobody["actor"] = json!({ "M": { "type": { "S": "system" } } });
    with(&aws, &stack, &cancelled, Some(hashed_again(&by_nobody)), "the link").await;
    let elsewhere = |event: &Value, position: Value| {
        let mut event = event.clone();
        event["feedPosition"] = position;
        Some(event)
    };
    let another = elsewhere(&placed, json!({ "N": "1" }));
    with(&aws, &stack, &placed, another, "has a different position, or none").await;
    let mut none = placed.clone();
    none.as_object_mut().unwrap().remove("feedPosition");
    with(&aws, &stack, &placed, Some(none), "has a different position, or none").await;
    with(&aws, &stack, &placed, None, "is missing").await;
    with(&aws, &stack, &cancelled, None, "is missing").await;
    with(&aws, &stack, &state, None, "is missing").await;
    with(&aws, &stack, &state, Some(earlier), "has an earlier version").await;
    with(
        &aws,
        &stack,
        &state,
        Some(set(&state, "link", &Link::NONE.to_string())),
        "doesn't have the version of its last event",
    )
    .await;

    let text = state["state"]["S"].as_str().unwrap();
    let more = set(&state, "state", &text.replace("\"quantity\":1", "\"quantity\":2"));
    assert_ne!(more, state);
    with(&aws, &stack, &state, Some(more), "differs from the state that its events produce").await;
    let unreadable = set(&state, "state", "{}");
    with(&aws, &stack, &state, Some(unreadable), "can't be compared with its events").await;

    // The feed itself: a gap, an entry with a wrong link, and a truncated end.
    let mut batches: Vec<_> =
        items.iter().filter(|item| item["pk"]["S"] == "FEED").cloned().collect();
    batches.sort_by_key(|batch| batch["sk"]["S"].as_str().map(str::to_owned));
    let (batch, last) = (&batches[0], batches[1..].last().unwrap());
    with(&aws, &stack, batch, None, "there is no event").await;
    let elsewhere = json!({ "pk": of_order, "sk": "EVENT#0000000001" });
    with(&aws, &stack, batch, Some(with_entry(batch, &elsewhere)), "is in the place of").await;
    // Items that the function has no permission to read are not read.
    for (pk, sk) in
        [("FEED", batch["sk"]["S"].as_str().unwrap()), ("SERIES#INV", "EVENT#0000000001")]
    {
        let no_event = json!({ "pk": pk, "sk": sk });
        with(&aws, &stack, batch, Some(with_entry(batch, &no_event)), "is missing").await;
    }
    let unlinked = json!({ "link": Link::NONE });
    with(&aws, &stack, batch, Some(with_entry(batch, &unlinked)), "the link").await;
    with(&aws, &stack, last, None, "the feed is truncated").await;
}

#[tokio::test]
async fn sealing_and_verification_resume_at_a_position() {
    let stack = Stack::own().assert_idle().start();
    stack.user().await;
    stack.wait_until_idle().await;
    let sealed = stack.invoke("seal-audit", json!({})).await.unwrap();
    let again = stack.invoke("seal-audit", json!({})).await.unwrap();
    assert_eq!(
        (&again["checked"], &again["position"]),
        (&json!(0), &sealed["position"]),
        "expected only new events to be checked"
    );
    stack.user().await;
    stack.wait_until_idle().await;
    let next = stack.invoke("seal-audit", json!({})).await.unwrap();
    let (first, second) =
        (sealed["position"].as_u64().unwrap(), next["position"].as_u64().unwrap());
    assert_eq!(next["checked"], second - first);
    let rest = stack.invoke("verify-audit", json!({ "after": first })).await.unwrap();
    assert_eq!((&rest["checked"], &rest["heads"]), (&json!(second - first), &json!(1)));
    stack.invoke("verify-audit", json!({ "before": 3 })).await.expect_err("an unknown member");
}

#[tokio::test]
async fn states_of_every_kind_match_their_events() {
    let stack = Stack::own().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = catalogue::create(&admin, json!({})).await;
    let (order, payment) = user.pay(&stack, &[(&product, 2)], GOOD_CARD).await;
    user.wait_for(&format!("/api/v1/orders/{order}"), "status", "processing").await;
    stack.wait_until_idle().await;
    let part = json!({ "amount": { "amount": 100, "currency": "EUR" }, "reason": "requested_by_customer" });
    admin.refund(&payment, &part).await.expect(201);
    admin.command(format!("/api/v1/orders/{order}/complete")).await.expect(200);
    stack.wait_until_idle().await;
    let sealed = stack.invoke("seal-audit", json!({})).await.unwrap();
    assert_eq!(sealed["complete"], true);
    let kinds: BTreeSet<String> = stack
        .aws()
        .items(DATA_TABLE)
        .await
        .iter()
        .filter_map(|item| item["aggregate"]["S"].as_str().map(str::to_owned))
        .collect();
    let all = ["invoice", "order", "payment", "product", "refund", "session", "user"];
    assert_eq!(kinds, all.map(str::to_owned).into());
}
