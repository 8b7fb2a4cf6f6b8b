//! A store on a bad day: throttled calls, broken connections.

use std::collections::BTreeSet;
use std::sync::Arc;

use builder_local::cloud::Faults;
use builder_local::cloud::faults::{Kind, Rule};
use builder_tests::{ADMIN, PASSWORD, Stack, User, Visitor, aws, catalogue, fresh_key};
use futures::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};

use crate::{persist, walk};

const SEED: u64 = 20_261_121;
const BUYERS: usize = 6;
const ORDERS: usize = 30;
const STOCK: u32 = 120;

/// On a bad day, retries absorb what goes wrong. On a terrible one, they don't.
#[rstest]
#[case::bad("dynamodb:*", 0.05, 0.02, false)]
#[case::terrible("dynamodb:TransactWriteItems", 0.3, 0.3, true)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_are_correct_under_store_faults(
    #[case] operation: &str,
    #[case] throttled: f64,
    #[case] dropped: f64,
    #[case] shows: bool,
) {
    let rule = |kind, probability| Rule { operation: operation.into(), kind, probability };
    let faults = Faults {
        seed: SEED,
        rules: vec![rule(Kind::Throttle, throttled), rule(Kind::Drop, dropped)],
    };
    let stack = Stack::own().unlimited().without_admin().faults(faults).start();
    let admin = first_admin(&stack).await;
    let created = persist(
        admin
            .post(
                "/api/v1/products",
                &catalogue::with(catalogue::product(), json!({ "stock": STOCK })),
            )
            .key(fresh_key()),
    )
    .await;
    let product = created.expect(201).text("id");
    let buyers = join_all((0..BUYERS).map(|_| sign_up(stack.visitor()))).await;

    // Every other order is sent once and taken as it is answered; the rest is repeated under its
    // key until decided.
    let work = buyers
        .iter()
        .flat_map(|buyer| (0..ORDERS).map(move |number| (buyer.clone(), number % 2 == 0)));
    let outcomes = join_all(work.map(|(buyer, persistent)| {
        let request = buyer
            .post("/api/v1/orders", &json!({ "items": [{ "productId": product, "quantity": 1 }] }))
            .key(fresh_key());
        tokio::spawn(async move { if persistent { persist(request).await } else { request.await } })
    }))
    .await;
    let outcomes: Vec<_> = outcomes.into_iter().map(|answer| answer.unwrap()).collect();

    let stored = orders(&stack.aws().items(aws::DATA_TABLE).await);
    let acknowledged: Vec<String> = outcomes
        .iter()
        .filter(|answer| answer.status == 201)
        .map(|answer| answer.text("id"))
        .collect();
    let undecided = outcomes.iter().filter(|answer| answer.status == 503).count();
    let (sold_out, distinct) = (
        outcomes.iter().filter(|answer| answer.status == 409).count(),
        acknowledged.iter().collect::<BTreeSet<_>>().len(),
    );
    let unannounced = stored.len() - acknowledged.len();
    println!(
        "faults: seed {SEED}, {operation} throttled {throttled}, dropped {dropped}; {} requests: \
         {} orders acknowledged, {sold_out} told sold out, {undecided} told to try again, of \
         which {unannounced} are whole orders",
        outcomes.len(),
        acknowledged.len()
    );
    for answer in outcomes {
        match answer.status {
            201 => {}
            409 => drop(answer.problem(409, "out-of-stock")),
            _ => drop(answer.problem(503, "unavailable")),
        }
    }
    assert!(undecided > 0 || !shows, "this day was not terrible");
    assert_eq!(distinct, acknowledged.len(), "each acknowledgement is of an order of its own");
    assert!(acknowledged.iter().all(|id| stored.contains(id)), "an acknowledged order is missing");
    assert!(unannounced <= undecided, "an order exists whose sender was told that it doesn't");
    let left =
        persist(admin.get(format!("/api/v1/products/{product}"))).await.expect(200).data()["stock"]
            .as_u64()
            .unwrap();
    assert_eq!(left + stored.len() as u64, u64::from(STOCK), "stock and orders agree");
    assert_eq!(
        walk(&admin, "/api/v1/orders?limit=100").await.len(),
        stored.len(),
        "the index and the orders agree"
    );
}

/// The orders in the table; each must be whole.
fn orders(items: &[Value]) -> BTreeSet<String> {
    let of = |suffix: &str| -> BTreeSet<String> {
        let found = items
            .iter()
            .filter(|item| item["sk"]["S"] == suffix)
            .filter_map(|item| item["pk"]["S"].as_str()?.strip_prefix("ORDER#"));
        found.map(str::to_owned).collect()
    };
    let (states, events) = (of("STATE"), of("EVENT#0000000001"));
    assert_eq!(states, events, "an order and its event are one write");
    states
}

/// The administrator, made and signed in however often it takes.
pub(crate) async fn first_admin(stack: &Arc<Stack>) -> User {
    let payload = json!({ "email": ADMIN.0, "password": ADMIN.1 });
    for _ in 0..50 {
        match stack.invoke("bootstrap-admin", payload.clone()).await {
            Ok(_) => break,
            // It was made, and the answer was lost.
            Err(error) if error.to_string().contains("already been created") => break,
            Err(_) => {}
        }
    }
    let visitor = stack.visitor();
    let login = persist(visitor.post("/api/v1/auth/login", &payload)).await.expect(200);
    visitor.signed_in(ADMIN.0, &login)
}

/// Somebody signed in, however often it takes.
pub(crate) async fn sign_up(visitor: Visitor) -> User {
    let email = Visitor::fresh_email();
    persist(visitor.post("/api/v1/auth/register", &json!({ "email": email })).key(fresh_key()))
        .await
        .expect(202);
    let token = visitor.mail(&email, "verify").await.token();
    let account = json!({ "token": token, "password": PASSWORD, "name": "Ada" });
    persist(visitor.post("/api/v1/auth/verify-email", &account).key(fresh_key())).await.expect(200);
    let login = persist(
        visitor.post("/api/v1/auth/login", &json!({ "email": email, "password": PASSWORD })),
    )
    .await
    .expect(200);
    visitor.signed_in(&email, &login)
}
