//! Idempotency keys.

use std::time::Duration;

use builder_stripe::faults::{Kind, Rule};
use builder_stripe::{Clock, Faults, Options};
use futures::future::join_all;

use crate::common::{Local, text};

const FORM: [(&str, &str); 5] = [
    ("amount", "1000"),
    ("currency", "eur"),
    ("payment_method", "pm_card_visa"),
    ("payment_method_types[]", "card"),
    ("confirm", "true"),
];
const PATH: &str = "/v1/payment_intents";

#[tokio::test]
async fn the_same_call_has_the_same_answer_and_is_done_once() {
    let local = Local::start().await;
    let first = local.post_once("k1", PATH, &FORM).await;
    assert_eq!(
        (first.header("idempotent-replayed"), first.header("idempotency-key")),
        (None, Some("k1"))
    );
    let mut turned = FORM;
    turned.reverse();
    let again = local.post_once("k1", PATH, &turned).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.header("original-request"), first.header("request-id"));
    assert_ne!(again.header("request-id"), first.header("request-id"));
    assert_eq!(again.ok(), first.ok());
    assert_ne!(
        local.post_once("k2", PATH, &FORM).await.ok()["id"],
        local.post(PATH, &FORM).await.ok()["id"]
    );
    assert_eq!(local.stripe.summary().charges["succeeded"].count, 3);
}

#[tokio::test]
async fn a_key_is_for_one_call_only() {
    let local = Local::start().await;
    let paid = local.post_once("k", PATH, &FORM).await.ok();
    let mut other = FORM;
    other[0].1 = "2000";
    let reply = local.post_once("k", PATH, &other).await;
    assert_eq!(reply.header("stripe-should-retry"), Some("false"));
    let error = reply.error(400);
    assert_eq!(error["type"], "idempotency_error");
    assert_eq!(
        error["message"],
        "Keys for idempotent requests can only be used with the same parameters they were first \
         used with. Try using a key other than 'k' if you meant to execute a different request."
    );
    let error = local
        .post_once("k", &format!("{PATH}/{}/cancel", text(&paid, "/id")), &[])
        .await
        .error(400);
    assert_eq!(error["type"], "idempotency_error", "another path");
    for key in ["", &"k".repeat(256)] {
        local.post_once(key, PATH, &FORM).await.error(400);
    }
    local.post_once(&"k".repeat(255), PATH, &FORM).await.ok();
}

#[tokio::test]
async fn a_decline_is_an_answer_too() {
    let local = Local::start().await;
    let mut form = FORM;
    form[2].1 = "pm_card_visa_chargeDeclined";
    let first = local.post_once("k", PATH, &form).await;
    let again = local.post_once("k", PATH, &form).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.error(402), first.error(402));
    assert_eq!(local.stripe.summary().charges["failed"].count, 1);
}

#[tokio::test]
async fn what_was_refused_by_its_parameters_may_be_sent_again_corrected() {
    let local = Local::start().await;
    let mut wrong = FORM;
    wrong[0].1 = "ten";
    let reply = local.post_once("k", PATH, &wrong).await;
    reply.error(400);
    local.post_once("k", PATH, &FORM).await.ok();
}

#[tokio::test]
async fn what_was_refused_by_the_state_of_things_is_refused_again() {
    let local = Local::start().await;
    let paid = local.pay("pm_card_visa").await.ok();
    let refund = [("payment_intent", text(&paid, "/id")), ("amount", "1001")];
    let first = local.post_once("k", "/v1/refunds", &refund).await.error(400);
    let again = local.post_once("k", "/v1/refunds", &refund).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.error(400), first);
}

#[tokio::test]
async fn an_answer_is_kept_for_a_day() {
    let clock = Clock::default();
    let local = Local::with(Options { clock: clock.clone(), ..Options::default() }).await;
    let first = local.post_once("k", PATH, &FORM).await.ok();
    clock.advance(Duration::from_secs(24 * 60 * 60 - 60));
    assert_eq!(local.post_once("k", PATH, &FORM).await.ok(), first);
    clock.advance(Duration::from_secs(61));
    let later = local.post_once("k", PATH, &FORM).await;
    assert_eq!(later.header("idempotent-replayed"), None);
    assert_ne!(later.ok()["id"], first["id"]);
}

#[tokio::test]
async fn a_key_is_taken_while_its_call_is_in_progress() {
    for kind in [Kind::HangBefore, Kind::HangAfter] {
        let rule =
            Rule { operation: "POST *".into(), kind, probability: 1.0, first: Some(1), ms: 600 };
        let local = Local::with(Options {
            faults: Faults { rules: vec![rule], ..Faults::default() },
            ..Options::default()
        })
        .await;
        let slow = local.post_once("k", PATH, &FORM);
        let quick = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            local.post_once("k", PATH, &FORM).await
        };
        let (slow, quick) = futures::future::join(slow, quick).await;
        let first = slow.ok();
        // Executed, but the response is delayed: the key determines which response it is.
        if kind == Kind::HangAfter {
            assert_eq!(quick.ok(), first);
        } else {
            assert_eq!(quick.header("stripe-should-retry"), Some("true"));
            assert_eq!(quick.error(409)["code"], "idempotency_key_in_use");
        }
        assert_eq!(local.post_once("k", PATH, &FORM).await.ok(), first);
        assert_eq!(local.stripe.summary().charges["succeeded"].count, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_calls_at_once_with_one_key_do_one_thing() {
    let local = Local::start().await;
    let replies = join_all((0..20).map(|_| local.post_once("k", PATH, &FORM))).await;
    let done: Vec<_> = replies
        .into_iter()
        .filter(|reply| reply.status != 409)
        .map(crate::common::Reply::ok)
        .collect();
    assert!(!done.is_empty() && done.iter().all(|body| *body == done[0]));
    assert_eq!(local.stripe.summary().charges["succeeded"].count, 1);
}
