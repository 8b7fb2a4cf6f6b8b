//! Lists: pages, cursors, limits.

use builder_tests::{Client, Stack, catalogue};
use serde_json::{Value, json};

/// Returns one page: the IDs, and the cursor if there is more.
async fn page(client: &Client, path: &str, cursor: Option<&str>) -> (Vec<String>, Option<String>) {
    let separator = if path.contains('?') { '&' } else { '?' };
    let path = cursor
        .map_or_else(|| path.to_owned(), |cursor| format!("{path}{separator}cursor={cursor}"));
    let answer = client.get(path).await.expect(200);
    let body = answer.json();
    assert_eq!(
        body.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["data", "pagination"],
        "expected no totals"
    );
    let cursor = body["pagination"]["cursor"].as_str().map(str::to_owned);
    assert_eq!(body["pagination"]["hasMore"], cursor.is_some());
    let id = |row: &Value| row["id"].as_str().unwrap().to_owned();
    (answer.data().as_array().unwrap().iter().map(id).collect(), cursor)
}

/// Reads all pages, and returns their sizes and the IDs in order.
async fn walk(client: &Client, path: &str) -> (Vec<usize>, Vec<String>) {
    let (mut sizes, mut ids, mut cursor) = (Vec::new(), Vec::new(), None);
    loop {
        let (rows, next) = page(client, path, cursor.as_deref()).await;
        sizes.push(rows.len());
        ids.extend(rows);
        match next {
            Some(next) => cursor = Some(next),
            None => return (sizes, ids),
        }
    }
}

#[tokio::test]
async fn pages_are_newest_first_and_have_the_requested_size() {
    let stack = Stack::own().unlimited().start();
    let admin = stack.admin().await;
    assert_eq!(walk(&admin, "/api/v1/products").await, (vec![0], vec![]));
    let mut created = Vec::new();
    for _ in 0..45 {
        created.push(catalogue::create(&admin, json!({})).await);
    }
    created.reverse();
    for (path, sizes) in [
        ("/api/v1/products", vec![20, 20, 5]),
        ("/api/v1/products?limit=15", vec![15, 15, 15]),
        ("/api/v1/products?limit=100", vec![45]),
        ("/api/v1/products?limit=44&status=active", vec![44, 1]),
    ] {
        assert_eq!(walk(&admin, path).await, (sizes, created.clone()), "{path}");
    }
    let (sizes, ids) = walk(&admin, "/api/v1/products?limit=1").await;
    assert_eq!((sizes.len(), ids), (45, created));
}

#[tokio::test]
async fn new_rows_do_not_shift_later_pages() {
    let stack = Stack::own().unlimited().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = catalogue::create(&admin, json!({})).await;
    let mut before = Vec::new();
    for _ in 0..12 {
        before.push(user.order(&[(&product, 1)]).await.expect(201).text("id"));
    }
    before.reverse();
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let (rows, next) = page(&user, "/api/v1/orders?limit=3", cursor.as_deref()).await;
        seen.extend(rows);
        user.order(&[(&product, 1)]).await.expect(201);
        match next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, before);
}

#[tokio::test]
async fn a_cursor_is_valid_only_for_its_list() {
    let stack = Stack::own().unlimited().start();
    let (admin, user, other) = (stack.admin().await, stack.user().await, stack.user().await);
    let mut product = String::new();
    for _ in 0..3 {
        product = catalogue::create(&admin, json!({})).await;
    }
    for buyer in [&user, &other] {
        for _ in 0..3 {
            buyer.order(&[(&product, 1)]).await.expect(201);
        }
    }
    let cursor = |list: &'static str| {
        let user = user.clone();
        async move { page(&user, list, None).await.1.unwrap() }
    };
    let products = cursor("/api/v1/products?limit=1").await;
    let orders = cursor("/api/v1/orders?limit=1").await;
    let pending = cursor("/api/v1/orders?limit=1&status=pending").await;
    // The page size may change between pages.
    user.get(format!("/api/v1/products?limit=2&cursor={products}")).await.expect(200);
    let order =
        other.get("/api/v1/orders?limit=1").await.data()[0]["id"].as_str().unwrap().to_owned();
    for (who, path) in [
        (&user, format!("/api/v1/orders?cursor={products}")),
        (&user, format!("/api/v1/products?cursor={orders}")),
        (&user, format!("/api/v1/orders?status=pending&cursor={orders}")),
        (&user, format!("/api/v1/orders?status=cancelled&cursor={pending}")),
        (&other, format!("/api/v1/orders?cursor={orders}")),
        (&admin, format!("/api/v1/orders?cursor={orders}")),
        (&other, format!("/api/v1/orders/{order}/events?cursor={orders}")),
    ] {
        who.get(path).await.problem(422, "invalid-request").at(&["?cursor"]);
    }
}

#[tokio::test]
async fn a_forged_cursor_is_refused() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    for _ in 0..2 {
        catalogue::create(&admin, json!({})).await;
    }
    let cursor = page(&user, "/api/v1/products?limit=1", None).await.1.unwrap();
    let mut forged: Vec<String> = [0, 5, cursor.len() / 2, cursor.len() - 4]
        .into_iter()
        .map(|place| {
            let mut bytes = cursor.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            String::from_utf8(bytes).unwrap()
        })
        .collect();
    forged.extend([
        "".to_owned(),
        "x".to_owned(),
        "AAAA".repeat(20),
        cursor[4..].to_owned(),
        format!("{cursor}AAAA"),
    ]);
    for forged in forged {
        user.get(format!("/api/v1/products?cursor={forged}"))
            .await
            .problem(422, "invalid-request")
            .at(&["?cursor"]);
    }
    user.get(format!("/api/v1/products?cursor={cursor}")).await.expect(200);
}

#[tokio::test]
async fn short_lists_refuse_invalid_cursors() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = catalogue::create(&admin, json!({})).await;
    let order = user.order(&[(&product, 1)]).await.expect(201).text("id");
    let id = user.id().await;
    for (client, path) in [
        (&user, format!("/api/v1/orders/{order}/payments")),
        (&user, "/api/v1/me/identities".to_owned()),
        (&user, "/api/v1/auth/oidc/providers".to_owned()),
        (&user, "/api/v1/invoices".to_owned()),
        (&admin, format!("/api/v1/users/{id}/api-keys")),
    ] {
        client.get(&path).await.expect(200);
        let forged = format!("{path}?cursor={}", "AAAA".repeat(10));
        client.get(forged).await.problem(422, "invalid-request").at(&["?cursor"]);
    }
}

#[tokio::test]
async fn a_limit_is_1_to_100() {
    let stack = Stack::shared();
    let user = stack.user().await;
    for list in [
        "/api/v1/products",
        "/api/v1/orders",
        "/api/v1/orders/ord_01h455vb4pex5vsknk084sn02q/events",
    ] {
        for limit in ["0", "101", "-1", "1.5", "many", "", "300"] {
            user.get(format!("{list}?limit={limit}"))
                .await
                .problem(422, "invalid-request")
                .at(&["?limit"]);
        }
    }
    for limit in [1, 100] {
        user.get(format!("/api/v1/products?limit={limit}")).await.expect(200);
    }
}
