//! Pages read while rows are inserted.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use builder_tests::{Client, Stack, catalogue};
use serde_json::{Value, json};

use crate::{persist, walk};

const ROWS: usize = 240;
const WRITERS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paging_shows_every_row_once() {
    let stack = Stack::own().unlimited().start();
    let admin = stack.admin().await;
    let user = stack.user().await;
    let product = catalogue::create(&admin, json!({})).await;
    let created: Arc<Mutex<Vec<String>>> = Arc::default();
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (user, product, created) = (user.clone(), product.clone(), created.clone());
            tokio::spawn(async move {
                for _ in 0..ROWS / WRITERS {
                    let order = json!({ "items": [{ "productId": product, "quantity": 1 }] });
                    let id =
                        persist(user.post("/api/v1/orders", &order)).await.expect(201).text("id");
                    created.lock().unwrap().push(id);
                }
            })
        })
        .collect();

    let (mut walks, mut rows) = (0, 0);
    while writers.iter().any(|writer| !writer.is_finished()) || walks < 3 {
        // By owner: one partition. By status, and all: spread over shards.
        for (client, path) in [
            (&user, "/api/v1/orders?limit=7"),
            (&admin, "/api/v1/orders?limit=13"),
            (&admin, "/api/v1/orders?limit=9&status=pending"),
        ] {
            rows += check(client, path, &created).await;
            walks += 1;
        }
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let last = check(&user, "/api/v1/orders?limit=100", &created).await;
    println!(
        "paging: {ROWS} rows inserted during {walks} walks over {rows} rows, none twice, none \
         dropped"
    );
    assert_eq!(last, ROWS);
}

/// Reads a list page by page: newest first, no row twice, and including all that existed at the
/// start.
async fn check(client: &Client, path: &str, created: &Mutex<Vec<String>>) -> usize {
    let before = created.lock().unwrap().clone();
    let rows = walk(client, path).await;
    let id = |row: &Value| row["id"].as_str().unwrap().to_owned();
    let seen: Vec<String> = rows.iter().map(id).collect();
    assert!(seen.is_sorted_by(|left, right| left > right), "{path}: newest first, none twice");
    let seen: BTreeSet<_> = seen.into_iter().collect();
    let dropped: Vec<_> = before.iter().filter(|id| !seen.contains(*id)).collect();
    assert!(dropped.is_empty(), "{path}: {dropped:?} were there before the walk and are not in it");
    rows.len()
}
