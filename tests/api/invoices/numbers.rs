//! Numbers have no gaps, also with concurrent issuers of any kind.

use std::collections::BTreeSet;
use std::sync::Arc;

use builder_tests::{GOOD_CARD, Stack, User, catalogue, fresh_key};
use serde_json::{Value, json};

use super::{INVOICES, invoice_of};

/// Returns the sequence numbers of all documents whose numbers have this prefix.
async fn sequences(admin: &User, prefix: &str) -> Vec<u64> {
    let (mut found, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let query = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
        let answer = admin.get(format!("{INVOICES}?limit=100{query}")).await.expect(200);
        let numbers = answer
            .data()
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["number"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>();
        let of_series = numbers.iter().filter(|number| number.starts_with(prefix));
        found.extend(
            of_series.map(|number| number.rsplit('-').next().unwrap().parse::<u64>().unwrap()),
        );
        cursor = answer.json()["pagination"]["cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            found.sort_unstable();
            return found;
        }
    }
}

/// Two concurrent ways to issue: the queue for paid orders, and admins manually, whose requests
/// compete for the counter without a queue.
#[tokio::test]
async fn numbers_are_1_to_n_when_many_issue_at_once() {
    const PAID: usize = 20;
    const BY_HAND: usize = 30;
    let stack = Stack::own().unlimited().assert_idle().start();
    let admin = stack.admin().await;
    let tea = catalogue::create(&admin, json!({})).await;
    let user = stack.user().await;
    let mut orders = Vec::new();
    for _ in 0..BY_HAND {
        orders.push(user.order(&[(&tea, 1)]).await.expect(201).text("id"));
    }
    let by_hand = orders.iter().cloned().map(|order| {
        let admin = admin.clone();
        tokio::spawn(async move {
            let (key, mut busy) = (fresh_key(), 0);
            loop {
                let answer = admin
                    .post(format!("/api/v1/orders/{order}/invoices"), &json!({}))
                    .key(&key)
                    .await;
                match answer.status {
                    201 => return busy,
                    409 | 503 => busy += 1,
                    _ => panic!("{answer:?}"),
                }
            }
        })
    });
    let by_hand: Vec<_> = by_hand.collect();
    let paying = (0..PAID).map(|_| {
        let (stack, user, tea) = (Arc::clone(&stack), user.clone(), tea.clone());
        tokio::spawn(async move { user.pay(&stack, &[(&tea, 1)], GOOD_CARD).await.0 })
    });
    let paying: Vec<_> = paying.collect();
    let mut busy = 0;
    for task in by_hand {
        busy += task.await.unwrap();
    }
    let mut invoices = BTreeSet::new();
    for task in paying {
        invoices.insert(invoice_of(&user, &task.await.unwrap()).await);
    }
    stack.wait_until_idle().await;
    let numbers = sequences(&admin, "INV-").await;
    println!(
        "{} numbers, {} of them issued manually with {busy} busy responses; {} orders paid",
        numbers.len(),
        BY_HAND,
        invoices.len()
    );
    assert_eq!((numbers, invoices.len()), ((1..=(PAID + BY_HAND) as u64).collect(), PAID));
}

#[tokio::test]
async fn a_series_is_identified_by_its_prefix() {
    let stack = Stack::own().assert_idle().start();
    let admin = stack.admin().await;
    let tea = catalogue::create(&admin, json!({})).await;
    let mut settings: Value = admin.get("/api/v1/settings").await.expect(200).data();
    let mut number_with = async |invoices: Value| {
        settings["invoices"] = invoices;
        admin.put("/api/v1/settings", &settings).if_match("*").await.expect(200);
        let order = admin.order(&[(&tea, 1)]).await.expect(201).text("id");
        super::issue(&admin, &order, json!({})).await.expect(201).text("number")
    };
    let by = |prefix: &str, yearly: bool| json!({ "prefix": prefix, "restartsYearly": yearly, "paymentTermDays": 14, "footer": null });
    let year = jiff::Timestamp::now().strftime("%Y").to_string();
    assert_eq!(number_with(by("R-", false)).await, "R-000001");
    assert_eq!(number_with(by("R-", true)).await, format!("R-{year}-000001"));
    // The same series, configured differently.
    assert_eq!(number_with(by(&format!("R-{year}-"), false)).await, format!("R-{year}-000002"));
    assert_eq!(number_with(by("R-", false)).await, "R-000002");
}
