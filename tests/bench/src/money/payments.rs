//! The path of a payment: begun by us, confirmed at Stripe, told by a webhook.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use builder_store::Clock as _;
use builder_tests::{GOOD_CARD, User, stripe_signature};
use serde_json::Value;

use super::{CLIENTS, Shop, head, row, start};

/// Measures orders, payments and webhooks.
///
/// # Errors
/// When Stripe says something else than expected.
pub async fn measure(times: usize) -> Result<()> {
    head("request");
    for clients in CLIENTS {
        let shop = &Shop::open(false).await;
        let (orders, took, elapsed) = shop.orders(clients, times).await?;
        let baseline = Some(row(clients, "`place-order`", took, elapsed, None));
        shop.quiet().await;
        let pay = |buyer: User, number: usize| {
            let order = orders.get(number);
            async move { start(&buyer, order.context("no order")?).await }
        };
        let (secrets, took, elapsed) = shop.each(clients, times, pay).await?;
        row(clients, "`start-payment`", took, elapsed, baseline);
        shop.quiet().await;
        for secret in &secrets {
            shop.stack.pay_with_card(secret, GOOD_CARD).await;
        }
        let events = &succeeded(shop).await?;
        let tell = |buyer: User, number: usize| {
            let event =
                secrets.get(number).and_then(|secret| events.get(secret.split_once("_secret_")?.0));
            async move { post(shop, &buyer, event.context("the payment has not succeeded")?).await }
        };
        for what in ["`stripe-hook`", "`stripe-hook`, told again"] {
            let (_, took, elapsed) = shop.each(clients, times, tell).await?;
            row(clients, what, took, elapsed, baseline);
            shop.quiet().await;
        }
    }
    Ok(())
}

/// Posts an event as Stripe would.
pub(super) async fn post(shop: &Shop, buyer: &User, event: &str) -> Result<()> {
    let signature = stripe_signature(shop.stack.clock.now().as_second(), event);
    let request =
        buyer.without_token().command("/api/v1/hooks/stripe").body("application/json", event);
    request.header("stripe-signature", signature).await.expect(204);
    Ok(())
}

/// Stripe's events of payments that have succeeded, by their intents.
pub(super) async fn succeeded(shop: &Shop) -> Result<HashMap<String, String>> {
    let (mut events, mut after) = (HashMap::new(), String::new());
    loop {
        let page = shop.stack.stripe_get(&format!("/v1/events?limit=100{after}")).await;
        let rows = page["data"].as_array().context("no list of events")?;
        let of_success = rows.iter().filter(|event| event["type"] == "payment_intent.succeeded");
        events.extend(of_success.filter_map(|event| {
            Some((event["data"]["object"]["id"].as_str()?.to_owned(), event.to_string()))
        }));
        match rows.last().and_then(|event| event["id"].as_str()) {
            Some(last) if page["has_more"] == Value::Bool(true) => {
                after = format!("&starting_after={last}")
            }
            _ => return Ok(events),
        }
    }
}
