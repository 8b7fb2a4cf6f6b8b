//! What a buyer waits for while the payment provider is down, with the circuit breaker closed and
//! open.

use anyhow::{Context as _, Result};
use builder_tests::{User, fresh_key};

use super::{Shop, head, row};

/// How many clients ask at once.
const CLIENTS: usize = 8;
/// How many requests find the breaker closed: it opens after ten, and those that are on their way
/// go on.
const CLOSED: usize = 2 * CLIENTS;

/// Measures the same request with a provider that answers, with one that hangs, and with an open
/// breaker.
///
/// # Errors
/// When an order is missing.
pub async fn measure(times: usize) -> Result<()> {
    head("`start-payment`");
    let shop = &Shop::open(false).await;
    let (orders, took, elapsed) = shop.orders(CLIENTS, times).await?;
    let baseline = Some(row(CLIENTS, "(`place-order`)", took, elapsed, None));
    shop.quiet().await;
    let pay = |buyer: User, number: usize| ask(buyer, orders.get(number).cloned());
    let (_, took, elapsed) = shop.each(CLIENTS, times, pay).await?;
    row(CLIENTS, "the provider answers, closed", took, elapsed, baseline);
    // Another stack, whose breaker has seen no calls that went well.
    let shop = &Shop::open(false).await;
    let (orders, ..) = shop.orders(CLIENTS, times).await?;
    shop.quiet().await;
    let pay = |buyer: User, number: usize| ask(buyer, orders.get(number).cloned());
    shop.stack.stripe_down("hang").await;
    let (statuses, took, elapsed) = shop.each(CLIENTS, CLOSED, pay).await?;
    row(CLIENTS, "it hangs, closed", took, elapsed, baseline);
    let calls = shop.stack.stripe_calls();
    let (open, took, elapsed) = shop.each(CLIENTS, times, pay).await?;
    row(CLIENTS, "it hangs, open", took, elapsed, baseline);
    let refused = statuses.iter().chain(&open).filter(|status| **status == 503).count();
    let calls = shop.stack.stripe_calls() - calls;
    println!(
        "\n{refused} requests were answered 503; the open breaker let {calls} of {times} calls \
         pass."
    );
    shop.stack.stripe_up().await;
    Ok(())
}

/// Asks to pay an order; gives the status of the answer.
async fn ask(buyer: User, order: Option<String>) -> Result<u16> {
    let path = format!("/api/v1/orders/{}/payments", order.context("no order")?);
    Ok(buyer.command(path).key(fresh_key()).await.status)
}
