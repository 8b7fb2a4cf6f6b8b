//! Logs contain no secrets and no personal data.

use builder_tests::{ADMIN, Log, Stack, Tokens, Visitor, aws, catalogue, fresh_key};
use serde_json::json;

use super::edge::{CURRENT, lock};

#[tokio::test]
async fn logs_contain_no_secrets_or_personal_data() {
    let log = Log::listen();
    let stack = Stack::own().parameter("OriginLock", &lock(&[CURRENT])).start();
    let (email, password) = (Visitor::fresh_email(), "a password that only this test has");
    let wrong = CURRENT.replace("edge_current", "edge_mistyped");
    stack
        .visitor()
        .get("/api/v1/me")
        .header("x-origin-verify", &wrong)
        .await
        .problem(403, "direct-access-refused");
    // An edge that doesn't forward the client's address is reported.
    let visitor = stack.visitor().with_headers([("x-origin-verify", CURRENT)]);
    let name = "Zebulon Unmistakable";
    let register = json!({ "email": email });
    visitor.post("/api/v1/auth/register", &register).await.expect(202);
    let verification = stack.mail(&email, "verify").await.token();
    visitor
        .login(&email, "not the password that only this test has")
        .await
        .problem(401, "invalid-credentials");
    visitor.post("/api/v1/auth/register", &register).await.expect(202);
    // Mistakes are where secrets end up in logs.
    visitor
        .post(
            "/api/v1/auth/verify-email",
            &json!({ "token": verification, "password": [password], "name": name }),
        )
        .await
        .problem(422, "invalid-request");
    visitor
        .post("/api/v1/auth/login", &json!({ "email": email, password: 1 }))
        .await
        .problem(422, "invalid-request");
    visitor.verify(&verification[1..]).await.problem(422, "invalid-token");
    visitor.verify_as(&verification, password, name).await.expect(200);
    let user = visitor.sign_in(&email, password).await;
    let next = Tokens::of(&user.signed_out().refresh(&user.tokens.refresh).await.expect(200));
    user.signed_out()
        .refresh(&format!("{}x", next.refresh))
        .await
        .problem(401, "invalid-refresh-token");
    user.with_token(format!("{}x", user.tokens.access))
        .get("/api/v1/me")
        .await
        .problem(401, "unauthenticated");
    user.patch("/api/v1/me", &json!({ "name": format!("{name} II") }))
        .if_match("*")
        .await
        .expect(200);
    let admin = visitor.sign_in(ADMIN.0, ADMIN.1).await;
    let product = catalogue::stocked(&admin, 1).await;
    let key = fresh_key();
    let items = json!({ "items": [{ "productId": product, "quantity": 1 }] });
    user.post("/api/v1/orders", &items).key(&key).await.expect(201);
    user.post("/api/v1/orders", &items).key(fresh_key()).await.problem(409, "out-of-stock");
    stack.mail(&email, "Your order").await;
    stack
        .invoke("bootstrap-admin", json!({ "email": email, "password": [password] }))
        .await
        .unwrap_err();
    user.command("/api/v1/auth/logout").await.expect(204);
    stack.wait_until_idle().await;

    let (signing, cursor) = (
        stack.aws().secret(aws::SIGNING_SECRET).await,
        stack.aws().secret("builder/dev/cursor").await,
    );
    let lines = log.lines();
    assert!(lines.len() > 50, "only {} log lines were captured", lines.len());
    assert!(
        lines.iter().any(|line| line.contains("answered")),
        "the log lines of requests are missing"
    );
    let local_part = email.split('@').next().unwrap();
    assert!(
        lines.iter().any(|line| line.contains("the edge doesn't forward the client's address")),
        "the edge's misconfiguration is not logged"
    );
    for (what, secret) in [
        ("the edge's secret", CURRENT),
        ("a mistyped secret of the edge", &wrong),
        ("the address", email.as_str()),
        ("half of the address", local_part),
        ("the password", password),
        ("the name", name),
        ("the verification token", &verification),
        ("the access token", &user.tokens.access),
        ("the signature of the access token", user.tokens.access.rsplit('.').next().unwrap()),
        ("the refresh token", &user.tokens.refresh[3..]),
        ("the next access token", &next.access),
        ("the next refresh token", &next.refresh[3..]),
        ("the idempotency key", &key),
        ("the signing secret", &signing),
        ("the cursor secret", &cursor),
    ] {
        let found: Vec<_> = lines.iter().filter(|line| line.contains(secret)).collect();
        assert!(found.is_empty(), "{what} is in {} lines, the first: {}", found.len(), found[0]);
    }
}
