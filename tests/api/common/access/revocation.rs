//! A revoked right ends with the very next request, on any route.

use builder_runtime::{Access, Route};
use builder_tests::{Client, Stack, User, routes};
use futures::future::join_all;
use serde_json::json;

use crate::common::sample_path;

/// Returns the routes that check the caller.
fn guarded() -> Vec<Route> {
    routes().into_iter().filter(|route| matches!(route.access, Access::Permit(_))).collect()
}

fn ask(client: &Client, route: &Route) -> builder_tests::Request {
    client
        .request(route.method.clone(), sample_path(route))
        .if_match("*")
        .key("a-key")
        .body("text/plain", "{")
}

/// Calls every function once, so that its instance has cached the caller's data.
async fn known_everywhere(client: &Client) {
    // Signing out would succeed.
    let ending = ["logout", "end-other-sessions"];
    join_all(guarded().iter().filter(|route| !ending.contains(&route.name)).map(
        |route| async move {
            let answer = ask(client, route).await;
            assert_ne!(answer.status, 401, "{route:?}");
        },
    ))
    .await;
}

async fn refused_everywhere(client: &Client, what: &str) -> usize {
    let asked = join_all(
        guarded()
            .iter()
            .map(|route| async move { ask(client, route).await.problem(401, "unauthenticated") }),
    )
    .await
    .len();
    println!("revocation: {what}, refused by {asked} routes on the next request");
    asked
}

#[tokio::test]
async fn revocation_applies_to_the_next_request_on_every_route() {
    let stack = Stack::own().unlimited().start();
    let admin = stack.admin().await;
    let mut asked = 0;

    let signed_out = stack.user().await;
    known_everywhere(&signed_out).await;
    signed_out.command("/api/v1/auth/logout").await.expect(204);
    asked += refused_everywhere(&signed_out, "signed out").await;

    let elsewhere: User = stack.user().await;
    let here = elsewhere.signed_out().sign_in(&elsewhere.email, builder_tests::PASSWORD).await;
    known_everywhere(&elsewhere).await;
    here.delete("/api/v1/sessions").await.expect(204);
    asked += refused_everywhere(&elsewhere, "ended from another session").await;

    let disabled = stack.user().await;
    let key = disabled
        .post("/api/v1/api-keys", &json!({ "name": "Program", "scopes": ["orders:read"] }))
        .await
        .expect(201);
    let program = disabled.with_token(key.text("key"));
    known_everywhere(&disabled).await;
    known_everywhere(&program).await;
    let path = format!("/api/v1/users/{}", disabled.id().await);
    admin.patch(&path, &json!({ "status": "disabled" })).if_match("*").await.expect(200);
    asked += refused_everywhere(&disabled, "disabled").await;
    asked += refused_everywhere(&program, "the key of a disabled user").await;

    let promoted = stack.user().await;
    known_everywhere(&promoted).await;
    let path = format!("/api/v1/users/{}", promoted.id().await);
    admin.patch(&path, &json!({ "role": "admin" })).if_match("*").await.expect(200);
    asked += refused_everywhere(&promoted, "a token from before a change of role").await;

    let owner = stack.user().await;
    let key = owner
        .post("/api/v1/api-keys", &json!({ "name": "Program", "scopes": ["orders:read"] }))
        .await
        .expect(201);
    let program = owner.with_token(key.text("key"));
    known_everywhere(&program).await;
    owner.delete(format!("/api/v1/api-keys/{}", key.text("id"))).await.expect(204);
    asked += refused_everywhere(&program, "a revoked key").await;
    assert_eq!(asked, 6 * guarded().len());
}
