//! Deliveries of events.

use std::time::Duration;

use builder_stripe::faults::WebhookFaults;
use builder_stripe::{Faults, Options};
use hmac::{Hmac, Mac};
use serde_json::json;
use sha2::Sha256;

use crate::common::{Local, text, until};
use crate::sink::{SECRET, Sink};

/// Starts a local Stripe that delivers to this endpoint, and retries within milliseconds.
async fn telling(sink: &Sink, webhooks: WebhookFaults) -> Local {
    let faults = Faults { seed: 5, webhooks, ..Faults::default() };
    Local::with(Options {
        webhook: Some(sink.endpoint.clone()),
        faults,
        retry_scale: 0.000_1,
        ..Options::default()
    })
    .await
}

async fn settled(local: &Local) {
    until(|| async { local.stripe.summary().pending_events == 0 }).await;
}

fn sorted(mut kinds: Vec<String>) -> Vec<String> {
    kinds.sort();
    kinds
}

#[tokio::test]
async fn what_happens_is_told_and_signed() {
    let sink = Sink::start(0).await;
    let local = telling(&sink, WebhookFaults::default()).await;
    let form = [
        ("amount", "1000"),
        ("currency", "eur"),
        ("payment_method", "pm_card_visa"),
        ("payment_method_types[]", "card"),
        ("confirm", "true"),
    ];
    let reply = local.post_once("key-1", "/v1/payment_intents", &form).await;
    let request = reply.header("request-id").unwrap().to_owned();
    let paid = reply.ok();
    settled(&local).await;
    assert_eq!(
        sorted(sink.taken()),
        ["charge.succeeded", "payment_intent.created", "payment_intent.succeeded"]
    );
    for got in sink.got() {
        let (at, signature) = got.signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
        let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes())
            .unwrap()
            .chain_update(format!("{at}.{}", got.body));
        assert_eq!(signature, hex::encode(mac.finalize().into_bytes()));
        assert_eq!(
            (&got.event["object"], &got.event["livemode"], &got.event["pending_webhooks"]),
            (&json!("event"), &json!(false), &json!(1))
        );
        assert_eq!(got.event["request"], json!({"id": request, "idempotency_key": "key-1"}));
    }
    let told = sink
        .got()
        .into_iter()
        .find(|got| got.event["type"] == "payment_intent.succeeded")
        .unwrap()
        .event;
    assert_eq!(told["data"]["object"], paid);
    let listed = local.get(&format!("/v1/events/{}", text(&told, "/id")), &[]).await.ok();
    assert_eq!(listed["pending_webhooks"], 0);
}

#[tokio::test]
async fn each_turn_of_a_payment_has_its_event() {
    let local = Local::start().await;
    let intent = local.pay("pm_card_authenticationRequired").await.ok();
    let page = text(&intent, "/next_action/use_stripe_sdk/stripe_js").to_owned();
    local.http.post(page).body("outcome=fail").send().await.unwrap();
    local.post(&format!("/v1/payment_intents/{}/cancel", text(&intent, "/id")), &[]).await.ok();
    local.pay("pm_card_visa_chargeDeclined").await.error(402);
    let paid = local.pay("pm_card_visa").await.ok();
    local
        .post("/v1/refunds", &[("payment_intent", text(&paid, "/id")), ("amount", "1")])
        .await
        .ok();
    let expected = json!({
        "charge.failed": 1, "charge.refunded": 1, "charge.succeeded": 1, "payment_intent.canceled": 1, "payment_intent.created": 3,
        "payment_intent.payment_failed": 2, "payment_intent.requires_action": 1, "payment_intent.succeeded": 1, "refund.created": 1,
    });
    let summary = local.stripe.summary();
    assert_eq!(json!(summary.events), expected);
    assert_eq!(summary.pending_events, 0, "there is nobody to tell");
    let event = &local.get("/v1/events", &[("type", "charge.refunded")]).await.ok()["data"][0];
    assert_eq!(event["data"]["previous_attributes"], json!({"amount_refunded": 0}));
    assert_eq!(event["data"]["object"]["amount_refunded"], 1);
}

#[tokio::test]
async fn an_endpoint_that_refuses_is_tried_again_with_a_fresh_signature() {
    let sink = Sink::start(3).await;
    let local = telling(&sink, WebhookFaults::default()).await;
    local.intent().await;
    settled(&local).await;
    let got = sink.got();
    assert_eq!(got.iter().map(|got| got.status).collect::<Vec<_>>(), [500, 500, 500, 200]);
    assert!(got.iter().all(|other| other.event["id"] == got[0].event["id"]));
    let results: Vec<_> = local
        .stripe
        .deliveries()
        .into_iter()
        .map(|delivery| (delivery.attempt, delivery.result, delivery.delivered))
        .collect();
    let expected = [(0, "500", false), (1, "500", false), (2, "500", false), (3, "200", true)];
    assert_eq!(
        results,
        expected.map(|(attempt, result, delivered)| (attempt, result.to_owned(), delivered))
    );
}

#[tokio::test]
async fn an_endpoint_that_never_takes_it_is_given_up() {
    let sink = Sink::start(usize::MAX).await;
    let faults =
        Options { webhook: Some(sink.endpoint.clone()), retry_scale: 0.0, ..Options::default() };
    let local = Local::with(faults).await;
    local.intent().await;
    settled(&local).await;
    assert_eq!((sink.got().len(), sink.taken().len()), (10, 0));
}

#[tokio::test]
async fn an_endpoint_that_comes_later_is_told_of_what_happens_then() {
    let (local, sink) = (Local::start().await, Sink::start(0).await);
    local.intent().await;
    local.stripe.set_webhook(sink.endpoint.clone());
    local.pay("pm_card_visa").await.ok();
    settled(&local).await;
    assert_eq!(sink.taken().len(), 3);
    let (other, endpoint) = (Sink::start(0).await, json!({}));
    assert_eq!(local.turn("/webhook", endpoint).await.status, 400);
    local
        .turn("/webhook", json!({"url": other.endpoint.url, "secret": other.endpoint.secret}))
        .await
        .ok();
    local.intent().await;
    settled(&local).await;
    assert_eq!((sink.taken().len(), other.taken().len()), (3, 1));
}

#[tokio::test]
async fn events_are_dropped_doubled_or_late_as_asked() {
    let sink = Sink::start(0).await;
    let local = telling(&sink, WebhookFaults { drop: 1.0, ..WebhookFaults::default() }).await;
    local.intent().await;
    settled(&local).await;
    assert_eq!(
        (sink.got().len(), local.look("/deliveries").await[0]["result"].clone()),
        (0, json!("dropped"))
    );

    let sink = Sink::start(0).await;
    let local = telling(&sink, WebhookFaults { double: 1.0, ..WebhookFaults::default() }).await;
    local.intent().await;
    settled(&local).await;
    assert_eq!(sink.got().len(), 2);
    assert_eq!(sink.got()[0].event["id"], sink.got()[1].event["id"]);

    let sink = Sink::start(0).await;
    let local =
        telling(&sink, WebhookFaults { late: 1.0, late_attempts: 2, ..WebhookFaults::default() })
            .await;
    local.intent().await;
    settled(&local).await;
    let results: Vec<String> =
        local.stripe.deliveries().into_iter().map(|delivery| delivery.result).collect();
    assert_eq!(
        (results, sink.got().len()),
        (vec!["lost".to_owned(), "lost".to_owned(), "200".to_owned()], 1)
    );

    let sink = Sink::start(0).await;
    let local =
        telling(&sink, WebhookFaults { delay: 1.0, delay_ms: 400, ..WebhookFaults::default() })
            .await;
    local.intent().await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(sink.got().len(), 0);
    settled(&local).await;
    assert_eq!(sink.got().len(), 1);
}

#[tokio::test]
async fn events_change_their_order_as_asked_and_a_seed_fixes_which() {
    let kinds = async || {
        let sink = Sink::start(0).await;
        let local =
            telling(&sink, WebhookFaults { reorder: 0.5, drop: 0.3, ..WebhookFaults::default() })
                .await;
        for _ in 0..6 {
            local.pay("pm_card_visa").await.ok();
        }
        settled(&local).await;
        let dropped = local
            .stripe
            .deliveries()
            .into_iter()
            .filter(|delivery| delivery.result == "dropped")
            .count();
        (dropped, sorted(sink.taken()), sink.taken())
    };
    let (one, two) = (kinds().await, kinds().await);
    assert!(one.0 > 0 && (one.0, &one.1) == (two.0, &two.1), "{one:?} {two:?}");
    let alone =
        telling(&Sink::start(0).await, WebhookFaults { reorder: 1.0, ..WebhookFaults::default() })
            .await;
    alone.intent().await;
    settled(&alone).await;
}

#[tokio::test]
async fn an_event_that_is_held_goes_after_the_next() {
    let sink = Sink::start(0).await;
    let local = telling(&sink, WebhookFaults { reorder: 1.0, ..WebhookFaults::default() }).await;
    local.intent().await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    local.stripe.set_faults(Faults::default());
    local.pay("pm_card_visa_chargeDeclined").await.error(402);
    settled(&local).await;
    assert_eq!(sink.got().len(), 4);
    let first =
        text(&local.get("/v1/events", &[("limit", "100")]).await.ok(), "/data/3/id").to_owned();
    assert_ne!(
        text(&sink.got()[0].event, "/id"),
        first,
        "the first event was not the first to come"
    );
}
