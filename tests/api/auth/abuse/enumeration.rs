//! Responses and response times don't reveal whether an address has an account.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use builder_tests::{Answer, PASSWORD, Stack, Visitor};
use futures::future::join_all;
use serde_json::{Value, json};

/// The number of responses compared per kind.
const SAMPLES: usize = 30;

/// Returns the share of all pairs in which the time of `left` is longer than that of `right` (the
/// Mann–Whitney statistic): 0.5 for equal distributions, 0 or 1 if an attacker can always
/// distinguish them.
fn tells_apart(left: &[Duration], right: &[Duration]) -> f64 {
    let pairs = left.iter().flat_map(|left| right.iter().map(move |right| left.cmp(right)));
    let wins: f64 = pairs.map(|order| (f64::from(order as i8) + 1.0) / 2.0).sum();
    wins / (left.len() * right.len()) as f64
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// The states of an address.
const KINDS: [&str; 3] = ["unknown", "pending", "verified"];

/// Returns an address of each of the [`KINDS`].
async fn addresses(stack: &Arc<Stack>) -> [String; 3] {
    let addresses = [(); 3].map(|()| Visitor::fresh_email());
    stack.visitor().register(&addresses[1]).await.expect(202);
    stack.visitor().join(&addresses[2]).await;
    addresses
}

/// Sends requests for addresses of each kind in turn, so that other load on the machine affects all
/// of them equally, and compares the responses and times.
async fn compare(
    stack: &Arc<Stack>,
    samples: usize,
    path: &str,
    status: u16,
    body: impl Fn(&str) -> Value,
) {
    let mut times: [Vec<Duration>; 3] = Default::default();
    let mut answers = Vec::new();
    for round in 0..samples {
        let mut all: Vec<(usize, String)> =
            addresses(stack).await.into_iter().enumerate().collect();
        all.rotate_left(round % 3);
        for (kind, email) in all {
            // This IP address has no failures, and its connection is already open.
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
    assert_eq!(answers.len(), 1, "{path} returns different responses: {answers:?}");
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        let statistic = tells_apart(&times[one], &times[other]);
        let (left, right) = (median(&mut times[one].clone()), median(&mut times[other].clone()));
        println!(
            "{path}: {} {left:?}, {} {right:?} (medians of {samples}), Mann-Whitney {statistic:.2}",
            KINDS[one], KINDS[other]
        );
        assert!(
            (0.1..=0.9).contains(&statistic),
            "{path}: the response time distinguishes {} from {}: {statistic:.2}",
            KINDS[one],
            KINDS[other]
        );
    }
}

#[tokio::test]
async fn response_times_do_not_reveal_an_account() {
    let stack = Stack::own().unlimited().parameter("PasswordCost", "8").start();
    let login = |email: &str| json!({ "email": email, "password": "wrong password" });
    let address = |email: &str| json!({ "email": email });
    compare(&stack, SAMPLES, "/api/v1/auth/login", 401, login).await;
    compare(&stack, SAMPLES, "/api/v1/auth/register", 202, address).await;
    compare(&stack, SAMPLES, "/api/v1/auth/forgot-password", 202, address).await;
    compare(&stack, SAMPLES, "/api/v1/auth/verify-email/resend", 202, address).await;
}

/// With the password cost of production.
#[tokio::test]
async fn response_times_at_production_cost_do_not_reveal_an_account() {
    let stack = Stack::own().unlimited().parameter("PasswordCost", "12").start();
    compare(
        &stack,
        12,
        "/api/v1/auth/login",
        401,
        |email| json!({ "email": email, "password": "wrong password" }),
    )
    .await;
}

/// The number of requests that anybody can send about an address without reading its mail.
const REQUESTS: usize = 6;

async fn ask(visitor: &Visitor, email: &str, request: usize) -> Answer {
    let garbage = |prefix: &str| format!("{prefix}{}", "A".repeat(64));
    let (path, body) = match request {
        0 => ("register", json!({ "email": email })),
        1 => ("login", json!({ "email": email, "password": "what a stranger guesses" })),
        2 => ("forgot-password", json!({ "email": email })),
        3 => ("verify-email/resend", json!({ "email": email })),
        4 => (
            "verify-email",
            json!({ "token": garbage("vt_"), "password": PASSWORD, "name": "Eve" }),
        ),
        _ => ("reset-password", json!({ "token": garbage("pt_"), "password": PASSWORD })),
    };
    visitor.post(format!("/api/v1/auth/{path}"), &body).await
}

/// Returns the parts of a response that don't identify the request.
fn shown(answer: &Answer) -> (u16, Value, BTreeMap<String, Vec<String>>) {
    let mut body = if answer.body.is_empty() { Value::Null } else { answer.json() };
    if let Some(members) = body.as_object_mut() {
        members.retain(|member, _| member != "requestId");
    }
    let mut headers = answer.all_headers();
    headers.retain(|name, _| !["x-request-id", "apigw-requestid", "date"].contains(&name.as_str()));
    (answer.status, body, headers)
}

#[tokio::test]
async fn no_request_sequence_reveals_an_account() {
    let stack = Stack::own().unlimited().frozen_clock().start();
    let (mut sequences, mut requests, mut statuses) = (0, 0, BTreeSet::new());
    let all: Vec<[usize; 3]> = (0..REQUESTS.pow(3))
        .map(|number| [number / REQUESTS.pow(2), number / REQUESTS % REQUESTS, number % REQUESTS])
        .collect();
    for some in all.chunks(12) {
        let compared = some.iter().map(|sequence| {
            let stack = stack.clone();
            async move {
                let kinds = addresses(&stack).await.map(|email| (email, stack.visitor()));
                let mut statuses = Vec::new();
                for (step, request) in sequence.iter().enumerate() {
                    let answers = join_all(
                        kinds.iter().map(|(email, visitor)| ask(visitor, email, *request)),
                    )
                    .await;
                    let answers: Vec<_> = answers.iter().map(shown).collect();
                    for (kind, answer) in KINDS.iter().zip(&answers).skip(1) {
                        assert_eq!(
                            *answer, answers[0],
                            "step {step} of {sequence:?} distinguishes {kind} from {}",
                            KINDS[0]
                        );
                    }
                    statuses.push(answers[0].0);
                }
                statuses
            }
        });
        for seen in join_all(compared).await {
            sequences += 1;
            requests += seen.len() * KINDS.len();
            statuses.extend(seen);
        }
    }
    println!(
        "{sequences} sequences of 3 requests about {KINDS:?} addresses, {requests} responses: all \
         equal, with the statuses {statuses:?}"
    );
    assert_eq!(sequences, 216);
}
