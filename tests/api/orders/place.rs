//! `POST /api/v1/orders`

use builder_tests::{Stack, catalogue};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/orders";
const UNKNOWN: &str = "prd_01h455vb4pex5vsknk084sn02q";

#[tokio::test]
async fn a_placed_order_has_a_location_and_takes_its_stock() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let (mug, tea) = (
        catalogue::stocked(&admin, 10).await,
        catalogue::create(&admin, json!({ "name": "Tea", "taxPercent": "7" })).await,
    );
    let placed = user.order(&[(&mug, 2), (&tea, 1)]).await.expect(201);
    let order = placed.data();
    assert!(order["id"].as_str().unwrap().starts_with("ord_"));
    assert_eq!((&order["userId"], &order["status"]), (&json!(user.id().await), &json!("pending")));
    assert_eq!((&order["cancelledAt"], &order["cancelReason"]), (&Value::Null, &Value::Null));
    let [first, second] = [0, 1].map(|line| order["items"][line].clone());
    assert_eq!(
        (&first["productId"], &first["quantity"], &first["name"]),
        (&json!(mug), &json!(2), &json!("Mug, blue"))
    );
    assert_eq!(
        (&second["productId"], &second["quantity"], &second["name"]),
        (&json!(tea), &json!(1), &json!("Tea"))
    );
    let (created, expires): (jiff::Timestamp, jiff::Timestamp) = (
        order["createdAt"].as_str().unwrap().parse().unwrap(),
        order["expiresAt"].as_str().unwrap().parse().unwrap(),
    );
    assert_eq!(expires.duration_since(created).as_secs(), 24 * 3600);

    assert_eq!(placed.required("location"), super::path(order["id"].as_str().unwrap()));
    let read = user.get(placed.required("location")).await.expect(200);
    assert_eq!((read.data(), read.etag()), (order, placed.etag()));
    assert_eq!(catalogue::stock_of(&user, &mug).await, 8);
}

#[tokio::test]
async fn the_same_product_twice_is_one_line() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let (mug, tea) =
        (catalogue::stocked(&admin, 10).await, catalogue::create(&admin, json!({})).await);
    let order = user.order(&[(&mug, 2), (&tea, 1), (&mug, 3)]).await.expect(201).data();
    let lines: Vec<_> = order["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["productId"].clone(), line["quantity"].clone()))
        .collect();
    assert_eq!(lines, [(json!(mug), json!(5)), (json!(tea), json!(1))]);
    assert_eq!(catalogue::stock_of(&user, &mug).await, 5);
}

#[tokio::test]
async fn every_error_has_its_pointer() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mug = catalogue::create(&admin, json!({})).await;
    let item = |quantity: Value| json!({ "productId": mug, "quantity": quantity });
    let many = |count: usize| Value::Array(vec![item(json!(1)); count]);
    for (items, pointers) in [
        (json!([]), vec!["/items"]),
        (many(51), vec!["/items"]),
        (
            json!([item(json!(0)), item(json!(1)), item(json!(10_001))]),
            vec!["/items/0/quantity", "/items/2/quantity"],
        ),
        (json!([item(json!(10_000)), item(json!(1))]), vec!["/items/1/quantity"]),
        (json!([item(json!(-1))]), vec!["/items/0/quantity"]),
        (json!([item(json!(1.5))]), vec!["/items/0/quantity"]),
        (json!([item(json!("1"))]), vec!["/items/0/quantity"]),
        (json!([{ "productId": "mug", "quantity": 1 }]), vec!["/items/0/productId"]),
        (
            json!([{ "productId": "ord_01h455vb4pex5vsknk084sn02q", "quantity": 1 }]),
            vec!["/items/0/productId"],
        ),
        (json!({}), vec!["/items"]),
        (
            json!([item(json!(1)), { "productId": UNKNOWN, "quantity": 1 }]),
            vec!["/items/1/productId"],
        ),
    ] {
        user.post(PATH, &json!({ "items": items }))
            .await
            .problem(422, "invalid-request")
            .at(&pointers);
    }
    let priced = json!({ "items": [{ "productId": mug, "quantity": 1, "unitPrice": { "amount": 1, "currency": "EUR" } }], "total": 1 });
    user.post(PATH, &priced)
        .await
        .problem(422, "invalid-request")
        .at(&["/items/0/unitPrice", "/total"]);
    assert_eq!(user.get(PATH).await.expect(200).data(), json!([]), "no order must be placed");
}

#[tokio::test]
async fn fifty_different_products_are_one_order() {
    let stack = Stack::own().unlimited().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let mut products = Vec::new();
    for _ in 0..50 {
        products.push(catalogue::stocked(&admin, 2).await);
    }
    let items: Vec<(&str, u32)> = products.iter().map(|product| (product.as_str(), 2)).collect();
    let order = user.order(&items).await.expect(201);
    assert_eq!(order.data()["items"].as_array().unwrap().len(), 50);
    user.order(&items).await.problem(409, "out-of-stock");
    user.command(format!("{}/cancel", order.required("location"))).await.expect(200);
    user.order(&items).await.expect(201);
}

#[tokio::test]
async fn stock_is_taken_for_all_items_or_none() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let (full, low, empty) = (
        catalogue::stocked(&admin, 9).await,
        catalogue::stocked(&admin, 1).await,
        catalogue::stocked(&admin, 0).await,
    );
    let problem =
        user.order(&[(&full, 1), (&low, 2), (&empty, 1)]).await.problem(409, "out-of-stock");
    problem.at(&["/items/1/quantity", "/items/2/quantity"]);
    let problem =
        user.order(&[(&low, 1), (&full, 1), (&low, 1)]).await.problem(409, "out-of-stock");
    problem.at(&["/items/0/quantity", "/items/2/quantity"]);
    for (product, stock) in [(&full, 9), (&low, 1), (&empty, 0)] {
        assert_eq!(catalogue::stock_of(&user, product).await, stock);
    }
    user.order(&[(&full, 9), (&low, 1)]).await.expect(201);
}

#[tokio::test]
async fn one_order_has_one_currency() {
    let stack = Stack::shared();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let euro = catalogue::create(&admin, json!({})).await;
    let dollar =
        catalogue::create(&admin, json!({ "unitPrice": { "amount": 1, "currency": "USD" } })).await;
    user.order(&[(&euro, 1), (&dollar, 1)])
        .await
        .problem(409, "mixed-currencies")
        .at(&["/items/1/productId"]);
    user.order(&[(&dollar, 1)]).await.expect(201);
}

#[tokio::test]
async fn admins_can_order_for_other_users() {
    let stack = Stack::shared();
    let (admin, user, other) = (stack.admin().await, stack.user().await, stack.user().await);
    let mug = catalogue::create(&admin, json!({})).await;
    let body =
        |user: &str| json!({ "items": [{ "productId": mug, "quantity": 1 }], "userId": user });
    let id = user.id().await;
    let placed = admin.post(PATH, &body(&id)).await.expect(201);
    assert_eq!(placed.data()["userId"], id);
    user.get(placed.required("location")).await.expect(200);
    other.get(placed.required("location")).await.problem(404, "not-found");

    other.post(PATH, &body(&id)).await.problem(403, "forbidden");
    other.post(PATH, &body(&other.id().await)).await.problem(403, "forbidden");
    admin
        .post(PATH, &body("usr_01h455vb4pex5vsknk084sn02q"))
        .await
        .problem(422, "invalid-request")
        .at(&["/userId"]);
    admin.post(PATH, &body("ada")).await.problem(422, "invalid-request").at(&["/userId"]);
}

#[tokio::test]
async fn guests_cannot_place_orders() {
    let stack = Stack::shared();
    let (admin, guest) = (stack.admin().await, stack.guest().await);
    let mug = catalogue::stocked(&admin, 1).await;
    guest.order(&[(&mug, 1)]).await.problem(403, "forbidden");
    assert_eq!(catalogue::stock_of(&guest, &mug).await, 1);
}
