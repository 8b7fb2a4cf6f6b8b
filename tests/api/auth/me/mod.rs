//! `GET` and `PATCH /api/v1/me`

mod change_email;
mod delete_me;
mod export;
mod profile;

use builder_tests::Stack;
use serde_json::json;

const PATH: &str = "/api/v1/me";

#[tokio::test]
async fn users_can_read_their_own_account() {
    let user = Stack::shared().user().await;
    let answer = user.get(PATH).await.expect(200);
    let me = answer.data();
    assert!(me["id"].as_str().unwrap().starts_with("usr_"));
    assert_eq!(
        (&me["email"], &me["name"], &me["role"]),
        (&json!(user.email), &json!("Ada Lovelace"), &json!("user"))
    );
    assert!(me["createdAt"].as_str().unwrap().ends_with('Z'));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    for secret in ["password", "hash", "$2b$", "epoch", "token"] {
        assert!(!answer.body_text().contains(secret), "{secret}");
    }
    user.get(PATH).if_none_match(answer.etag()).await.expect(304);
    user.get(PATH).if_none_match("\"0\"").await.expect(200);
}

#[tokio::test]
async fn users_can_change_their_name() {
    let user = Stack::shared().user().await;
    let before = user.get(PATH).await.expect(200);
    let after = user
        .patch(PATH, &json!({ "name": " Ada King " }))
        .if_match(before.etag())
        .await
        .expect(200);
    assert_eq!(after.data()["name"], "Ada King");
    assert_ne!(after.etag(), before.etag());
    let read = user.get(PATH).await.expect(200);
    assert_eq!((read.data(), read.etag()), (after.data(), after.etag()));
    let same = user.patch(PATH, &json!({ "name": "Ada King" })).if_match("*").await.expect(200);
    assert_eq!(same.etag(), after.etag(), "nothing has changed");
}

#[tokio::test]
async fn changes_require_if_match() {
    let user = Stack::shared().user().await;
    let body = json!({ "name": "Ada King" });
    let stale = user.get(PATH).await.expect(200).etag();
    user.patch(PATH, &body).await.problem(428, "precondition-required");
    user.patch(PATH, &body).if_match(&stale).await.expect(200);
    user.patch(PATH, &json!({ "name": "Eve" }))
        .if_match(&stale)
        .await
        .problem(412, "precondition-failed");
    user.patch(PATH, &json!({ "name": "Eve" }))
        .if_match("\"rubbish\"")
        .await
        .problem(412, "precondition-failed");
    assert_eq!(user.get(PATH).await.expect(200).data()["name"], "Ada King");
}

#[tokio::test]
async fn users_cannot_change_their_role_or_address() {
    let user = Stack::shared().user().await;
    for (body, pointers) in [
        (json!({ "name": "Ada", "role": "admin" }), vec!["/role"]),
        (
            json!({ "name": "Ada", "email": "eve@example.com", "status": "active" }),
            vec!["/email", "/status"],
        ),
        (json!({ "name": "" }), vec!["/name"]),
        (json!({ "name": "<i>" }), vec!["/name"]),
        (json!({ "name": null }), vec!["/name"]),
    ] {
        user.patch(PATH, &body).if_match("*").await.problem(422, "invalid-request").at(&pointers);
    }
    assert_eq!(user.get(PATH).await.expect(200).data()["role"], "user");
}

#[tokio::test]
async fn guests_can_read_but_not_write() {
    let guest = Stack::shared().guest().await;
    let etag = guest.get(PATH).await.expect(200).etag();
    guest.patch(PATH, &json!({ "name": "Eve" })).if_match(etag).await.problem(403, "forbidden");
}
