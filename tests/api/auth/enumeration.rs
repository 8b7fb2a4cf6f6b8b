//! Nobody learns from an answer, nor from its time, whether an address has an account.

use std::sync::Arc;
use std::time::{Duration, Instant};

use builder_tests::{PASSWORD, Stack, Visitor};
use serde_json::{Value, json};

/// How many answers of each kind are compared.
const SAMPLES: usize = 30;

/// How often a time of `left` is longer than one of `right`, of all pairs (the statistic of Mann and Whitney): a half when both have the
/// same distribution, one when whoever measures can tell them apart each time.
fn tells_apart(left: &[Duration], right: &[Duration]) -> f64 {
    let pairs = left.iter().flat_map(|left| right.iter().map(move |right| left.cmp(right)));
    let wins: f64 = pairs.map(|order| (f64::from(order as i8) + 1.0) / 2.0).sum();
    wins / (left.len() * right.len()) as f64
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Asks about known and unknown addresses in turns, so that what else the machine does meets both alike, and compares.
async fn compare(stack: &Arc<Stack>, samples: usize, path: &str, status: u16, body: impl Fn(&str) -> Value) {
    let mut times: [Vec<Duration>; 2] = Default::default();
    let mut answers = Vec::new();
    for round in 0..samples {
        let known = Visitor::fresh_email();
        stack.visitor().register(&known, "Ada").await.expect(202);
        let mut both = [(0, known), (1, Visitor::fresh_email())];
        both.rotate_left(round % 2);
        for (kind, email) in both {
            // Nobody has guessed from this address, and its connection is there.
            let visitor = stack.visitor();
            visitor.get("/health").await.expect(200);
            let started = Instant::now();
            let answer = visitor.post(path, &body(&email)).await;
            times[kind].push(started.elapsed());
            let answer = answer.expect(status);
            let mut shown = if answer.body.is_empty() { Value::Null } else { answer.json() };
            if let Some(members) = shown.as_object_mut() {
                members.retain(|member, _| member != "requestId");
            }
            answers.push(shown);
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{path} answers in more than one way: {answers:?}");
    let [known, unknown] = &mut times;
    let told = tells_apart(known, unknown);
    println!("{path}: known {:?}, unknown {:?} (medians of {samples}), told apart {told:.2}", median(known), median(unknown));
    assert!((0.1..=0.9).contains(&told), "{path}: the time tells which address has an account: {told:.2}");
}

#[tokio::test]
async fn no_time_tells_whether_an_address_has_an_account() {
    let stack = Stack::own().unlimited().parameter("PasswordCost", "8").start();
    let login = |email: &str| json!({ "email": email, "password": "wrong password" });
    let address = |email: &str| json!({ "email": email });
    let register = |email: &str| json!({ "email": email, "password": PASSWORD, "name": "Eve" });
    compare(&stack, SAMPLES, "/api/v1/auth/login", 401, login).await;
    compare(&stack, SAMPLES, "/api/v1/auth/register", 202, register).await;
    compare(&stack, SAMPLES, "/api/v1/auth/forgot-password", 202, address).await;
    compare(&stack, SAMPLES, "/api/v1/auth/verify-email/resend", 202, address).await;
}

/// At the cost that passwords have there.
#[tokio::test]
async fn nor_in_production() {
    let stack = Stack::own().unlimited().parameter("PasswordCost", "12").start();
    compare(&stack, 12, "/api/v1/auth/login", 401, |email| json!({ "email": email, "password": "wrong password" })).await;
}
