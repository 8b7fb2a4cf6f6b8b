//! `GET /api/v1/me/export`

use builder_tests::{Client, PASSWORD, Stack, catalogue};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/me/export";
const LISTS: [&str; 6] = ["apiKeys", "sessions", "orders", "payments", "invoices", "events"];

/// Returns all parts.
async fn parts(client: &Client) -> Vec<Value> {
    let (mut parts, mut path) = (Vec::new(), PATH.to_owned());
    loop {
        let answer = client.get(&path).await.expect(200);
        assert_eq!(answer.required("content-disposition"), r#"attachment; filename="export.json""#);
        assert_eq!(answer.required("cache-control"), "no-store");
        assert!(answer.body.len() < 3 * 1024 * 1024, "{} bytes", answer.body.len());
        parts.push(answer.data());
        match parts.last().unwrap()["cursor"].as_str() {
            Some(cursor) => path = format!("{PATH}?cursor={cursor}"),
            None => return parts,
        }
    }
}

fn ids(rows: &Value) -> Vec<&str> {
    rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_export_contains_all_data_of_the_user() {
    let stack = Stack::own().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let address = json!({ "name": "Ada", "lines": ["12 St James's Square"], "city": "London", "country": "GB" });
    user.patch(
        "/api/v1/me",
        &json!({ "name": "Ada King", "phone": "+44 20 1234567", "billingAddress": address }),
    )
    .if_match("*")
    .await
    .expect(200);
    let key = user
        .post("/api/v1/api-keys", &json!({ "name": "Warehouse", "scopes": ["orders:read"] }))
        .await
        .expect(201)
        .data();
    let product = catalogue::create(&admin, json!({})).await;
    let order = user.order(&[(&product, 2)]).await.expect(201).data();
    let id = order["id"].as_str().unwrap();
    let payment = user.start_payment(id).await.expect(201).text("id");
    let invoice = admin
        .post(format!("/api/v1/orders/{id}/invoices"), &json!({}))
        .await
        .expect(201)
        .text("id");
    let other = user.signed_out().sign_in(&user.email, PASSWORD).await;
    other.command("/api/v1/auth/logout").await.expect(204);
    user.signed_out()
        .post("/api/v1/auth/forgot-password", &json!({ "email": user.email }))
        .await
        .expect(202);
    let reset = user.signed_out().mail(&user.email, "password").await.token();

    let parts = parts(&user).await;
    let [export] = parts.as_slice() else { panic!("{} parts", parts.len()) };
    assert_eq!(export["profile"], user.get("/api/v1/me").await.expect(200).data());
    assert_eq!(export["identities"], user.get("/api/v1/me/identities").await.expect(200).data());
    assert_eq!(export["apiKeys"], user.get("/api/v1/api-keys").await.expect(200).data());
    let sessions = export["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    assert!(
        sessions[0]["endedAt"].is_null()
            && sessions[1]["endedAt"].is_string()
            && sessions[0]["address"].is_string()
    );
    assert_eq!(ids(&export["orders"]), [order["id"].as_str().unwrap()]);
    for member in ["items", "total", "status", "createdAt"] {
        assert!(!export["orders"][0][member].is_null(), "{member}");
    }
    assert_eq!(export["orders"][0]["total"], order["total"]);
    assert_eq!(
        (ids(&export["payments"]), ids(&export["invoices"])),
        (vec![payment.as_str()], vec![invoice.as_str()])
    );
    assert_eq!(export["invoices"][0]["buyer"]["billingAddress"]["city"], "London");

    let events = export["events"].as_array().unwrap();
    let kinds: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    for kind in [
        "user.registered",
        "user.verified",
        "user.updated",
        "user.profile_changed",
        "user.api_key_created",
        "user.password_reset_requested",
        "session.started",
        "session.ended",
    ] {
        assert!(kinds.contains(&kind), "{kind} is missing in {kinds:?}");
    }
    let of = |kind: &str| &events[kinds.iter().position(|present| *present == kind).unwrap()];
    assert_eq!(
        (&of("user.registered")["data"]["email"], &of("user.verified")["data"]["name"]),
        (&json!(user.email), &json!("Ada Lovelace"))
    );
    assert_eq!(of("user.profile_changed")["data"]["phone"], "+44 20 1234567");
    assert!(
        of("user.profile_changed")["data"]["billingAddress"].as_str().unwrap().contains("St James")
    );
    assert_eq!(of("session.started")["data"]["address"], sessions[0]["address"]);

    // It contains neither credentials nor their stored form.
    let text = export.to_string();
    for secret in [
        key["key"].as_str().unwrap(),
        reset.as_str(),
        "$sealed",
        "$personal",
        "Token\"",
        "keyHash",
        "hash\"",
        "family",
        "$2b$",
    ] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn an_export_contains_only_own_data_and_refuses_api_keys() {
    let stack = Stack::own().start();
    let (admin, user, other) = (stack.admin().await, stack.user().await, stack.user().await);
    let product = catalogue::create(&admin, json!({})).await;
    let order = other.order(&[(&product, 1)]).await.expect(201).text("id");
    let (own, others) = (user.id().await, other.id().await);
    for person in [&user, &admin] {
        let text = parts(person).await[0].to_string();
        assert!(!text.contains(&others) && !text.contains(&other.email) && !text.contains(&order));
    }
    assert!(parts(&user).await[0].to_string().contains(&own));

    let guest = stack.guest().await;
    assert_eq!(
        parts(&guest).await[0]["profile"]["role"],
        "guest",
        "every role can export its own data"
    );
    let body = json!({ "name": "Everything", "scopes": ["profile:read"] });
    let key = user.with_token(user.post("/api/v1/api-keys", &body).await.expect(201).text("key"));
    key.get("/api/v1/me").await.expect(200);
    key.get(PATH).await.problem(403, "forbidden");
}

#[tokio::test]
async fn large_exports_are_split_without_duplicates() {
    let stack = Stack::own().unlimited().start();
    let (admin, user, other) = (stack.admin().await, stack.user().await, stack.user().await);
    let mut products = Vec::new();
    for number in 0..50 {
        products.push(
            catalogue::create(
                &admin,
                json!({ "name": format!("{number} {}", "\"long\" ".repeat(25)) }),
            )
            .await,
        );
    }
    let basket: Vec<(&str, u32)> = products.iter().map(|product| (product.as_str(), 1)).collect();
    let mut placed = Vec::new();
    for _ in 0..110 {
        placed.push(user.order(&basket).await.expect(201).text("id"));
    }
    placed.reverse();
    let parts = parts(&user).await;
    assert!(parts.len() > 1, "{} parts", parts.len());
    assert!(
        parts[0]["profile"].is_object() && parts[1..].iter().all(|part| part["profile"].is_null())
    );
    let orders: Vec<&str> = parts.iter().flat_map(|part| ids(&part["orders"])).collect();
    assert_eq!(orders, placed);
    for list in LISTS {
        let all: Vec<&str> = parts.iter().flat_map(|part| ids(&part[list])).collect();
        let once: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(once.len(), all.len(), "{list}");
    }
    assert!(parts.last().unwrap()["events"].to_string().contains("user.registered"));
    // A cursor gives no access to another user's data.
    let cursor = parts[0]["cursor"].as_str().unwrap();
    other
        .get(format!("{PATH}?cursor={cursor}"))
        .await
        .problem(422, "invalid-request")
        .at(&["?cursor"]);
    user.get(format!("{PATH}?cursor=AAAA")).await.problem(422, "invalid-request").at(&["?cursor"]);
}

#[tokio::test]
async fn erased_data_is_not_exported() {
    let stack = Stack::own().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let id = user.id().await;
    assert!(parts(&user).await[0]["profile"].is_object());
    admin.delete(format!("/api/v1/users/{id}")).if_match("*").await.expect(204);
    user.get(PATH).await.problem(401, "unauthenticated");
    // The new owner of the address doesn't get the data either.
    let visitor = user.signed_out();
    let first = visitor.mails(&user.email).await.len();
    visitor.register(&user.email).await.expect(202);
    stack.wait_until_idle().await;
    let mails = visitor.mails(&user.email).await;
    assert!(mails.len() > first);
    visitor.verify_as(&mails[0].token(), PASSWORD, "Somebody Else").await.expect(200);
    let heir = visitor.sign_in(&user.email, PASSWORD).await;
    let export = parts(&heir).await[0].to_string();
    assert!(!export.contains(&id) && !export.contains("Lovelace"), "{export}");
}
