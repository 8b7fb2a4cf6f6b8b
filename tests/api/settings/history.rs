//! `GET /api/v1/settings/events`

use builder_tests::Stack;
use serde_json::json;

use super::{PATH, filled, sparse};

#[tokio::test]
async fn settings_history_lists_actors_and_sections() {
    let stack = Stack::own().assert_idle().start();
    let admin = stack.admin().await;
    admin
        .put(PATH, &sparse())
        .if_match("*")
        .header("x-request-id", "nothing-new")
        .await
        .expect(200);
    admin
        .put(PATH, &filled())
        .if_match("*")
        .header("x-request-id", "the-first-one")
        .await
        .expect(200);
    let mut body = filled();
    body["limits"]["orderExpiryHours"] = 72.into();
    admin.put(PATH, &body).if_match("*").header("x-request-id", "the-second-one").await.expect(200);

    let events = admin.get(format!("{PATH}/events")).await.expect(200).data();
    let summaries: Vec<_> = events
        .as_array()
        .unwrap()
        .iter()
        .map(|event| (&event["type"], &event["version"], &event["requestId"]))
        .collect();
    let kind = json!("settings.changed");
    assert_eq!(
        summaries,
        [(&kind, &json!(2), &json!("the-second-one")), (&kind, &json!(1), &json!("the-first-one"))]
    );
    assert_eq!(events[0]["actor"], json!({ "type": "user", "id": admin.id().await }));
    let changed = |event: usize| {
        events[event]["data"].as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(changed(0), ["at", "limits"]);
    assert_eq!(
        changed(1),
        ["at", "branding", "company", "currency", "invoices", "limits", "mail", "security", "tax"]
    );
    assert_eq!(events[0]["data"]["limits"], json!({ "orderExpiryHours": 72 }));

    let first = admin.get(format!("{PATH}/events?limit=1")).await.expect(200).json();
    let cursor = first["pagination"]["cursor"].as_str().unwrap();
    let rest = admin.get(format!("{PATH}/events?cursor={cursor}")).await.expect(200).json();
    assert_eq!((&rest["data"][0], &rest["pagination"]["hasMore"]), (&events[1], &json!(false)));
}
