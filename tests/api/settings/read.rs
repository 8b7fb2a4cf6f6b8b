//! `GET /api/v1/settings`

use builder_tests::Stack;
use serde_json::{Value, json};

use super::{PATH, filled, logo};

#[tokio::test]
async fn settings_have_defaults() {
    let stack = Stack::own().start();
    let admin = stack.admin().await;
    let answer = admin.get(PATH).await.expect(200);
    assert_eq!(answer.etag(), "\"0\"");
    let settings = answer.data();
    assert_eq!(
        (&settings["currency"], &settings["invoices"]["prefix"]),
        (&json!("EUR"), &json!("INV-"))
    );
    assert_eq!(
        (&settings["limits"]["orderExpiryHours"], &settings["company"]["addressLines"]),
        (&Value::Null, &json!([]))
    );
    // Every setting is shown.
    for (section, members) in
        filled().as_object().unwrap().iter().filter(|(_, section)| section.is_object())
    {
        let shown = settings[section].as_object().unwrap();
        assert_eq!(
            shown.keys().collect::<Vec<_>>(),
            members.as_object().unwrap().keys().collect::<Vec<_>>(),
            "{section}"
        );
    }
    admin.get(PATH).if_none_match("\"0\"").await.expect(304);
    assert_eq!(admin.get(format!("{PATH}/events")).await.expect(200).data(), json!([]));
}

#[tokio::test]
async fn only_admins_can_read_and_change_settings() {
    let stack = Stack::own().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    for path in [PATH, &format!("{PATH}/events")] {
        user.get(path).await.problem(403, "forbidden");
    }
    user.put(PATH, &filled()).if_match("*").await.problem(403, "forbidden");
    logo::put(&user, logo::PNG).await.problem(403, "forbidden");
    assert_eq!(admin.get(PATH).await.expect(200).etag(), "\"0\"");
}

#[tokio::test]
async fn api_keys_can_read_but_not_change_settings() {
    let stack = Stack::own().start();
    let admin = stack.admin().await;
    let body = json!({ "name": "Accounts", "scopes": ["settings:read"] });
    let key = admin.with_token(admin.post("/api/v1/api-keys", &body).await.expect(201).text("key"));
    key.get(PATH).await.expect(200);
    key.put(PATH, &filled()).if_match("*").await.problem(403, "forbidden");
    logo::put(&key, logo::PNG).await.problem(403, "forbidden");
    let body = json!({ "name": "Accounts", "scopes": ["settings:admin"] });
    admin.post("/api/v1/api-keys", &body).await.problem(422, "invalid-request").at(&["/scopes/0"]);
}
