//! The setting that requires a second factor of admins.

use builder_tests::{Answer, PASSWORD, Stack, User};
use serde_json::json;

use super::enrol;

const PATH: &str = "/api/v1/settings";

async fn demand(admin: &User, demanded: bool) -> Answer {
    let mut settings = admin.get(PATH).await.expect(200).data();
    settings["security"]["requireSecondFactorForAdmins"] = demanded.into();
    admin.put(PATH, &settings).if_match("*").await
}

#[tokio::test]
async fn admins_without_a_required_factor_can_only_set_it_up() {
    let stack = Stack::own().frozen_clock().start();
    let (admin, other) = (stack.sign_in_admin().await, stack.user().await);
    let path = format!("/api/v1/users/{}", other.id().await);
    admin.patch(&path, &json!({ "role": "admin" })).if_match("*").await.expect(200);
    let other = other.signed_out().sign_in(&other.email, PASSWORD).await;
    let key = other
        .post(
            "/api/v1/api-keys",
            &json!({ "name": "Office", "scopes": ["orders:admin", "orders:read"] }),
        )
        .await
        .expect(201);
    let with_key = other.with_token(key.text("key"));
    let user = stack.user().await;

    demand(&admin, true).await.problem(409, "no-second-factor");
    assert_eq!(
        admin.get(PATH).await.expect(200).data()["security"]["requireSecondFactorForAdmins"],
        false
    );
    enrol(&stack, &admin).await;
    other.get("/api/v1/users").await.expect(200);
    with_key.get("/api/v1/orders").await.expect(200);
    demand(&admin, true).await.expect(200);

    // The setting applies from the next request.
    other.get("/api/v1/users").await.problem(403, "second-factor-required");
    other.get("/api/v1/orders").await.problem(403, "second-factor-required");
    demand(&admin, true).await.expect(200);
    with_key.get("/api/v1/orders").await.problem(403, "second-factor-required");
    assert_eq!(other.get("/api/v1/me").await.expect(200).data()["role"], "admin");
    admin.get("/api/v1/users").await.expect(200);
    user.get("/api/v1/orders").await.expect(200);

    enrol(&stack, &other).await;
    other.get("/api/v1/users").await.expect(200);
    with_key.get("/api/v1/orders").await.expect(200);
    // An admin whose second factor is removed must set one up again.
    admin.delete(format!("{path}/second-factor")).await.expect(204);
    other.get("/api/v1/users").await.problem(403, "second-factor-required");
    with_key.get("/api/v1/orders").await.problem(403, "second-factor-required");
    other.command("/api/v1/auth/logout").await.expect(204);

    demand(&admin, false).await.expect(200);
    other.signed_out().sign_in(&other.email, PASSWORD).await.get("/api/v1/users").await.expect(200);
}
