//! Faults on demand.

use std::time::{Duration, Instant};

use builder_stripe::faults::{Down, Kind, Rule};
use builder_stripe::{Faults, Options};
use serde_json::json;

use crate::common::{Local, send, text};

const FORM: [(&str, &str); 2] = [("amount", "1000"), ("currency", "eur")];
const PATH: &str = "/v1/payment_intents";

/// Returns a local Stripe whose first call fails in this way.
async fn failing(kind: Kind, ms: u64) -> Local {
    let rule =
        Rule { operation: format!("POST {PATH}"), kind, probability: 1.0, first: Some(1), ms };
    Local::with(Options {
        faults: Faults { rules: vec![rule], ..Faults::default() },
        ..Options::default()
    })
    .await
}

fn made(local: &Local) -> u64 {
    local.stripe.summary().payment_intents.values().map(|tally| tally.count).sum()
}

#[tokio::test]
async fn a_fault_before_the_call_has_no_effect() {
    let local = failing(Kind::ErrorBefore, 0).await;
    let reply = local.post_once("k", PATH, &FORM).await;
    assert_eq!(reply.header("stripe-should-retry"), Some("true"));
    assert_eq!(reply.error(500)["type"], "api_error");
    assert_eq!(made(&local), 0);
    local.post_once("k", PATH, &FORM).await.ok();
    assert_eq!(made(&local), 1);
}

#[tokio::test]
async fn a_fault_after_the_call_is_repeated_for_its_key() {
    let local = failing(Kind::ErrorAfter, 0).await;
    let reply = local.post_once("k", PATH, &FORM).await;
    assert_eq!(reply.header("stripe-should-retry"), Some("false"));
    reply.error(500);
    let again = local.post_once("k", PATH, &FORM).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    again.error(500);
    assert_eq!(made(&local), 1, "it was done, and only looking shows it");
    assert_eq!(local.get(PATH, &[]).await.ok()["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_connection_is_cut_before_or_after() {
    for (kind, done) in [(Kind::CutBefore, 0), (Kind::CutAfter, 1)] {
        let local = failing(kind, 0).await;
        let request =
            local.request(reqwest::Method::POST, PATH, &FORM).header("idempotency-key", "k");
        assert!(send(request).await.is_err(), "{kind:?}");
        assert_eq!(made(&local), done, "{kind:?}");
        local.post_once("k", PATH, &FORM).await.ok();
        assert_eq!(made(&local), 1, "{kind:?}");
    }
}

#[tokio::test]
async fn a_hanging_call_takes_effect_after_the_client_disconnects() {
    for (kind, done) in [(Kind::HangBefore, 0), (Kind::HangAfter, 1)] {
        let local = failing(kind, 500).await;
        let request =
            local.request(reqwest::Method::POST, PATH, &FORM).timeout(Duration::from_millis(200));
        assert!(send(request).await.unwrap_err().is_timeout());
        assert_eq!(made(&local), done, "{kind:?}");
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert_eq!(made(&local), 1, "{kind:?}");
    }
}

#[tokio::test]
async fn excessive_calls_are_rate_limited() {
    let local = failing(Kind::RateLimit, 0).await;
    assert_eq!(local.post(PATH, &FORM).await.error(429)["code"], "rate_limit");
    assert_eq!(made(&local), 0);
}

#[tokio::test]
async fn a_stopped_server_rejects_all_calls() {
    let local = Local::start().await;
    let down = |down| Faults { down: Some(down), ..Faults::default() };
    local.stripe.set_faults(down(Down::Error));
    local.post(PATH, &FORM).await.error(500);
    local.stripe.set_faults(down(Down::Refuse));
    assert!(send(local.request(reqwest::Method::GET, PATH, &[])).await.is_err());
    local.stripe.set_faults(down(Down::Hang));
    let request =
        local.request(reqwest::Method::POST, PATH, &FORM).timeout(Duration::from_millis(200));
    assert!(send(request).await.unwrap_err().is_timeout());
    local.stripe.set_faults(Faults::default());
    assert_eq!(local.get(PATH, &[]).await.ok()["data"], json!([]), "nothing was done");
}

#[tokio::test]
async fn a_seed_fixes_which_calls_fail() {
    let pattern = async |seed: u64| {
        let local = Local::start().await;
        let faults = json!({"seed": seed, "rules": [{"operation": "POST *", "kind": "error_before", "probability": 0.4}]});
        assert_eq!(local.turn("/faults", faults.clone()).await.ok()["seed"], seed);
        assert_eq!(local.look("/faults").await["rules"][0]["probability"], 0.4);
        let mut statuses = Vec::new();
        for _ in 0..30 {
            local.get(PATH, &[]).await.ok();
            statuses.push(local.post(PATH, &FORM).await.status);
        }
        let struck = statuses.iter().filter(|status| **status == 500).count();
        assert!((3..=24).contains(&struck), "{struck}");
        statuses
    };
    assert_eq!(pattern(1).await, pattern(1).await);
    assert_ne!(pattern(1).await, pattern(2).await);
}

#[tokio::test]
async fn calls_are_counted_by_operation() {
    let local = Local::start().await;
    let intent = local.intent().await;
    local.get(&format!("{PATH}/{}", text(&intent, "/id")), &[]).await.ok();
    local.post("/v1/refunds", &[]).await.error(400);
    let calls = json!({"POST /v1/payment_intents": 1, "GET /v1/payment_intents/{id}": 1, "POST /v1/refunds": 1});
    assert_eq!(json!(local.stripe.calls()), calls);
    assert_eq!(local.look("/calls").await, json!({"calls": calls, "faults": {}}));
    send(local.http.delete(format!("{}/_local/calls", local.url))).await.unwrap().ok();
    assert!(local.stripe.calls().is_empty());
}

#[tokio::test]
async fn unknown_faults_are_rejected() {
    let local = Local::start().await;
    for faults in [
        json!({"sed": 1}),
        json!({"rules": [{"operation": "*", "kind": "explode"}]}),
        json!({"down": "yes"}),
    ] {
        assert_eq!(local.turn("/faults", faults).await.status, 400);
    }
    assert_eq!(local.turn("/nothing", json!({})).await.status, 404);
}

#[tokio::test]
async fn calls_do_not_hang_by_default() {
    let local = Local::start().await;
    let start = Instant::now();
    for _ in 0..50 {
        local.pay("pm_card_visa").await.ok();
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}
