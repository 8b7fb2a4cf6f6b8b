//! Resources of other users are not found, on any route.

use builder_runtime::{Access, Route};
use builder_tests::{Stack, User, catalogue, fresh_key, routes};
use serde_json::json;

/// Returns the path of a route to a resource of this owner, or `None` for routes without an owned
/// resource.
async fn path_to(
    route: &Route,
    owner: &User,
    [order, payment, invoice, key, session]: [&str; 5],
) -> Option<String> {
    let id = match route.path.split('/').nth(3)? {
        "orders" => order.to_owned(),
        "payments" => payment.to_owned(),
        "invoices" => invoice.to_owned(),
        "api-keys" => key.to_owned(),
        "sessions" => session.to_owned(),
        "users" => owner.id().await,
        _ => return None,
    };
    route.path.contains("{id}").then(|| route.path.replace("{id}", &id))
}

#[tokio::test]
async fn no_route_reads_or_changes_data_of_other_users() {
    let stack = Stack::own().unlimited().start();
    let (admin, owner, other) = (stack.admin().await, stack.user().await, stack.user().await);
    let product = catalogue::create(&admin, json!({})).await;
    let order = owner.order(&[(&product, 1)]).await.expect(201).text("id");
    let payment = owner.start_payment(&order).await.expect(201).text("id");
    let invoice = admin
        .post(format!("/api/v1/orders/{order}/invoices"), &json!({}))
        .await
        .expect(201)
        .text("id");
    stack.wait_until_idle().await;
    let key = owner
        .post("/api/v1/api-keys", &json!({ "name": "Program", "scopes": ["orders:read"] }))
        .await
        .expect(201)
        .text("id");
    let session = owner.get("/api/v1/sessions").await.expect(200).data()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let everything = || async {
        let all = ["/api/v1/me", "/api/v1/orders", "/api/v1/api-keys", "/api/v1/sessions"]
            .map(str::to_owned);
        let all = all
            .into_iter()
            .chain([format!("/api/v1/payments/{payment}"), format!("/api/v1/invoices/{invoice}")])
            .map(|path| owner.get(path));
        let mut told = Vec::new();
        for request in all {
            let mut data = request.await.expect(200).data();
            if let Some(sessions) = data.as_array_mut() {
                // Each request updates this member.
                sessions
                    .iter_mut()
                    .filter_map(|row| row.as_object_mut())
                    .for_each(|row| drop(row.remove("lastUsedAt")));
            }
            told.push(data);
        }
        told
    };
    let before = everything().await;
    let mut asked = 0;
    for route in routes().iter().filter(|route| matches!(route.access, Access::Permit(_))) {
        let Some(path) = path_to(route, &owner, [&order, &payment, &invoice, &key, &session]).await
        else {
            continue;
        };
        let answer =
            other.request(route.method.clone(), &path).if_match("*").key(fresh_key()).await;
        assert!([403, 404].contains(&answer.status), "{route:?}: {answer:?}");
        let told = String::from_utf8_lossy(&answer.body);
        assert!(!told.contains(&owner.email) && !told.contains("Ada"), "{route:?}: {told}");
        asked += 1;
    }
    assert_eq!(everything().await, before);
    println!("ownership: {asked} routes, none returned or changed a resource of another user");
    assert!(asked >= 12, "{asked}");
}
