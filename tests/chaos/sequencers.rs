//! Many sequencers at once, on overlapping batches in any order, of which many are cut off in the
//! middle of their work.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use builder_store::config::Env;
use builder_store::error::Error;
use builder_store::feed::{Arrival, sequence};
use builder_store::keys::Key;
use builder_store::table::Table;
use builder_tests::aws::{Aws, DATA_TABLE};
use builder_tests::{Stack, catalogue};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::persist;

const ORDERS: usize = 60;
const RUNS: usize = 8;
/// Batches of each run, and how many events they hold.
const BATCHES: usize = 12;
const EVENTS: usize = 10;

fn starts(item: &Value, attribute: &str, text: &str) -> bool {
    item[attribute]["S"].as_str().is_some_and(|value| value.starts_with(text))
}

/// Takes every event out of the feed.
async fn forget_the_feed(aws: &Aws) -> Vec<Value> {
    let mut events = Vec::new();
    for mut item in aws.items(DATA_TABLE).await {
        if starts(&item, "pk", "FEED") {
            let key = json!({ "pk": item["pk"], "sk": item["sk"] });
            aws.delete_item(DATA_TABLE, &key).await;
        } else if starts(&item, "sk", "EVENT#") {
            aws.forget_position(&mut item).await;
            events.push(item);
        }
    }
    events
}

/// The tables as `sequence-events` gets at them.
fn table(stack: &Stack) -> Table {
    let env = Env::from_map(stack.environment("sequence-events").unwrap());
    Table::new(builder_store::aws::Aws::new(&env, None).unwrap().dynamodb(), &env)
}

/// The events as the stream hands them over.
async fn arrivals(table: &Table, events: &[Value]) -> Vec<Arrival> {
    let text = |event: &Value, name: &str| event[name]["S"].as_str().unwrap().to_owned();
    let keys: Vec<Key> =
        events.iter().map(|event| Key::data(text(event, "pk"), text(event, "sk"))).collect();
    let found = table.events_at(&keys).await.unwrap();
    keys.into_iter().zip(found).map(|(key, event)| Arrival { key, event }).collect()
}

/// Hands a batch over until it is done, as the stream does. Runs are cut off at any moment, later
/// and later. Gives how many were.
async fn hand_over(table: &Table, batch: &[Arrival]) -> usize {
    for cut_off in 0..200 {
        let patience = Duration::from_micros(fastrand::u64(1_000..10_000 * (cut_off + 1)));
        match tokio::time::timeout(patience, sequence(table, batch.to_vec())).await {
            Ok(Ok(_)) => return usize::try_from(cut_off).unwrap(),
            // Cut off, or concurrent runs appended first: the stream hands it over again.
            Err(_) | Ok(Err(Error::Unavailable(_))) => {}
            Ok(Err(error)) => panic!("{error}"),
        }
    }
    panic!("a batch is never done");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_sequencers_create_one_feed_without_gaps() {
    let stack = Stack::own().unlimited().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let product = catalogue::create(&admin, json!({})).await;
    for number in 0..ORDERS {
        let order = json!({ "items": [{ "productId": product, "quantity": 1 }] });
        let id = persist(user.post("/api/v1/orders", &order)).await.expect(201).text("id");
        if number % 2 == 0 {
            persist(user.command(format!("/api/v1/orders/{id}/cancel"))).await.expect(200);
        }
    }
    stack.wait_until_idle().await;
    let aws = stack.aws();
    let events = forget_the_feed(&aws).await;

    let table = table(&stack);
    let all = arrivals(&table, &events).await;

    // Each event may come several times, in any order, to any run.
    let runs = (0..RUNS).map(|_| {
        let (table, all) = (table.clone(), all.clone());
        tokio::spawn(async move {
            let mut cut_off = 0;
            for _ in 0..BATCHES {
                let some = fastrand::choose_multiple(all.iter().cloned(), EVENTS);
                cut_off += hand_over(&table, &some).await;
            }
            cut_off
        })
    });
    let cut_off: usize = join_all(runs).await.into_iter().map(Result::unwrap).sum();
    hand_over(&table, &all).await;

    let items = aws.items(DATA_TABLE).await;
    let batches: Vec<&Value> = items.iter().filter(|item| item["pk"]["S"] == "FEED").collect();
    let mut feed: BTreeMap<u64, Value> = BTreeMap::new();
    for batch in &batches {
        let first: u64 = batch["sk"]["S"].as_str().unwrap().parse().unwrap();
        let entries: Vec<Value> =
            serde_json::from_str(batch["entries"]["S"].as_str().unwrap()).unwrap();
        for (position, entry) in (first..).zip(entries) {
            assert!(feed.insert(position, entry).is_none(), "two at position {position}");
        }
    }
    let told = items.iter().filter(|item| starts(item, "sk", "EVENT#"));
    let told: BTreeMap<&str, &str> = told
        .map(|item| {
            (item["id"]["S"].as_str().unwrap(), item["feedPosition"]["N"].as_str().unwrap())
        })
        .collect();
    let copies = items.iter().filter(|item| starts(item, "pk", "FEED#")).count();
    let owned = feed.values().filter(|entry| entry["owner"].is_string()).count();
    let mut versions: BTreeMap<String, String> = BTreeMap::new();
    for (position, entry) in &feed {
        let (pk, sk) = (entry["pk"].as_str().unwrap(), entry["sk"].as_str().unwrap());
        let of = format!("{pk} {}", &sk[..sk.len() - 10]);
        let before = versions.insert(of, sk.to_owned());
        assert!(before.is_none_or(|before| *before < *sk), "the order of its versions: {entry}");
        assert_eq!(told[entry["id"].as_str().unwrap()], position.to_string(), "{entry}");
    }
    let report = stack.invoke("verify-audit", json!({})).await.unwrap();
    println!(
        "sequencers: {RUNS} at once, {} deliveries of {} events, {cut_off} runs cut off; {} \
         positions in {} items of the log, {copies} copies for owners, {} links whole",
        RUNS * BATCHES * EVENTS + events.len(),
        events.len(),
        feed.len(),
        batches.len(),
        report["checked"]
    );
    assert!(feed.keys().copied().eq(1..=events.len() as u64), "no gap");
    assert_eq!(
        feed.values().map(|entry| entry["id"].as_str().unwrap()).collect::<BTreeSet<_>>(),
        events.iter().map(|event| event["id"]["S"].as_str().unwrap()).collect(),
        "every event once"
    );
    assert_eq!((copies, report["checked"].as_u64()), (owned, Some(events.len() as u64)));
    assert!(cut_off > 0, "no run was cut off");
}
