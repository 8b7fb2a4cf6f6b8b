//! What an order costs from its request to its mail, and one that is paid and invoiced, in dollars.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context as _, Result};
use builder_local::meter::Calls;
use builder_tests::{GOOD_CARD, User, fresh_key};
use futures::future::join_all;
use serde_json::{Value, json};

use super::Bill;
use super::journey::payment::succeeded;
use super::prices::{self, Price};

/// How many orders are placed: enough for them to share runs of the jobs behind them.
const ORDERS: usize = 40;
/// How many of them at the same time.
const CLIENTS: usize = 8;
/// How many are paid, one after the other.
const PAID: usize = 5;

/// What a number of orders cost.
pub struct OrderCost {
    what: &'static str,
    orders: usize,
    calls: BTreeMap<String, Calls>,
}

/// Places orders of three products, and pays some.
///
/// # Errors
/// When an answer holds no id or secret.
pub async fn orders(bill: &Bill, products: &[String]) -> Result<[OrderCost; 2]> {
    let users = join_all((0..CLIENTS).map(|_| bill.stack.user())).await;
    let three = products.get(..3).context("there are too few products")?;
    let items: Vec<_> = three.iter().map(|id| json!({ "productId": id, "quantity": 2 })).collect();
    let order = json!({ "items": items });
    for _ in 0..2 {
        // The second time, all functions are warm.
        bill.stack.wait_until_idle().await;
        drop(bill.meter.take_all());
        let clients = users.iter().map(|user| place(user, &order, ORDERS / CLIENTS));
        join_all(clients).await;
        bill.stack.wait_until_idle().await;
    }
    let placed = OrderCost { what: "placed", orders: ORDERS, calls: bill.meter.take_all() };

    let user = users.first().context("there are no users")?;
    for _ in 0..2 {
        bill.stack.wait_until_idle().await;
        drop(bill.meter.take_all());
        for _ in 0..PAID {
            pay(bill, user, &order).await?;
        }
        bill.stack.wait_until_idle().await;
    }
    let calls = bill.meter.take_all();
    Ok([placed, OrderCost { what: "placed, paid and invoiced", orders: PAID, calls }])
}

async fn place(user: &User, order: &Value, times: usize) {
    for _ in 0..times {
        user.post("/api/v1/orders", order).key(fresh_key()).await.expect(201);
    }
}

async fn pay(bill: &Bill, user: &User, order: &Value) -> Result<()> {
    let placed = user.post("/api/v1/orders", order).key(fresh_key()).await.expect(201);
    let id = placed.text("id");
    let path = format!("/api/v1/orders/{id}/payments");
    let started = user.command(path).key(fresh_key()).await.expect(201);
    let secret = started.text("clientSecret");
    bill.stack.pay_with_card(&secret, GOOD_CARD).await;
    succeeded(bill, &secret).await?.await.expect(204);
    bill.stack.wait_until_idle().await;
    Ok(())
}

impl OrderCost {
    fn units(&self, functions: impl Fn(&str) -> bool) -> (f64, f64) {
        let calls = self.calls.iter().filter(|(name, _)| functions(name)).map(|(_, calls)| calls);
        calls.fold((0.0, 0.0), |(read, write), calls| {
            (read + calls.read_units, write + calls.write_units)
        })
    }

    /// How often these operations were called.
    fn times(&self, operations: &[&str]) -> f64 {
        let calls = self.calls.values().flat_map(|calls| &calls.operations);
        calls
            .filter(|(name, _)| operations.contains(&name.as_str()))
            .fold(0.0, |sum, (_, times)| sum + *times as f64)
    }

    /// The dollars of one order, by price.
    fn dollars(&self) -> Vec<(&'static Price, f64)> {
        let (read, write) = self.units(|_| true);
        let messages =
            self.times(&["SendMessage", "SendMessageBatch"]) * prices::CALLS_OF_A_MESSAGE;
        let amounts = [
            (&prices::WRITE_UNIT, write),
            (&prices::READ_UNIT, read),
            (&prices::QUEUE_CALL, messages),
            (&prices::OBJECT_PUT, self.times(&["PutObject"])),
            (&prices::MAIL, self.times(&["SendEmail"])),
        ];
        let orders = self.orders as f64;
        amounts.into_iter().map(|(price, amount)| (price, amount / orders)).collect()
    }
}

impl fmt::Display for OrderCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let orders = self.orders as f64;
        writeln!(f, "An order that is {}, the mean of {}:", self.what, self.orders)?;
        writeln!(f)?;
        writeln!(f, "| function | read units | write units |")?;
        writeln!(f, "|---|--:|--:|")?;
        for (function, calls) in &self.calls {
            if calls.read_units + calls.write_units > 0.0 {
                let (read, write) = (calls.read_units / orders, calls.write_units / orders);
                writeln!(f, "| {function} | {read:.1} | {write:.1} |")?;
            }
        }
        let (read, write) = self.units(|_| true);
        writeln!(f, "| all | {:.1} | {:.1} |", read / orders, write / orders)?;
        writeln!(f)?;
        writeln!(f, "| for 1,000 such orders | amount | USD |")?;
        writeln!(f, "|---|--:|--:|")?;
        let mut sum = 0.0;
        for (price, amount) in self.dollars() {
            let dollars = amount * 1_000.0 * price.of_a_million / 1_000_000.0;
            sum += dollars;
            writeln!(f, "| {} | {:.0} | {dollars:.4} |", price.what, amount * 1_000.0)?;
        }
        writeln!(f, "| all | | {sum:.4} |")
    }
}
