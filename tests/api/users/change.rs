//! `PATCH /api/v1/users/{id}`, `DELETE /api/v1/users/{id}/sessions`

use std::future::IntoFuture as _;

use builder_runtime::Access;
use builder_tests::{ADMIN, Answer, PASSWORD, Stack, User, routes};
use serde_json::{Value, json};

use crate::common::sample_path;

fn path(id: &str) -> String {
    format!("/api/v1/users/{id}")
}

/// Changes a user, at any version.
async fn change(admin: &User, id: &str, changes: &Value) -> Answer {
    let etag = admin.get(path(id)).await.expect(200).etag();
    admin.patch(path(id), changes).if_match(etag).await
}

async fn me(user: &User) -> u16 {
    user.get("/api/v1/me").await.status
}

#[tokio::test]
async fn a_disabled_user_is_rejected_on_the_next_request() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let id = user.id().await;
    let answer = change(&admin, &id, &json!({ "status": "disabled" })).await.expect(200);
    assert_eq!(answer.data()["status"], "disabled");
    let mut walked = 0;
    for route in routes().iter().filter(|route| matches!(route.access, Access::Permit(_))) {
        user.request(route.method.clone(), sample_path(route))
            .if_match("*")
            .await
            .problem(401, "unauthenticated");
        walked += 1;
    }
    println!("{walked} routes refuse a disabled user");
    let visitor = user.signed_out();
    visitor.refresh(&user.tokens.refresh).await.problem(401, "invalid-refresh-token");
    visitor.login(&user.email, PASSWORD).await.problem(403, "account-disabled");
    visitor.login(&user.email, "wrong password").await.problem(401, "invalid-credentials");

    change(&admin, &id, &json!({ "status": "active" })).await.expect(200);
    assert_eq!(me(&user).await, 401, "the old session must stay ended");
    assert_eq!(me(&visitor.sign_in(&user.email, PASSWORD).await).await, 200);
    change(&admin, &id, &json!({ "status": "active" })).await.expect(200);
}

#[tokio::test]
async fn a_changed_role_applies_to_the_next_request() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let id = user.id().await;
    change(&admin, &id, &json!({ "role": "admin" })).await.expect(200);
    assert_eq!(me(&user).await, 401, "the token was issued for another role");
    let promoted = user.signed_out().sign_in(&user.email, PASSWORD).await;
    promoted.get("/api/v1/users").await.expect(200);
    change(&admin, &id, &json!({ "role": "user" })).await.expect(200);
    promoted.get("/api/v1/users").await.problem(401, "unauthenticated");
    user.signed_out()
        .sign_in(&user.email, PASSWORD)
        .await
        .get("/api/v1/users")
        .await
        .problem(403, "forbidden");
}

#[tokio::test]
async fn only_changeable_members_with_if_match_are_changed() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let id = user.id().await;
    for (body, pointers) in [
        (json!({ "role": "king" }), vec!["/role"]),
        (json!({ "status": "erased" }), vec!["/status"]),
        (json!({ "email": "eve@example.com" }), vec!["/email"]),
    ] {
        change(&admin, &id, &body).await.problem(422, "invalid-request").at(&pointers);
    }
    admin.patch(path(&id), &json!({ "role": "admin" })).await.problem(428, "precondition-required");
    admin
        .patch(path(&id), &json!({ "role": "admin" }))
        .if_match("\"77\"")
        .await
        .problem(412, "precondition-failed");
    let nobody = path("usr_01h455vb4pex5vsknk084sn02q");
    admin.patch(nobody, &json!({ "role": "admin" })).if_match("*").await.problem(404, "not-found");
    user.patch(path(&id), &json!({ "role": "admin" }))
        .if_match("*")
        .await
        .problem(403, "forbidden");
    user.patch("/api/v1/me", &json!({ "name": "Ada", "role": "admin" }))
        .if_match("*")
        .await
        .problem(422, "invalid-request")
        .at(&["/role"]);
    assert_eq!(admin.get(path(&id)).await.expect(200).data()["role"], "user");
}

#[tokio::test]
async fn the_last_admin_cannot_be_disabled_demoted_or_erased() {
    let stack = Stack::own().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let (first, second) = (admin.id().await, user.id().await);
    for changes in [json!({ "role": "user" }), json!({ "status": "disabled" })] {
        change(&admin, &first, &changes).await.problem(409, "last-admin");
    }
    admin.delete(path(&first)).if_match("*").await.problem(409, "last-admin");
    assert_eq!(me(&admin).await, 200);

    // Two admins demote each other concurrently: one of them always remains.
    for round in 0..5 {
        change(&admin, &second, &json!({ "role": "admin" })).await.expect(200);
        let other = user.signed_out().sign_in(&user.email, PASSWORD).await;
        let demoted = json!({ "role": "user" });
        let demote = |admin: &User, id: &str| admin.patch(path(id), &demoted).if_match("*");
        let (one, two) = tokio::join!(
            demote(&admin, &second).into_future(),
            demote(&other, &first).into_future()
        );
        let won = [&one, &two].iter().filter(|answer| answer.status == 200).count();
        assert_eq!(won, 1, "round {round}: {} and {}", one.status, two.status);
        if two.status == 200 {
            let other = user.signed_out().sign_in(&user.email, PASSWORD).await;
            change(&other, &first, &json!({ "role": "admin" })).await.expect(200);
            let admin = stack.sign_in_admin().await;
            change(&admin, &second, &demoted).await.expect(200);
            assert_eq!(
                stack.visitor().sign_in(ADMIN.0, ADMIN.1).await.get("/api/v1/users").await.status,
                200
            );
            println!("round {round}: the second admin won, and restored the first one");
            break;
        }
    }
}

#[tokio::test]
async fn an_admin_signs_a_user_out_everywhere() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let other = user.signed_out().sign_in(&user.email, PASSWORD).await;
    let id = user.id().await;
    admin.delete(format!("{}/sessions", path(&id))).await.expect(204);
    for session in [&user, &other] {
        assert_eq!(me(session).await, 401);
        session
            .signed_out()
            .refresh(&session.tokens.refresh)
            .await
            .problem(401, "invalid-refresh-token");
    }
    assert_eq!(me(&user.signed_out().sign_in(&user.email, PASSWORD).await).await, 200);
    user.delete(format!("{}/sessions", path(&id))).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn null_is_rejected_in_merge_patches_of_users() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let id = user.id().await;
    for (changes, pointers) in [
        (json!({ "role": null }), vec!["/role"]),
        (json!({ "role": null, "status": null, "x": 1 }), vec!["/role", "/status", "/x"]),
        (json!({ "role": "king", "status": 1 }), vec!["/role", "/status"]),
    ] {
        change(&admin, &id, &changes).await.problem(422, "invalid-request").at(&pointers);
    }
    let patch = |kind: &str| {
        admin
            .request(reqwest::Method::PATCH, path(&id))
            .if_match("*")
            .body(kind, r#"{"role":"admin"}"#)
    };
    let refused =
        patch("application/json-patch+json").await.problem(415, "unsupported-media-type").answer;
    assert_eq!(refused.required("accept-patch"), "application/merge-patch+json, application/json");
    assert_eq!(
        patch("application/merge-patch+json; charset=utf-8").await.expect(200).data()["role"],
        "admin"
    );
    let post = admin
        .request(reqwest::Method::POST, "/api/v1/orders")
        .body("application/merge-patch+json", "{}");
    post.await.problem(415, "unsupported-media-type");
}

#[tokio::test]
async fn disabling_an_account_ends_sessions_and_keys_permanently() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let other = user.signed_out().sign_in(&user.email, PASSWORD).await;
    let id = user.id().await;
    let key = user
        .post("/api/v1/api-keys", &json!({ "name": "Program", "scopes": ["profile:read"] }))
        .await
        .expect(201)
        .text("key");
    user.with_token(&key).get("/api/v1/me").await.expect(200);

    change(&admin, &id, &json!({ "status": "disabled" })).await.expect(200);
    change(&admin, &id, &json!({ "status": "active" })).await.expect(200);
    for session in [&user, &other] {
        assert_eq!(me(session).await, 401);
        session
            .signed_out()
            .refresh(&session.tokens.refresh)
            .await
            .problem(401, "invalid-refresh-token");
    }
    user.with_token(&key).get("/api/v1/me").await.problem(401, "unauthenticated");
    let again = user.signed_out().sign_in(&user.email, PASSWORD).await;
    assert_eq!(again.get("/api/v1/api-keys").await.expect(200).data(), json!([]));
}

#[tokio::test]
async fn an_admin_lists_and_revokes_the_keys_of_a_user() {
    let stack = Stack::shared();
    let (admin, user, other) = (stack.admin().await, stack.user().await, stack.user().await);
    let id = user.id().await;
    let keys = format!("{}/api-keys", path(&id));
    let mut made = Vec::new();
    for name in ["One", "Two"] {
        made.push(
            user.post("/api/v1/api-keys", &json!({ "name": name, "scopes": ["profile:read"] }))
                .await
                .expect(201)
                .data(),
        );
    }
    let listed = admin.get(&keys).await.expect(200).data();
    assert_eq!(listed, user.get("/api/v1/api-keys").await.expect(200).data());
    assert_eq!((&listed[0]["name"], &listed[1]["name"]), (&json!("Two"), &json!("One")));
    assert!(!listed.to_string().contains(made[0]["key"].as_str().unwrap()), "{listed}");

    let revoked = format!("{keys}/{}", made[0]["id"].as_str().unwrap());
    admin
        .delete(format!("{}/api-keys/{}", path(&other.id().await), made[0]["id"].as_str().unwrap()))
        .await
        .problem(404, "not-found");
    user.with_token(made[0]["key"].as_str().unwrap()).get("/api/v1/me").await.expect(200);
    admin.delete(&revoked).await.expect(204);
    user.with_token(made[0]["key"].as_str().unwrap())
        .get("/api/v1/me")
        .await
        .problem(401, "unauthenticated");
    admin.delete(&revoked).await.problem(404, "not-found");
    user.with_token(made[1]["key"].as_str().unwrap()).get("/api/v1/me").await.expect(200);
    assert_eq!(admin.get(&keys).await.expect(200).data().as_array().unwrap().len(), 1);
    user.get(&keys).await.problem(403, "forbidden");
    other.delete(&revoked).await.problem(403, "forbidden");
    admin
        .get(format!("{}/api-keys", path("usr_01h455vb4pex5vsknk084sn02q")))
        .await
        .problem(404, "not-found");
}
