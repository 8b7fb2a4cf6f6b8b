//! Products to order.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::actors::User;

/// Returns an unused SKU.
#[must_use]
pub fn fresh_sku() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("SKU-{:08X}-{}", fastrand::u32(..), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Returns the body that creates a product: 12.99 EUR, 19 % tax, without a stock.
#[must_use]
pub fn product() -> Value {
    json!({
        "sku": fresh_sku(),
        "name": "Mug, blue",
        "description": "Holds 330 ml.",
        "unitPrice": { "amount": 1299, "currency": "EUR" },
        "taxPercent": "19",
        "stock": null,
    })
}

/// Returns the product with some members changed.
#[must_use]
pub fn with(mut product: Value, changes: Value) -> Value {
    if let (Some(product), Value::Object(changes)) = (product.as_object_mut(), changes) {
        product.extend(changes);
    }
    product
}

/// Creates a product with some members changed, and returns its ID.
pub async fn create(admin: &User, changes: Value) -> String {
    admin.post("/api/v1/products", &with(product(), changes)).await.expect(201).text("id")
}

/// Creates a product with this stock.
pub async fn stocked(admin: &User, stock: u32) -> String {
    create(admin, json!({ "stock": stock })).await
}

/// Returns the stock of a product.
pub async fn stock_of(reader: &User, product: &str) -> i64 {
    let answer = reader.get(format!("/api/v1/products/{product}")).await.expect(200);
    let stock = answer.data()["stock"].as_i64();
    answer.check(stock.is_some(), "expected a counted stock");
    stock.unwrap_or_default()
}
