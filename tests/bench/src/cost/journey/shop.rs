//! The catalogue, and orders from it.

use anyhow::{Context as _, Result};
use builder_tests::{User, catalogue};
use serde_json::json;

use super::MANY;
use crate::cost::Bill;

/// The jobs that the event of an order causes.
const OF_ORDER: [&str; 3] = ["relay-events", "send-email", "sequence-events"];

/// Creates, changes and archives products.
pub(super) async fn keep(bill: &mut Bill, admin: &User) -> Result<()> {
    let product = catalogue::with(catalogue::product(), json!({ "stock": 10 }));
    let id = bill.tell(admin, "create-product", "", &product).await?.text("id");
    bill.tell(admin, "adjust-stock", &id, &json!({ "delta": 25, "reason": "delivery" })).await?;
    bill.ask(admin, "get-product", &id).await?;
    bill.tell(
        admin,
        "update-product",
        &id,
        &json!({ "unitPrice": { "amount": 1350, "currency": "EUR" } }),
    )
    .await?;
    bill.ask(admin, "list-products", "").await?;
    bill.ask(admin, "archive-product", &id).await?;
    Ok(())
}

/// Places orders of three products each, and cancels one. Returns one that is not cancelled.
pub(super) async fn order(bill: &mut Bill, user: &User, products: &[String]) -> Result<String> {
    let three = products.get(..3).context("there are too few products")?;
    let items: Vec<_> = three.iter().map(|id| json!({ "productId": id, "quantity": 2 })).collect();
    let order = json!({ "items": items });
    let mut last = String::new();
    for _ in 0..MANY {
        last = user.post("/api/v1/orders", &order).await.expect(201).text("id");
    }
    bill.begin(&OF_ORDER).await;
    let placed = bill.tell(user, "place-order", "", &order).await?.text("id");
    bill.end("an order", &OF_ORDER).await;
    bill.ask(user, "get-order", &placed).await?;
    bill.ask(user, "list-orders", "").await?;
    bill.ask(user, "cancel-order", &last).await?;
    bill.ask(user, "list-order-events", &last).await?;
    Ok(placed)
}
