//! Buyers who don't give up.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use builder_tests::{Answer, GOOD_CARD, Request, Stack, User, fresh_key};
use futures::future::join_all;
use serde_json::json;

use super::{CANCELLED, CLIENTS, REFUNDED, orders};
use crate::faults::sign_up;

/// How long a buyer insists on one thing.
const PATIENCE: Duration = Duration::from_secs(180);

/// What the buyers were told.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Tally {
    paid: usize,
    cancelled: usize,
    refunds: usize,
    again: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { paid, cancelled, refunds, again } = self;
        write!(
            f,
            "{paid} confirmed at the provider, {cancelled} cancelled meanwhile, {refunds} refunds \
             asked for, {again} requests repeated"
        )
    }
}

/// The buyers, signed in.
pub(super) async fn sign_in(stack: &Arc<Stack>) -> Vec<User> {
    join_all((0..CLIENTS).map(|_| sign_up(stack.visitor()))).await
}

/// Places all orders and pays them.
pub(super) async fn buy(
    stack: &Arc<Stack>,
    admin: &User,
    buyers: Vec<User>,
    product: &str,
) -> Tally {
    let clients = buyers.into_iter().enumerate().map(|(first, buyer)| {
        let (stack, admin, product) = (Arc::clone(stack), admin.clone(), product.to_owned());
        tokio::spawn(async move {
            let mut tally = Tally::default();
            for number in (first..orders()).step_by(CLIENTS) {
                one(&stack, &admin, &buyer, &product, number, &mut tally).await;
            }
            tally
        })
    });
    let mut sum = Tally::default();
    for tally in join_all(clients).await {
        let tally = tally.unwrap();
        sum.paid += tally.paid;
        sum.cancelled += tally.cancelled;
        sum.refunds += tally.refunds;
        sum.again += tally.again;
    }
    sum
}

async fn one(
    stack: &Arc<Stack>,
    admin: &User,
    buyer: &User,
    product: &str,
    number: usize,
    tally: &mut Tally,
) {
    let items = json!({ "items": [{ "productId": product, "quantity": 1 + number % 3 }] });
    let order = insist(buyer.post("/api/v1/orders", &items).key(fresh_key()), tally)
        .await
        .expect(201)
        .text("id");
    // 200 where an attempt that went unanswered has begun it.
    let started =
        insist(buyer.command(format!("/api/v1/orders/{order}/payments")).key(fresh_key()), tally)
            .await;
    assert!(matches!(started.status, 200 | 201), "{} {}", started.status, started.json());
    let secret = started.text("clientSecret");
    let confirm = async {
        // A browser tries again, too.
        for _ in 0..40 {
            let told = stack.pay_if_possible(&secret, GOOD_CARD).await;
            match told.as_ref().and_then(|intent| intent["status"].as_str()) {
                Some("succeeded") => return true,
                Some("canceled") => return false,
                _ if told.as_ref().is_some_and(|answer| {
                    answer["error"]["code"] == "payment_intent_unexpected_state"
                }) =>
                {
                    return told.is_some_and(|answer| {
                        answer["error"]["payment_intent"]["status"] == "succeeded"
                    });
                }
                _ => tokio::time::sleep(Duration::from_millis(fastrand::u64(10..100))).await,
            }
        }
        panic!("{order} could not be confirmed");
    };
    if number % CANCELLED == CANCELLED - 1 {
        let cancel = async {
            tokio::time::sleep(Duration::from_millis(fastrand::u64(0..100))).await;
            let mut again = Tally::default();
            (
                insist(
                    buyer.command(format!("/api/v1/orders/{order}/cancel")).key(fresh_key()),
                    &mut again,
                )
                .await,
                again.again,
            )
        };
        let (paid, (answer, again)) = tokio::join!(confirm, cancel);
        tally.paid += usize::from(paid);
        tally.again += again;
        tally.cancelled += usize::from(answer.status == 200);
        return;
    }
    tally.paid += usize::from(confirm.await);
    if number.is_multiple_of(REFUNDED) {
        let amount = json!({ "amount": started.data()["amount"]["amount"].as_i64().unwrap() / 2, "currency": "EUR" });
        let body = json!({ "amount": amount, "reason": "requested_by_customer" });
        let key = fresh_key();
        for _ in 0..100 {
            let payment = started.text("id");
            let answer = insist(
                admin.post(format!("/api/v1/payments/{payment}/refunds"), &body).key(&key),
                tally,
            )
            .await;
            if answer.status == 201 {
                tally.refunds += 1;
                return;
            }
            // Its webhook is late, or lost.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Repeats a request under its key until it is decided: what was cut off, is being worked on or was
/// too much.
async fn insist(request: Request, tally: &mut Tally) -> Answer {
    let (mut last, began) = (String::new(), Instant::now());
    while began.elapsed() < PATIENCE {
        // At a closed breaker they come again when they are told to.
        let mut wait = Duration::from_millis(fastrand::u64(20..200));
        if let Ok(answer) = request.clone().send().await {
            last = answer.body_text();
            if let Some(seconds) =
                answer.header("retry-after").and_then(|seconds| seconds.parse::<u64>().ok())
            {
                wait += Duration::from_secs(seconds.min(5));
            }
            let undecided = answer.status >= 500
                || answer.status == 429
                || answer.body_text().contains("request-in-progress");
            if !undecided {
                return answer;
            }
        }
        tally.again += 1;
        tokio::time::sleep(wait).await;
    }
    panic!("never decided: {last}");
}
