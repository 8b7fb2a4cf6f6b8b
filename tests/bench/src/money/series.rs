//! Invoices a second, all of one series: their numbers have no gap, so each is taken by the commit
//! that stores the invoice.

use std::time::Instant;

use anyhow::{Context as _, Result};
use builder_tests::{GOOD_CARD, User, fresh_key};
use serde_json::json;

use super::payments::{post, succeeded};
use super::{CLIENTS, Shop, head, row, start};

/// Measures invoices issued by hand, which come at the series from everywhere, and those of paid
/// orders, which a queue brings one after the other.
///
/// # Errors
/// When not every order is invoiced.
pub async fn measure(times: usize) -> Result<()> {
    head("invoices of one series");
    for clients in CLIENTS {
        let shop = &Shop::open(false).await;
        let (orders, took, elapsed) = shop.orders(clients, times).await?;
        let baseline = Some(row(clients, "`place-order`", took, elapsed, None));
        shop.quiet().await;
        let admin = &shop.stack.admin().await;
        let issue = |_, number: usize| {
            let order = orders.get(number);
            async move {
                let path = format!("/api/v1/orders/{}/invoices", order.context("no order")?);
                let (key, mut again) = (fresh_key(), 0);
                // Who meets too many others at the counter is told to come again.
                loop {
                    let answer = admin.post(&path, &json!({})).key(&key).await;
                    match answer.status {
                        409 | 503 => again += 1,
                        _ => return Ok((answer.expect(201), again)),
                    }
                }
            }
        };
        let (answers, took, elapsed) = shop.each(clients, times, issue).await?;
        let again: u32 = answers.iter().map(|(_, again)| again).sum();
        row(clients, &format!("`issue-invoice`, {again} asked again"), took, elapsed, baseline);
        shop.quiet().await;
    }
    by_the_queue(times).await
}

/// Pays all orders, and measures from the first webhook to the last invoice.
#[expect(clippy::cast_precision_loss, reason = "printed with two digits")]
async fn by_the_queue(times: usize) -> Result<()> {
    let clients = CLIENTS.into_iter().max().unwrap_or(1);
    let shop = &Shop::open(false).await;
    let (orders, ..) = shop.orders(clients, times).await?;
    let pay = |buyer: User, number: usize| {
        let order = orders.get(number);
        async move {
            let secret = start(&buyer, order.context("no order")?).await?;
            shop.stack.pay_with_card(&secret, GOOD_CARD).await;
            Ok(())
        }
    };
    shop.each(clients, times, pay).await?;
    shop.quiet().await;
    let (events, started) = (succeeded(shop).await?, Instant::now());
    let events: Vec<String> = events.into_values().collect();
    let tell = |buyer: User, number: usize| {
        let event = events.get(number);
        async move { post(shop, &buyer, event.context("no event")?).await }
    };
    shop.each(clients, events.len(), tell).await?;
    let told = started.elapsed();
    shop.quiet().await;
    let all = started.elapsed();
    let (first, last) = (orders.first().context("no order")?, orders.last().context("no order")?);
    let admin = shop.stack.admin().await;
    for order in [first, last] {
        let seen = admin.get(format!("/api/v1/orders/{order}")).await.expect(200);
        seen.check(seen.data()["invoiceId"].is_string(), "expected an order with an invoice");
    }
    println!(
        "\n{times} orders that were told as paid within {:.1} s by {clients} clients were all \
         invoiced, filed and mailed after {:.1} s: {:.0} a second.",
        told.as_secs_f64(),
        all.as_secs_f64(),
        times as f64 / all.as_secs_f64()
    );
    Ok(())
}
