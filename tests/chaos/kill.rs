//! `kill -9` in the middle of work loses nothing that was acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use builder_tests::{ADMIN, Answer, Aws, Process, User, Visitor, aws, catalogue};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::walk;

const ORDERS: usize = 500;
const CLIENTS: usize = 8;
/// So many acknowledgements are waited for before the kill.
const BEFORE_KILL: usize = 200;
const STOCK: i64 = 5_000;
/// How long the mark on a mail whose sending was cut off keeps others from sending it, and a
/// little.
const MARK: Duration = Duration::from_secs(62);
/// How long all mails may take.
const MAILS: Duration = Duration::from_secs(60);
const ARGUMENTS: [&str; 16] = [
    "--lambda",
    "process",
    "--admin-password",
    ADMIN.1,
    "--parameter",
    "PasswordCost=4",
    "--parameter",
    "LogLevel=error",
    "--parameter",
    "CallerLimitPerHour=1000000",
    "--parameter",
    "IpLimitPerMinute=1000000",
    "--parameter",
    "ThrottleRate=1000000",
    "--parameter",
    "ThrottleBurst=1000000",
];

/// What came of the request under each key: the order's id, or nothing known.
type Outcomes = Arc<Mutex<BTreeMap<usize, Option<String>>>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_orders_survive_a_kill_exactly_once() {
    let directory = tempfile::tempdir().unwrap();
    let process = Process::start(directory.path(), &ARGUMENTS);
    let admin = Visitor::at(&process.api_url).sign_in(ADMIN.0, ADMIN.1).await;
    let product = catalogue::create(&admin, json!({ "stock": STOCK })).await;
    let buyers = join_all((0..CLIENTS).map(|_| User::new(Visitor::at(&process.api_url)))).await;

    let outcomes = Outcomes::default();
    let clients = buyers.iter().enumerate().map(|(first, buyer)| {
        tokio::spawn(order(buyer.clone(), product.clone(), first, outcomes.clone()))
    });
    let clients: Vec<_> = clients.collect();
    while acknowledged(&outcomes).len() < BEFORE_KILL {
        assert!(clients.iter().all(|client| !client.is_finished()), "the clients stopped early");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let killed = Instant::now();
    let process = process.kill_and_restart(directory.path(), &ARGUMENTS);
    for client in clients {
        client.await.unwrap();
    }
    let aws = Aws::at(&process.aws_url, None);

    // Just restarted: what was acknowledged is there, and all that is there is whole.
    let (known, sent) = (acknowledged(&outcomes), outcomes.lock().unwrap().len());
    let present = whole_orders(&aws.items(aws::DATA_TABLE).await);
    let lost: Vec<_> = known.values().filter(|id| !present.contains_key(*id)).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    assert!(present.len() <= sent, "{} orders came of {sent} requests", present.len());
    println!(
        "kill: {sent} orders sent, {} acknowledged, {} of the {} in flight are whole",
        known.len(),
        present.len() - known.len(),
        sent - known.len()
    );
    for (number, id) in &known {
        let read =
            buyers[number % CLIENTS].get(format!("/api/v1/orders/{id}")).await.expect(200).data();
        assert_eq!(read["items"][0]["quantity"], quantity(*number), "{id}");
    }
    stock_agrees(&admin, &product, &present).await;

    // The same requests under the same keys: what was done is not done again, and the rest is done
    // now.
    let rest: Vec<usize> = (0..ORDERS).filter(|number| !known.contains_key(number)).collect();
    let mut replayed = 0;
    for chunk in rest.chunks(CLIENTS) {
        let answers = join_all(
            chunk.iter().map(|number| place(&buyers[number % CLIENTS], &product, *number)),
        )
        .await;
        replayed += answers
            .into_iter()
            .map(|answer| usize::from(answer.unwrap().expect(201).replayed()))
            .sum::<usize>();
    }
    assert_eq!(
        replayed,
        present.len() - known.len(),
        "each unacknowledged order that was there is given again"
    );
    let all = whole_orders(&aws.items(aws::DATA_TABLE).await);
    assert_eq!(all.len(), ORDERS);
    stock_agrees(&admin, &product, &all).await;
    let listed: Vec<String> = walk(&admin, "/api/v1/orders?limit=100")
        .await
        .iter()
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        (listed.len(), listed.into_iter().collect::<BTreeSet<_>>().len()),
        (ORDERS, ORDERS),
        "listed once each"
    );

    // A message in flight at a kill comes back at the next start, but a mail that was being sent is
    // marked. Once the marks have run out, another kill brings back what waits for its next
    // delivery, so that the test needn't wait for that.
    while aws.waiting_mails().await > 0 && killed.elapsed() < MARK {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let _process = if aws.waiting_mails().await > 0 {
        process.kill_and_restart(directory.path(), &ARGUMENTS)
    } else {
        process
    };
    let (mails, doubled) = mails(&aws, &buyers, &all).await;
    println!(
        "kill: {ORDERS} orders, each with its event and its stock once; {mails} mails, {doubled} \
         orders were confirmed twice"
    );
    assert_eq!(mails, ORDERS + doubled);
}

fn quantity(number: usize) -> usize {
    1 + number % 3
}

/// The number of the order decides who places it, for how many pieces, and under which key.
async fn place(buyer: &User, product: &str, number: usize) -> anyhow::Result<Answer> {
    let body = json!({ "items": [{ "productId": product, "quantity": quantity(number) }] });
    Ok(buyer.post("/api/v1/orders", &body).key(format!("order-{number}")).send().await?)
}

/// Places every eighth order until all are placed or the stack is gone.
async fn order(buyer: User, product: String, first: usize, outcomes: Outcomes) {
    for number in (first..ORDERS).step_by(CLIENTS) {
        outcomes.lock().unwrap().insert(number, None);
        match place(&buyer, &product, number).await {
            Ok(answer) if answer.status == 201 => {
                drop(outcomes.lock().unwrap().insert(number, Some(answer.text("id"))))
            }
            // In its death throes it may still say that it can't.
            Ok(answer) if answer.status >= 500 => return,
            Ok(answer) => answer.check(false, "expected an order"),
            Err(_) => return,
        }
    }
}

fn acknowledged(outcomes: &Outcomes) -> BTreeMap<usize, String> {
    outcomes
        .lock()
        .unwrap()
        .iter()
        .filter_map(|(number, id)| Some((*number, id.clone()?)))
        .collect()
}

/// The orders in the table with their pieces. Each has its state, one event, and one record of its
/// answer.
fn whole_orders(items: &[Value]) -> BTreeMap<String, i64> {
    let mut states = BTreeMap::new();
    let mut events: BTreeMap<String, usize> = BTreeMap::new();
    for item in items {
        let Some(id) = item["pk"]["S"].as_str().and_then(|pk| pk.strip_prefix("ORDER#")) else {
            continue;
        };
        let sk = item["sk"]["S"].as_str().unwrap();
        if sk == "STATE" {
            let state: Value = serde_json::from_str(item["state"]["S"].as_str().unwrap()).unwrap();
            let pieces = state["items"][0]["quantity"].as_i64().unwrap();
            states.insert(id.to_owned(), pieces);
        } else if sk.starts_with("EVENT#") {
            *events.entry(id.to_owned()).or_default() += 1;
        }
    }
    assert!(events.values().all(|count| *count == 1), "an order has several events");
    assert_eq!(
        states.keys().collect::<Vec<_>>(),
        events.keys().collect::<Vec<_>>(),
        "orders and events differ"
    );
    states
}

async fn stock_agrees(admin: &User, product: &str, orders: &BTreeMap<String, i64>) {
    let left = catalogue::stock_of(admin, product).await;
    assert_eq!(left + orders.values().sum::<i64>(), STOCK, "stock and orders agree");
}

/// Waits until every order is confirmed. Gives how many mails there are, and how many orders were
/// confirmed twice.
async fn mails(aws: &Aws, buyers: &[User], orders: &BTreeMap<String, i64>) -> (usize, usize) {
    let started = Instant::now();
    loop {
        let mut confirmed: BTreeMap<String, usize> = BTreeMap::new();
        for buyer in buyers {
            for mail in buyer.signed_out().mails(&buyer.email).await {
                if let Some(id) = mail.subject.strip_prefix("Your order ") {
                    *confirmed.entry(id.to_owned()).or_default() += 1;
                }
            }
        }
        let waiting = aws.waiting_mails().await;
        if confirmed.len() >= orders.len() && waiting == 0 {
            assert!(confirmed.keys().eq(orders.keys()), "a mail about no order");
            assert!(
                confirmed.values().all(|count| *count <= 2),
                "confirmed more than twice: {confirmed:?}"
            );
            return (
                confirmed.values().sum(),
                confirmed.values().filter(|count| **count == 2).count(),
            );
        }
        let missing = orders.len() - confirmed.len();
        assert!(
            started.elapsed() < MAILS,
            "{missing} orders are not confirmed after {MAILS:?}, {waiting} messages wait"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
