//! `GET /api/v1/audit-events`

use std::time::Duration;

use builder_tests::{Stack, User, catalogue};
use serde_json::{Value, json};

use super::types;

const PATH: &str = "/api/v1/audit-events";

async fn found(admin: &User, query: &str) -> Vec<Value> {
    let (mut events, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = admin.get(format!("{PATH}?limit=2&{query}{cursor}")).await.expect(200).json();
        events.extend(page["data"].as_array().unwrap().clone());
        match page["pagination"]["cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return events,
        }
    }
}

#[tokio::test]
async fn events_are_found_by_actor_resource_type_and_time() {
    let stack = Stack::own().start();
    let (admin, user, other) = (stack.admin().await, stack.user().await, stack.user().await);
    let product = catalogue::create(&admin, json!({})).await;
    let order = user.order(&[(&product, 1)]).await.expect(201).text("id");
    other.order(&[(&product, 1)]).await.expect(201);
    admin.command(format!("/api/v1/orders/{order}/cancel")).await.expect(200);
    stack.wait_until_idle().await;
    let (user_id, admin_id) = (user.id().await, admin.id().await);

    let all = found(&admin, "").await;
    let ids: Vec<_> = all.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert!(ids.is_sorted_by(|left, right| left > right), "newest first");
    assert_eq!(types(&all).iter().filter(|kind| **kind == "order.placed").count(), 2);

    let of_order = found(&admin, &format!("resource={order}")).await;
    assert_eq!(types(&of_order), ["order.cancelled", "order.placed"]);
    assert_eq!(of_order[0]["actor"]["id"], admin_id);
    assert_eq!(found(&admin, &format!("resource={order}&type=order.placed")).await, of_order[1..]);
    assert_eq!(found(&admin, &format!("resource={order}&actor={admin_id}")).await, of_order[..1]);

    for actor in [&user_id, &admin_id] {
        let by_actor = found(&admin, &format!("actor={actor}")).await;
        let caused = |event: &&Value| event["actor"]["id"] == **actor;
        let caused: Vec<_> = all.iter().filter(caused).cloned().collect();
        assert!(!by_actor.is_empty());
        assert_eq!(by_actor, caused, "{actor}");
    }
    let of_user = found(&admin, &format!("owner={user_id}")).await;
    assert!(of_user.iter().all(|event| event["resource"]["ownerId"] == user_id));
    for kind in ["user.registered", "session.started", "order.cancelled"] {
        assert!(types(&of_user).contains(&kind), "{kind}: {:?}", types(&of_user));
    }
    assert!(
        found(&admin, &format!("resource={user_id}"))
            .await
            .iter()
            .all(|event| event["resource"]["id"] == user_id)
    );

    let placed = found(&admin, "type=order.placed").await;
    assert_eq!(types(&placed), ["order.placed", "order.placed"]);
    // The range includes its beginning and excludes its end.
    let [second, first] = [0, 1].map(|index| placed[index]["at"].as_str().unwrap());
    for filter in ["", "type=order.placed&", &format!("owner={user_id}&")] {
        let events = found(&admin, &format!("{filter}from={first}&to={second}")).await;
        assert_eq!(
            types(&events).iter().filter(|kind| **kind == "order.placed").count(),
            1,
            "{filter}"
        );
        // Compared as times, because their texts have different lengths.
        let time = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
        let range = time(first)..time(second);
        assert!(
            events.iter().all(|event| range.contains(&time(event["at"].as_str().unwrap()))),
            "{filter}"
        );
    }
    // A time between two milliseconds is after all events of the first.
    let between = first.parse::<jiff::Timestamp>().unwrap() + Duration::from_micros(500);
    let events = found(&admin, &format!("type=order.placed&from={first}&to={between}")).await;
    assert_eq!(events, placed[1..]);
    assert_eq!(found(&admin, "type=order.flown").await, Vec::<Value>::new());
    assert_eq!(found(&admin, "to=2020-01-01T00:00:00Z").await, Vec::<Value>::new());
}

#[tokio::test]
async fn payment_refund_and_invoice_events_are_found_by_id() {
    let stack = Stack::own().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = catalogue::create(&admin, json!({})).await;
    let (order, payment) = user.pay(&stack, &[(&product, 1)], builder_tests::GOOD_CARD).await;
    let invoiced = user
        .wait_until(&format!("/api/v1/orders/{order}"), "invoiced", |seen| {
            seen["invoiceId"].is_string()
        })
        .await;
    let invoice = invoiced["invoiceId"].as_str().unwrap();
    let refund =
        admin.refund(&payment, &json!({ "reason": "duplicate" })).await.expect(201).text("id");
    stack.wait_until_idle().await;
    for (id, first) in [
        (payment.as_str(), "payment.started"),
        (refund.as_str(), "refund.requested"),
        (invoice, "invoice.issued"),
    ] {
        let events = found(&admin, &format!("resource={id}")).await;
        assert_eq!(types(&events).last(), Some(&first), "{id}: {:?}", types(&events));
        assert!(events.iter().all(|event| event["resource"]["id"] == id), "{id}");
    }
}

#[tokio::test]
async fn only_admins_can_search_and_invalid_filters_are_named() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    user.get(PATH).await.problem(403, "forbidden");
    for (query, pointer) in [
        ("resource=ses_01h455vb4pex5vsknk084sn02q", "?resource"),
        ("actor=me", "?actor"),
        ("from=today", "?from"),
    ] {
        let problem = admin.get(format!("{PATH}?{query}")).await.problem(422, "invalid-request");
        assert_eq!(problem.pointers(), [pointer], "{query}");
    }
}
