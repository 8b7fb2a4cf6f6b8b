//! `DELETE /api/v1/users/{id}`

use builder_tests::aws::{DATA_TABLE, EPHEMERAL_TABLE};
use builder_tests::{PASSWORD, Stack, catalogue};
use serde_json::{Value, json};

#[tokio::test]
async fn erased_data_is_unreadable_and_the_audit_trail_valid() {
    let stack = Stack::own().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let id = user.id().await;
    let path = format!("/api/v1/users/{id}");
    let first_mail = user.signed_out().mail(&user.email, "verify").await.token();
    let address = json!({ "name": "Countess", "lines": ["12 St James's Square"], "city": "London", "country": "GB" });
    let profile = json!({
        "name": "Augusta Ada King", "company": "Analytical Engines", "vatId": "GB123456789", "phone": "+44 20 1234567",
        "billingAddress": address, "shippingAddress": address,
    });
    user.patch("/api/v1/me", &profile).if_match("*").await.expect(200);
    let product = catalogue::create(&admin, json!({})).await;
    let order = user.order(&[(&product, 2)]).await.expect(201).text("id");
    user.signed_out().mail(&user.email, "Your order").await;
    let before = events(&stack, &id).await;

    admin.delete(&path).await.problem(428, "precondition-required");
    user.delete(&path).if_match("*").await.problem(403, "forbidden");
    admin.delete(&path).if_match("*").await.expect(204);

    user.get("/api/v1/me").await.problem(401, "unauthenticated");
    let visitor = user.signed_out();
    visitor.refresh(&user.tokens.refresh).await.problem(401, "invalid-refresh-token");
    visitor.login(&user.email, PASSWORD).await.problem(401, "invalid-credentials");
    admin.get(&path).await.problem(404, "not-found");
    admin.delete(&path).if_match("*").await.expect(204);
    let listed = admin.get("/api/v1/users").await.expect(200).data().to_string();
    assert!(!listed.contains(&id), "{listed}");

    // No stored data of this person is readable, and no key is left that could decrypt sealed data.
    let items =
        [stack.aws().items(DATA_TABLE).await, stack.aws().items(EPHEMERAL_TABLE).await].concat();
    for personal in [
        user.email.as_str(),
        "Augusta",
        "Lovelace",
        "127.0.",
        "Analytical",
        "GB123",
        "+44",
        "Countess",
        "St James",
    ] {
        let matching: Vec<_> = items
            .iter()
            .filter(|item| item.to_string().contains(personal) && item.to_string().contains(&id))
            .collect();
        assert!(matching.is_empty(), "{personal}: {matching:?}");
    }
    let left: Vec<_> = items
        .iter()
        .filter(|item| item["pk"]["S"] == format!("USER#{id}"))
        .map(|item| item["sk"]["S"].as_str().unwrap())
        .collect();
    assert!(left.iter().all(|sk| *sk == "STATE" || sk.starts_with("EVENT#")), "{left:?}");

    // The audit trail: all events are unchanged, and one records the erasure.
    let after = events(&stack, &id).await;
    assert!(before.iter().all(|event| after.contains(event)), "no event must change");
    assert!(after.iter().any(|event| event.contains("user.erased")));
    // The order is kept for accounting.
    assert_eq!(
        admin.get(format!("/api/v1/orders/{order}")).await.expect(200).data()["userId"],
        json!(id)
    );

    // The address is free again, for another user.
    visitor.register(&user.email).await.expect(202);
    let other_mail = async || {
        let mails = visitor.mails(&user.email).await;
        mails
            .iter()
            .find(|mail| mail.subject.contains("verify") && mail.token() != first_mail)
            .map(builder_tests::Mail::token)
    };
    let token = loop {
        match other_mail().await {
            Some(token) => break token,
            None => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    };
    visitor.verify_as(&token, PASSWORD, "Somebody Else").await.expect(200);
    let other = visitor.sign_in(&user.email, PASSWORD).await;
    assert_ne!(other.id().await, id);
    assert_eq!(other.get("/api/v1/orders").await.expect(200).data(), json!([]));
}

/// Returns the stored events of an account and its sessions.
async fn events(stack: &Stack, user: &str) -> Vec<String> {
    let items = stack.aws().items(DATA_TABLE).await;
    let own = |item: &&serde_json::Value| {
        item["pk"]["S"] == format!("USER#{user}")
            && item["sk"]["S"].as_str().is_some_and(|sk| sk.starts_with("EVENT#"))
    };
    items.iter().filter(own).map(ToString::to_string).collect()
}

/// Restores the items of a table, like restoring a backup.
pub(crate) async fn restore(stack: &Stack, before: &[Value]) {
    let aws = stack.aws();
    for item in aws.items(DATA_TABLE).await {
        aws.delete_item(DATA_TABLE, &json!({ "pk": item["pk"], "sk": item["sk"] })).await;
    }
    for item in before {
        aws.put_item(DATA_TABLE, item).await;
    }
}

#[tokio::test]
async fn a_restored_backup_does_not_restore_erased_users() {
    let stack = Stack::own().start();
    let (admin, erased, other) = (stack.admin().await, stack.user().await, stack.user().await);
    let (id, other_id) = (erased.id().await, other.id().await);
    // A user with all data that is found by its own value.
    let promoted = json!({ "role": "admin" });
    admin.patch(format!("/api/v1/users/{id}"), &promoted).if_match("*").await.expect(200);
    let erased = erased.signed_out().sign_in(&erased.email, PASSWORD).await;
    let key = json!({ "name": "Warehouse", "scopes": ["orders:read"] });
    let key = erased.post("/api/v1/api-keys", &key).await.expect(201).text("key");
    stack.wait_until_idle().await;
    let before = stack.aws().items(DATA_TABLE).await;
    admin.delete(format!("/api/v1/users/{id}")).if_match("*").await.expect(204);
    stack.wait_until_idle().await;
    restore(&stack, &before).await;
    assert_eq!(
        admin.get(format!("/api/v1/users/{id}")).await.expect(200).data()["email"],
        erased.email,
        "the backup must contain the user"
    );

    let run = || stack.invoke("reapply-erasures", json!({}));
    assert_eq!(run().await.unwrap(), json!({ "recorded": 1, "erased": 1 }));
    admin.get(format!("/api/v1/users/{id}")).await.problem(404, "not-found");
    erased.signed_out().login(&erased.email, PASSWORD).await.problem(401, "invalid-credentials");
    erased.with_token(&key).get("/api/v1/orders").await.problem(401, "unauthenticated");
    let items = stack.aws().items(DATA_TABLE).await;
    let matching: Vec<_> =
        items.iter().filter(|item| item.to_string().contains(&erased.email)).collect();
    assert!(matching.is_empty(), "{matching:?}");
    assert_eq!(
        admin.get(format!("/api/v1/users/{other_id}")).await.expect(200).data()["email"],
        other.email
    );
    assert_eq!(
        run().await.unwrap(),
        json!({ "recorded": 1, "erased": 0 }),
        "a second run must change nothing"
    );
}
