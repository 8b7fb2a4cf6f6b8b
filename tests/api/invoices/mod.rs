//! Invoices and credit notes.

mod credit;
mod documents;
mod issue;
mod letters;
mod logo;
mod numbers;
mod remind;
mod void;

use builder_tests::{Stack, User, catalogue};
use serde_json::{Value, json};

const INVOICES: &str = "/api/v1/invoices";

/// Returns the path of an invoice.
fn path(id: &str) -> String {
    format!("{INVOICES}/{id}")
}

/// Issues an invoice of an unpaid order as an admin.
async fn issue(admin: &User, order: &str, body: Value) -> builder_tests::Answer {
    admin
        .post(format!("/api/v1/orders/{order}/invoices"), &body)
        .key(builder_tests::fresh_key())
        .await
}

/// Creates two products: 10.00 at 19 % and 5.00 at 7 %.
async fn products(stack: &std::sync::Arc<Stack>) -> [String; 2] {
    let admin = stack.admin().await;
    let price = |amount: i64, rate: &str| json!({ "unitPrice": { "amount": amount, "currency": "EUR" }, "taxPercent": rate });
    [
        catalogue::create(&admin, price(1000, "19")).await,
        catalogue::create(&admin, price(500, "7")).await,
    ]
}

/// Returns the ID of an order's invoice, once there is one.
async fn invoice_of(user: &User, order: &str) -> String {
    let seen = user
        .wait_until(&crate::orders::path(order), "invoiced", |seen| seen["invoiceId"].is_string())
        .await;
    seen["invoiceId"].as_str().unwrap().to_owned()
}

fn eur(amount: i64) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

/// Returns a batch of one message about an event of an invoice of `owner`, as the relay sends it.
fn message(kind: &str, invoice: &str, owner: &str) -> Value {
    let sample: Value =
        serde_json::from_str(include_str!("../../../events/write-document.json")).unwrap();
    let mut event: Value =
        serde_json::from_str(sample["Records"][0]["body"].as_str().unwrap()).unwrap();
    event["id"] = json!(format!("evt_{}", &invoice.replace("inv_", "")));
    event["type"] = json!(kind);
    event["aggregateId"] = json!(invoice);
    event["owner"] = json!(owner);
    let mut batch = sample;
    batch["Records"][0]["body"] = json!(event.to_string());
    batch
}
