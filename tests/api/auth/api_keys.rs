//! `/api/v1/api-keys`, and requests with a key.

use std::time::Duration;

use builder_identity::api_keys::api_key::ApiKeyText;
use builder_identity::role::Permission;
use builder_runtime::Access;
use builder_tests::aws::{DATA_TABLE, EPHEMERAL_TABLE};
use builder_tests::{Answer, Client, PASSWORD, Stack, Tokens, User, catalogue, routes};
use serde_json::{Value, json};

use crate::common::sample_path;

const PATH: &str = "/api/v1/api-keys";

async fn create(user: &User, scopes: &[&str]) -> Answer {
    user.post(PATH, &json!({ "name": "Warehouse", "scopes": scopes })).await
}

/// Returns a client with a key that has these scopes, and the key's ID.
async fn program(user: &User, scopes: &[&str]) -> (Client, String) {
    let answer = create(user, scopes).await.expect(201);
    (user.with_token(answer.text("key")), answer.text("id"))
}

#[tokio::test]
async fn keys_and_factors_require_a_recent_session() {
    let stack = Stack::own().start();
    let user = stack.user().await;
    stack.clock.advance(Duration::from_secs(601));
    create(&user, &["orders:read"]).await.problem(403, "sign-in-again");
    user.command("/api/v1/auth/second-factor").await.problem(403, "sign-in-again");
    let refreshed = Tokens::of(&user.signed_out().refresh(&user.tokens.refresh).await.expect(200));
    let refreshed = user.with_token(refreshed.access);
    refreshed
        .post(PATH, &json!({ "name": "Warehouse", "scopes": ["orders:read"] }))
        .await
        .problem(403, "sign-in-again");
    let again = user.signed_out().sign_in(&user.email, PASSWORD).await;
    create(&again, &["orders:read"]).await.expect(201);
    again.command("/api/v1/auth/second-factor").await.expect(200);
}

#[tokio::test]
async fn a_key_is_shown_once_and_stored_as_a_hash() {
    let stack = Stack::own().start();
    let user = stack.user().await;
    let answer = create(&user, &["orders:read", "products:read"]).await.expect(201);
    let (key, id) = (answer.text("key"), answer.text("id"));
    assert_eq!(
        (answer.required("location"), answer.etag().as_str()),
        (format!("{PATH}/{id}").as_str(), "\"1\"")
    );
    assert!(ApiKeyText::parse(&key).is_some() && key.starts_with(&answer.text("hint")), "{key}");

    let one = user.get(format!("{PATH}/{id}")).await.expect(200).data();
    assert_eq!(one["scopes"], json!(["orders:read", "products:read"]));
    assert_eq!(
        (&one["expiresAt"], &one["lastUsedAt"], &one["name"]),
        (&Value::Null, &Value::Null, &json!("Warehouse"))
    );
    let list = user.get(PATH).await.expect(200).data();
    assert_eq!(list, json!([one]));
    let items =
        [stack.aws().items(DATA_TABLE).await, stack.aws().items(EPHEMERAL_TABLE).await].concat();
    for shown in [list.to_string(), one.to_string(), format!("{items:?}")] {
        assert!(!shown.contains(&key[12..]), "{shown}");
    }
    let events = stack
        .admin()
        .await
        .get(format!("/api/v1/users/{}/events", user.id().await))
        .await
        .expect(200)
        .data();
    assert_eq!(events[0]["type"], "user.api_key_created");
    assert!(events[0]["data"].get("keyHash").is_none(), "{events}");
}

#[tokio::test]
async fn a_key_is_limited_to_its_scopes() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = catalogue::create(&admin, json!({})).await;
    let order = user.order(&[(&product, 1)]).await.expect(201).text("id");

    let (program, _) = program(&user, &["orders:read"]).await;
    program.get(format!("/api/v1/orders/{order}")).await.expect(200);
    let mut refused = 0;
    for route in routes() {
        let Access::Permit(permission) = route.access else { continue };
        if permission == Permission::OrdersRead {
            continue;
        }
        let request = program.request(route.method.clone(), sample_path(&route)).if_match("*");
        let problem = request.body("text/plain", "{").await.problem(403, "forbidden");
        assert!(problem.body["detail"].as_str().unwrap().contains(permission.scope()), "{route:?}");
        refused += 1;
    }
    println!("{refused} routes refuse a key without their scope");
    assert!(refused >= 20, "only {refused}");
}

#[tokio::test]
async fn admin_keys_need_a_scope_to_read_all_orders() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = catalogue::create(&admin, json!({})).await;
    let order = user.order(&[(&product, 1)]).await.expect(201).text("id");
    let path = format!("/api/v1/orders/{order}");
    let (own, _) = program(&admin, &["orders:read"]).await;
    own.get(&path).await.problem(404, "not-found");
    let (all, _) = program(&admin, &["orders:read", "orders:admin"]).await;
    all.get(&path).await.expect(200);
}

#[tokio::test]
async fn events_name_the_api_key_as_actor() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = catalogue::create(&admin, json!({})).await;
    let (program, id) = program(&user, &["orders:write", "orders:read"]).await;
    let body = json!({ "items": [{ "productId": product, "quantity": 1 }] });
    let order = program.post("/api/v1/orders", &body).await.expect(201).text("id");
    let events = program.get(format!("/api/v1/orders/{order}/events")).await.expect(200).data();
    assert_eq!(
        events[0]["actor"],
        json!({ "type": "apiKey", "id": id, "userId": user.id().await })
    );
    let shown = user.get(format!("{PATH}/{id}")).await.expect(200).data();
    assert!(shown["lastUsedAt"].is_string(), "{shown}");
}

#[tokio::test]
async fn a_revoked_key_is_refused_on_every_route() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let ((program, id), (other, _)) =
        (program(&user, &["orders:read"]).await, program(&user, &["orders:read"]).await);
    program.get("/api/v1/orders").await.expect(200);
    stack.user().await.delete(format!("{PATH}/{id}")).await.problem(404, "not-found");
    user.delete(format!("{PATH}/{id}")).await.expect(204);
    for route in routes().iter().filter(|route| matches!(route.access, Access::Permit(_))) {
        program
            .request(route.method.clone(), sample_path(route))
            .if_match("*")
            .await
            .problem(401, "unauthenticated");
    }
    other.get("/api/v1/orders").await.expect(200);
    user.delete(format!("{PATH}/{id}")).await.problem(404, "not-found");
    user.get(format!("{PATH}/{id}")).await.problem(404, "not-found");
}

#[tokio::test]
async fn keys_lose_the_rights_that_their_owner_loses() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let path = format!("/api/v1/users/{}", user.id().await);
    let (program, _) = program(&user, &["orders:write", "orders:read"]).await;
    program.get("/api/v1/orders").await.expect(200);
    admin.patch(&path, &json!({ "status": "disabled" })).if_match("*").await.expect(200);
    program.get("/api/v1/orders").await.problem(401, "unauthenticated");
    admin.patch(&path, &json!({ "status": "active" })).if_match("*").await.expect(200);
    program.get("/api/v1/orders").await.problem(401, "unauthenticated");

    let (program, _) = self::program(
        &user.signed_out().sign_in(&user.email, PASSWORD).await,
        &["orders:write", "orders:read"],
    )
    .await;
    program.get("/api/v1/orders").await.expect(200);
    admin.patch(&path, &json!({ "role": "guest" })).if_match("*").await.expect(200);
    let problem = program.post("/api/v1/orders", &json!({})).await.problem(403, "forbidden");
    assert!(
        problem.body["detail"].as_str().unwrap().contains("the role guest"),
        "{}",
        problem.body
    );
    program.get("/api/v1/orders").await.expect(200);
    admin.delete(&path).if_match("*").await.expect(204);
    program.get("/api/v1/orders").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_key_expires() {
    let stack = Stack::own().start();
    let user = stack.user().await;
    let expiry = "2999-01-01T00:00:00Z";
    let body =
        |expiry: &str| json!({ "name": "Till", "scopes": ["orders:read"], "expiresAt": expiry });
    user.post(PATH, &body("2001-01-01T00:00:00Z"))
        .await
        .problem(422, "invalid-request")
        .at(&["/expiresAt"]);
    user.post(PATH, &body("tomorrow")).await.problem(422, "invalid-request").at(&["/expiresAt"]);
    assert_eq!(user.post(PATH, &body(expiry)).await.expect(201).data()["expiresAt"], expiry);

    let soon: jiff::Timestamp =
        user.get("/api/v1/me").await.expect(200).text("createdAt").parse().unwrap();
    let soon = soon + jiff::SignedDuration::from_secs(600);
    let program =
        user.with_token(user.post(PATH, &body(&soon.to_string())).await.expect(201).text("key"));
    program.get("/api/v1/orders").await.expect(200);
    stack.clock.advance(Duration::from_secs(601));
    let problem = program.get("/api/v1/orders").await.problem(401, "unauthenticated");
    assert!(problem.body["detail"].as_str().unwrap().contains("expired"), "{}", problem.body);
}

#[tokio::test]
async fn invalid_keys_are_refused_and_counted_by_ip_address() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let key = create(&user, &["orders:read"]).await.expect(201).text("key");
    let mistyped =
        format!("{}{}", &key[..20], if &key[20..21] == "a" { "b" } else { "a" }) + &key[21..];
    let unknown = ApiKeyText::generate().unwrap();
    for text in [mistyped.as_str(), unknown.reveal(), "bk_live_", &key.to_uppercase()] {
        let answer = user
            .with_token(text)
            .get("/api/v1/orders")
            .await
            .problem(401, "unauthenticated")
            .answer;
        assert!(answer.required("ratelimit-policy").starts_with("\"ip\""), "{text}");
    }
}

#[tokio::test]
async fn keys_have_their_own_rate_limit() {
    let stack = Stack::own().parameter("CallerLimitPerHour", "12").frozen_clock().start();
    let user = stack.user().await;
    let (program, _) = program(&user, &["orders:read"]).await;
    for left in (0..12).rev() {
        let answer = program.get("/api/v1/orders").await.expect(200);
        assert!(
            answer.required("ratelimit").contains(&format!("r={left};")),
            "{left}: {}",
            answer.required("ratelimit")
        );
    }
    program.get("/api/v1/orders").await.problem(429, "quota-exceeded");
    user.get("/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn a_key_cannot_exceed_its_owner_or_manage_keys() {
    let stack = Stack::shared();
    let (user, admin) = (stack.user().await, stack.sign_in_admin().await);
    for (scopes, pointers) in [
        (json!([]), vec!["/scopes"]),
        (json!(["orders:read", "orders:admin"]), vec!["/scopes/1"]),
        (json!(["orders:read", "orders:read"]), vec!["/scopes/1"]),
        (
            json!(["api-keys:write", "sessions:read", "credentials:write"]),
            vec!["/scopes/0", "/scopes/1", "/scopes/2"],
        ),
        (json!(["everything"]), vec!["/scopes/0"]),
    ] {
        let body = json!({ "name": "Too much", "scopes": scopes });
        user.post(PATH, &body).await.problem(422, "invalid-request").at(&pointers);
    }
    admin
        .post(PATH, &json!({ "name": "x", "scopes": ["api-keys:write"] }))
        .await
        .problem(422, "invalid-request");
    let guest = stack.guest().await;
    create(&guest, &["orders:read"]).await.problem(403, "forbidden");
}

#[tokio::test]
async fn concurrent_requests_create_at_most_twenty_keys() {
    let stack = Stack::shared();
    let user = stack.user().await;
    for _ in 0..18 {
        create(&user, &["orders:read"]).await.expect(201);
    }
    let answers = futures::future::join_all((0..6).map(|_| create(&user, &["orders:read"]))).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    println!("18 keys, then 6 concurrent requests: {made} created");
    assert!(made <= 2);
    while create(&user, &["orders:read"]).await.status == 201 {}
    create(&user, &["orders:read"]).await.problem(409, "too-many-keys");
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let body = user.get(format!("{PATH}?limit=7{cursor}")).await.expect(200).json();
        ids.extend(
            body["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|key| key["id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = body["pagination"]["cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(ids.len(), 20);
    assert!(ids.is_sorted_by(|newer, older| newer > older));
}
