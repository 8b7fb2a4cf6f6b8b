//! `GET /api/v1/users`, `GET /api/v1/users/{id}`, `GET /api/v1/users/{id}/events`

use builder_tests::{Client, PASSWORD, Stack, Visitor};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/users";

/// Returns the addresses on all pages.
async fn addresses(client: &Client, query: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let body = client.get(format!("{PATH}?{query}{cursor}")).await.expect(200).json();
        all.extend(
            body["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|user| user["email"].as_str().unwrap().to_owned()),
        );
        match body["pagination"]["cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

#[tokio::test]
async fn users_are_found_by_role_status_and_address_prefix() {
    let stack = Stack::own().unlimited().start();
    let admin = stack.admin().await;
    let visitor = stack.visitor();
    let mut expected = Vec::new();
    for name in ["grace", "ada.b", "ada.a", "ada.c", "bob"] {
        let email = format!("{name}@example.com");
        visitor.join(&email).await;
        expected.push(email);
    }
    let mut everybody = vec![admin.email.clone()];
    everybody.extend(expected.iter().cloned());
    everybody.reverse();
    for limit in [1, 2, 100] {
        assert_eq!(addresses(&admin, &format!("limit={limit}")).await, everybody, "newest first");
        let adas = addresses(&admin, &format!("limit={limit}&email=ADA")).await;
        assert_eq!(
            adas,
            ["ada.a@example.com", "ada.b@example.com", "ada.c@example.com"],
            "expected the order of addresses"
        );
        assert_eq!(
            addresses(&admin, &format!("limit={limit}&role=admin")).await,
            [admin.email.as_str()]
        );
        assert_eq!(addresses(&admin, &format!("limit={limit}&role=user")).await, everybody[..5]);
    }
    assert_eq!(addresses(&admin, "email=ada.b%40example.com").await, ["ada.b@example.com"]);
    assert_eq!(addresses(&admin, "email=ada&role=admin").await, Vec::<String>::new());
    assert_eq!(addresses(&admin, "status=disabled").await, Vec::<String>::new());
    assert_eq!(addresses(&admin, "email=zoe").await, Vec::<String>::new());

    let bob = visitor.sign_in("bob@example.com", PASSWORD).await.id().await;
    admin
        .patch(format!("{PATH}/{bob}"), &json!({ "role": "guest" }))
        .if_match("*")
        .await
        .expect(200);
    assert_eq!(addresses(&admin, "role=guest").await, ["bob@example.com"]);
    assert_eq!(addresses(&admin, "role=guest&status=active").await, ["bob@example.com"]);
    admin.get(format!("{PATH}?role=king")).await.problem(422, "invalid-request");
    admin.get(format!("{PATH}?status=gone")).await.problem(422, "invalid-request");
}

#[tokio::test]
async fn pending_registrations_are_listed_only_on_request() {
    let stack = Stack::own().start();
    let (admin, visitor) = (stack.admin().await, stack.visitor());
    visitor.register("eve@example.com").await.expect(202);
    let link = visitor.mail("eve@example.com", "verify").await.token();
    for query in ["", "role=user", "status=active", "status=disabled", "email=eve"] {
        assert!(!addresses(&admin, query).await.contains(&"eve@example.com".to_owned()), "{query}");
    }
    assert_eq!(addresses(&admin, "status=pending").await, ["eve@example.com"]);
    let listed = admin.get(format!("{PATH}?status=pending")).await.expect(200).data();
    let path = format!("{PATH}/{}", listed[0]["id"].as_str().unwrap());
    let read = admin.get(&path).await.expect(200).data();
    assert_eq!((&read["status"], &read["name"]), (&json!("pending"), &json!("")));
    for change in [json!({ "role": "admin" }), json!({ "status": "disabled" })] {
        admin.patch(&path, &change).if_match("*").await.problem(409, "registration-pending");
    }

    // The owner of the address may request the deletion, after which nothing of it remains.
    admin.delete(&path).if_match("*").await.expect(204);
    visitor.verify(&link).await.problem(422, "invalid-token");
    assert_eq!(addresses(&admin, "status=pending").await, Vec::<String>::new());
    visitor.join("eve@example.com").await;
    assert_eq!(addresses(&admin, "email=eve").await, ["eve@example.com"]);
}

#[tokio::test]
async fn admins_can_read_a_user_and_its_events() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let id = user.id().await;
    let answer = admin.get(format!("{PATH}/{id}")).await.expect(200);
    let read = answer.data();
    assert_eq!(
        (&read["id"], &read["email"], &read["role"], &read["status"]),
        (&json!(id), &json!(user.email), &json!("user"), &json!("active"))
    );
    assert!(
        ["password", "hash", "epoch", "verifications", "key"]
            .iter()
            .all(|name| read.get(name).is_none()),
        "{read}"
    );
    admin.get(format!("{PATH}/{id}")).if_none_match(answer.etag()).await.expect(304);

    let events = admin.get(format!("{PATH}/{id}/events")).await.expect(200);
    let kinds: Vec<_> =
        events.data().as_array().unwrap().iter().map(|event| event["type"].clone()).collect();
    assert_eq!(kinds, ["user.verified", "user.registered"]);
    let text = events.data().to_string();
    for secret in [&user.email, "Ada", "\"vt_", "$sealed", PASSWORD] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    admin.get(format!("{PATH}/usr_01h455vb4pex5vsknk084sn02q")).await.problem(404, "not-found");
    admin
        .get(format!("{PATH}/usr_01h455vb4pex5vsknk084sn02q/events"))
        .await
        .problem(404, "not-found");
}

#[tokio::test]
async fn other_users_cannot_list_accounts() {
    let stack = Stack::shared();
    let (user, other) = (stack.user().await, stack.user().await);
    for path in [
        PATH.to_owned(),
        format!("{PATH}/{}", other.id().await),
        format!("{PATH}/{}", user.id().await),
    ] {
        user.get(&path).await.problem(403, "forbidden");
    }
    let registered = |value: &Value| value["message"].is_string();
    assert!(registered(
        &stack.visitor().register(&Visitor::fresh_email()).await.expect(202).data()
    ));
}
