//! `GET /api/v1/sessions`, `DELETE /api/v1/sessions/{id}`, `DELETE /api/v1/sessions`

mod ended_sessions;

use std::time::Duration;

use builder_local::cloud::Faults;
use builder_local::cloud::faults::{Kind, Rule};
use builder_runtime::Access;
use builder_tests::aws::EPHEMERAL_TABLE;
use builder_tests::{PASSWORD, Stack, User, routes};
use serde_json::{Value, json};

use crate::common::sample_path;

const PATH: &str = "/api/v1/sessions";

async fn listed(user: &User) -> Vec<Value> {
    user.get(PATH).await.expect(200).data().as_array().unwrap().clone()
}

/// Returns the ID of the client's own session.
async fn own(user: &User) -> String {
    let sessions = listed(user).await;
    let current: Vec<_> = sessions.iter().filter(|session| session["current"] == true).collect();
    assert_eq!(current.len(), 1, "{sessions:?}");
    current[0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn users_can_list_their_sessions() {
    let stack = Stack::own().start();
    let user = stack.user().await;
    stack.clock.advance(Duration::from_secs(60));
    let visitor = user.signed_out();
    let body = serde_json::json!({ "email": user.email, "password": PASSWORD });
    let answer = visitor
        .post("/api/v1/auth/login", &body)
        .header("user-agent", "Analytical Engine/1")
        .await
        .expect(200);
    let other = visitor.signed_in(&user.email, &answer);

    let sessions = listed(&user).await;
    assert_eq!(sessions.len(), 2);
    let (newest, first) = (&sessions[0], &sessions[1]);
    assert_eq!((&newest["current"], &first["current"]), (&false.into(), &true.into()));
    assert_eq!(newest["device"], "Analytical Engine/1");
    assert!(newest["address"].as_str().unwrap().starts_with("127."), "{newest}");
    assert!(newest["createdAt"].as_str() > first["createdAt"].as_str());
    assert_eq!(newest["lastUsedAt"], newest["createdAt"]);

    stack.clock.advance(Duration::from_secs(600));
    visitor.refresh(&other.tokens.refresh).await.expect(200);
    let sessions = listed(&user).await;
    assert!(sessions[0]["lastUsedAt"].as_str() > sessions[0]["createdAt"].as_str());
    assert!(
        sessions
            .iter()
            .all(|session| session.get("family").is_none() && session.get("generation").is_none())
    );

    // Sessions that were not refreshed for a week have expired.
    stack.clock.advance(Duration::from_secs(7 * 24 * 3600 - 300));
    let later = visitor.sign_in(&user.email, PASSWORD).await;
    assert_eq!(listed(&later).await.len(), 2, "the refreshed session and this one");
}

#[tokio::test]
async fn sessions_are_paginated() {
    let stack = Stack::shared();
    let user = stack.user().await;
    for _ in 0..4 {
        user.signed_out().sign_in(&user.email, PASSWORD).await;
    }
    let mut seen = Vec::new();
    let mut path = format!("{PATH}?limit=2");
    loop {
        let answer = user.get(&path).await.expect(200).json();
        seen.extend(
            answer["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|session| session["id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = answer["pagination"]["cursor"].as_str() else { break };
        path = format!("{PATH}?limit=2&cursor={cursor}");
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted_by(|newer, older| newer > older), "{seen:?}");
    stack.user().await.get(&path).await.problem(422, "invalid-request").at(&["?cursor"]);
}

#[tokio::test]
async fn an_ended_session_is_refused_on_every_route() {
    let stack = Stack::shared();
    let admin = stack.sign_in_admin().await;
    let other = stack.sign_in_admin().await;
    admin.delete(format!("{PATH}/{}", own(&other).await)).await.expect(204);
    let mut walked = 0;
    for route in routes().iter().filter(|route| matches!(route.access, Access::Permit(_))) {
        other
            .request(route.method.clone(), sample_path(route))
            .if_match("*")
            .await
            .problem(401, "unauthenticated");
        walked += 1;
    }
    assert!(walked >= 17, "only {walked} routes");
    other.signed_out().refresh(&other.tokens.refresh).await.problem(401, "invalid-refresh-token");
    admin.get("/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn users_can_end_only_their_active_sessions() {
    let stack = Stack::shared();
    let (user, stranger) = (stack.user().await, stack.user().await);
    let session = own(&user).await;
    stranger.delete(format!("{PATH}/{session}")).await.problem(404, "not-found");
    stack.sign_in_admin().await.delete(format!("{PATH}/{session}")).await.problem(404, "not-found");
    user.delete(format!("{PATH}/ses_01m7w6c380ewerr5d6grc7qdnv")).await.problem(404, "not-found");
    user.delete(format!("{PATH}/nonsense")).await.problem(404, "not-found");

    let other = user.signed_out().sign_in(&user.email, PASSWORD).await;
    user.delete(format!("{PATH}/{session}")).await.expect(204);
    user.get("/api/v1/me").await.problem(401, "unauthenticated");
    other.delete(format!("{PATH}/{session}")).await.problem(404, "not-found");
    assert_eq!(listed(&other).await.len(), 1);
}

#[tokio::test]
async fn ending_other_sessions_keeps_this_and_later_ones() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let mut others = Vec::new();
    for _ in 0..3 {
        others.push(user.signed_out().sign_in(&user.email, PASSWORD).await);
    }
    user.delete(PATH).await.expect(204);
    for other in &others {
        other.get("/api/v1/me").await.problem(401, "unauthenticated");
        other
            .signed_out()
            .refresh(&other.tokens.refresh)
            .await
            .problem(401, "invalid-refresh-token");
    }
    user.get("/api/v1/me").await.expect(200);
    user.signed_out().refresh(&user.tokens.refresh).await.expect(200);
    assert_eq!(listed(&user).await.len(), 1);

    let later = user.signed_out().sign_in(&user.email, PASSWORD).await;
    assert_eq!(listed(&later).await.len(), 2);
    later.delete(PATH).await.expect(204);
    user.get("/api/v1/me").await.problem(401, "unauthenticated");
    later.get("/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn other_users_stay_signed_in() {
    let stack = Stack::shared();
    let (user, bystander) = (stack.user().await, stack.user().await);
    user.delete(PATH).await.expect(204);
    bystander.get("/api/v1/me").await.expect(200);
}

/// The guard can be deleted between the check of the caller and the end of the session, when
/// somebody changes the account.
#[tokio::test]
async fn a_session_ends_even_if_its_guard_is_deleted_meanwhile() {
    let slow = Kind::Delay(Duration::from_millis(500));
    let rule = Rule { operation: "dynamodb:BatchGetItem".into(), kind: slow, probability: 1.0 };
    let stack = Stack::own().faults(Faults { seed: 1, rules: vec![rule] }).start();
    let user = stack.user().await;
    let other = user.signed_out().sign_in(&user.email, PASSWORD).await;
    let path = format!("{PATH}/{}", own(&other).await);
    let guard =
        json!({ "pk": { "S": format!("GUARD#{}", user.id().await) }, "sk": { "S": "GUARD" } });
    let (ended, ()) = tokio::join!(async { user.delete(path).await }, async {
        tokio::time::sleep(Duration::from_millis(250)).await;
        stack.aws().delete_item(EPHEMERAL_TABLE, &guard).await;
    });
    ended.expect(204);
    other.get("/api/v1/me").await.problem(401, "unauthenticated");
    user.get("/api/v1/me").await.expect(200);
}
