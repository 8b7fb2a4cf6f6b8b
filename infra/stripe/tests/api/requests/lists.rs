//! Lists and their pages.

use std::time::Duration;

use builder_stripe::{Clock, Options};
use serde_json::{Value, json};

use crate::common::{Local, text};

fn ids(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(|row| text(row, "/id").to_owned()).collect()
}

#[tokio::test]
async fn pages_go_forward_and_back_the_newest_first() {
    let local = Local::start().await;
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push(text(&local.intent().await, "/id").to_owned());
    }
    made.reverse();
    let path = "/v1/payment_intents";
    let page = local.get(path, &[("limit", "3")]).await.ok();
    assert_eq!(
        (&page["object"], &page["url"], &page["has_more"]),
        (&json!("list"), &json!(path), &json!(true))
    );
    assert_eq!(ids(&page), made[..3]);
    let page = local.get(path, &[("limit", "3"), ("starting_after", &made[2])]).await.ok();
    assert_eq!((ids(&page), &page["has_more"]), (made[3..6].to_vec(), &json!(true)));
    let page = local.get(path, &[("limit", "3"), ("starting_after", &made[5])]).await.ok();
    assert_eq!((ids(&page), &page["has_more"]), (made[6..].to_vec(), &json!(false)));

    let page = local.get(path, &[("limit", "2"), ("ending_before", &made[4])]).await.ok();
    assert_eq!((ids(&page), &page["has_more"]), (made[2..4].to_vec(), &json!(true)));
    let page = local.get(path, &[("limit", "2"), ("ending_before", &made[2])]).await.ok();
    assert_eq!((ids(&page), &page["has_more"]), (made[..2].to_vec(), &json!(false)));
    assert_eq!(ids(&local.get(path, &[]).await.ok()), made);
}

#[tokio::test]
async fn a_page_has_1_to_100_rows_and_a_cursor_of_the_list() {
    let local = Local::start().await;
    let made = local.intent().await;
    let id = text(&made, "/id");
    for query in [
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "x"),
        ("starting_after", "pi_x"),
        ("ending_before", "ch_x"),
        ("colour", "red"),
    ] {
        assert_eq!(local.get("/v1/payment_intents", &[query]).await.error(400)["param"], query.0);
    }
    local
        .get("/v1/payment_intents", &[("starting_after", id), ("ending_before", id)])
        .await
        .error(400);
}

#[tokio::test]
async fn rows_are_chosen_by_when_they_were_made() {
    let clock = Clock::default();
    let local = Local::with(Options { clock: clock.clone(), ..Options::default() }).await;
    let old = local.pay("pm_card_visa").await.ok();
    clock.advance(Duration::from_secs(1_000));
    let new = local.pay("pm_card_visa").await.ok();
    let at = |value: &Value, shift: i64| (value["created"].as_i64().unwrap() + shift).to_string();
    for (name, bound, wanted) in [
        ("created[gte]", at(&new, 0), vec![&new]),
        ("created[gt]", at(&new, 0), vec![]),
        ("created[gt]", at(&old, 0), vec![&new]),
        ("created[lt]", at(&new, 0), vec![&old]),
        ("created[lte]", at(&old, 0), vec![&old]),
        ("created[gte]", at(&old, 0), vec![&new, &old]),
        ("created", at(&old, 0), vec![&old]),
    ] {
        let wanted: Vec<&str> = wanted.into_iter().map(|intent| text(intent, "/id")).collect();
        assert_eq!(
            ids(&local.get("/v1/payment_intents", &[(name, &bound)]).await.ok()),
            wanted,
            "{name}"
        );
        let charges = local.get("/v1/charges", &[(name, &bound)]).await.ok();
        assert_eq!(charges["data"].as_array().unwrap().len(), wanted.len(), "{name}");
    }
    assert_eq!(
        local.get("/v1/charges", &[("created[after]", "5")]).await.error(400)["param"],
        "created[after]"
    );
}

#[tokio::test]
async fn events_are_found_by_type() {
    let local = Local::start().await;
    local.pay("pm_card_visa").await.ok();
    local.pay("pm_card_visa_chargeDeclined").await.error(402);
    let kinds = async |query: &[(&str, &str)]| -> Vec<String> {
        let list = local.get("/v1/events", query).await.ok();
        list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| text(event, "/type").to_owned())
            .collect()
    };
    assert_eq!(kinds(&[("type", "charge.failed")]).await, ["charge.failed"]);
    assert_eq!(kinds(&[("type", "charge.*")]).await, ["charge.failed", "charge.succeeded"]);
    assert_eq!(
        kinds(&[("types[]", "charge.failed"), ("types[]", "payment_intent.succeeded")]).await,
        ["charge.failed", "payment_intent.succeeded"]
    );
    assert_eq!(kinds(&[]).await.len(), 6);
    let event = local.get("/v1/events", &[("type", "payment_intent.succeeded")]).await.ok()["data"]
        [0]
    .clone();
    assert_eq!(local.get(&format!("/v1/events/{}", text(&event, "/id")), &[]).await.ok(), event);
}
