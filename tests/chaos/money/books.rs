//! All is counted: the provider's charges against our payments, invoices, credit notes, ledger and
//! stock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use builder_tests::{Stack, User, catalogue};
use serde_json::Value;

use super::STOCK;
use crate::walk;

/// Fails unless everything agrees.
pub(super) async fn audit(stack: &Arc<Stack>, admin: &User, product: &str) {
    let orders = by_id(walk(admin, "/api/v1/orders?limit=100").await);
    let invoices = walk(admin, "/api/v1/invoices?limit=100").await;
    let charges = charges(stack).await;
    let refunds = at_provider(stack, "/v1/refunds").await;
    let mut payments = BTreeMap::new();
    for order in orders.values() {
        if let Some(id) = order["paymentId"].as_str() {
            let payment = admin.get(format!("/api/v1/payments/{id}")).await.expect(200).data();
            payments.insert(id.to_owned(), payment);
        }
    }
    let count = |status: &str| orders.values().filter(|order| order["status"] == status).count();
    let of_kind =
        |kind: &str| invoices.iter().filter(|invoice| invoice["kind"] == kind).collect::<Vec<_>>();
    let (issued, notes) = (of_kind("invoice"), of_kind("credit_note"));
    println!(
        "money: {} orders: {} paid, {} cancelled, {} pending; {} charges and {} refunds at the \
         provider; {} invoices, {} credit notes",
        orders.len(),
        count("processing"),
        count("cancelled"),
        count("pending"),
        charges.len(),
        refunds.len(),
        issued.len(),
        notes.len()
    );
    assert_eq!(
        (orders.len(), count("pending") + count("failed")),
        (super::orders(), 0),
        "nothing is left open"
    );

    // Every charge is of one payment of ours, which is paid, and of no order twice.
    let mut charged = BTreeSet::new();
    for (payment, amount) in &charges {
        let known =
            payments.get(payment).unwrap_or_else(|| panic!("{payment} is charged and unknown"));
        assert_eq!(
            (&known["status"], known["amount"]["amount"].as_i64()),
            (&Value::from("succeeded"), Some(*amount)),
            "{known}"
        );
        assert!(
            charged.insert(known["orderId"].as_str().unwrap()),
            "{} is charged twice",
            known["orderId"]
        );
    }
    let paid_here = payments.values().filter(|payment| payment["status"] == "succeeded").count();
    assert_eq!(paid_here, charges.len(), "what is paid here is charged there");
    assert!(
        payments.values().all(
            |payment| ["succeeded", "cancelled"].contains(&payment["status"].as_str().unwrap())
        )
    );

    // Every order that was paid has one invoice; what came too late has none, and went back.
    let mut invoiced = BTreeMap::new();
    for invoice in &issued {
        assert!(
            invoiced.insert(invoice["orderId"].as_str().unwrap(), *invoice).is_none(),
            "{} is invoiced twice",
            invoice["orderId"]
        );
        assert_eq!(invoice["status"], "paid", "{invoice}");
    }
    let mut late = 0;
    for payment in payments.values().filter(|payment| payment["status"] == "succeeded") {
        let order = &orders[payment["orderId"].as_str().unwrap()];
        let invoice = invoiced.get(payment["orderId"].as_str().unwrap());
        if order["status"] == "processing" {
            let invoice =
                invoice.unwrap_or_else(|| panic!("{} is paid and not invoiced", order["id"]));
            assert_eq!(
                (&invoice["total"], &invoice["id"]),
                (&payment["amount"], &order["invoiceId"])
            );
            assert_eq!(invoice["credited"], payment["refunded"], "{invoice}");
        } else {
            late += 1;
            assert!(
                invoice.is_none() && payment["refunded"] == payment["amount"],
                "{order} {payment}"
            );
        }
    }
    assert_eq!(invoiced.len(), count("processing"));
    println!("money: {late} payments came after their orders were cancelled, and went back");
    without_gap(&issued);
    without_gap(&notes);

    // Stock, and the ledger.
    let pieces: i64 = orders
        .values()
        .filter(|order| order["status"] == "processing")
        .map(|order| order["items"][0]["quantity"].as_i64().unwrap())
        .sum();
    assert_eq!(catalogue::stock_of(admin, product).await + pieces, STOCK, "stock and orders agree");
    let sum = |rows: &[&Value], member: &str| {
        rows.iter().map(|row| row[member]["amount"].as_i64().unwrap()).sum::<i64>()
    };
    let ledger = Ledger::read(admin).await;
    assert_eq!(ledger.debits, ledger.credits, "debits equal credits");
    let went_back: i64 = refunds
        .iter()
        .filter(|refund| refund["status"] == "succeeded")
        .map(|refund| refund["amount"].as_i64().unwrap())
        .sum();
    let taken: i64 = charges.values().sum();
    let summary = stack.stripe_get("/_local/summary").await;
    println!(
        "money: {taken} taken, {went_back} given back, ledger {:?}; the provider says {}",
        ledger.net, summary["balance"]
    );
    assert_eq!(ledger.net("receivables"), 0, "nobody owes anything");
    assert_eq!(-ledger.net("revenue"), sum(&issued, "subtotal") - sum(&notes, "subtotal"));
    assert_eq!(-ledger.net("taxPayable"), sum(&issued, "tax") - sum(&notes, "tax"));
    assert_eq!(ledger.net("providerBalance") + ledger.net("providerFees"), taken - went_back);
}

/// Numbers are 1 to n.
fn without_gap(documents: &[&Value]) {
    let mut numbers: Vec<usize> = documents
        .iter()
        .map(|document| {
            document["number"].as_str().unwrap().rsplit('-').next().unwrap().parse().unwrap()
        })
        .collect();
    numbers.sort_unstable();
    assert!(numbers.iter().copied().eq(1..=documents.len()), "{numbers:?}");
}

/// What was charged successfully, by our payment.
async fn charges(stack: &Arc<Stack>) -> BTreeMap<String, i64> {
    let mut charges = BTreeMap::new();
    for intent in at_provider(stack, "/v1/payment_intents").await {
        if intent["status"] == "succeeded" {
            let payment = intent["metadata"]["payment"]
                .as_str()
                .unwrap_or_else(|| panic!("whose is {intent}?"));
            let known =
                charges.insert(payment.to_owned(), intent["amount_received"].as_i64().unwrap());
            assert!(known.is_none(), "{payment} is charged twice");
        }
    }
    charges
}

/// Every row of a list of the provider's.
async fn at_provider(stack: &Arc<Stack>, path: &str) -> Vec<Value> {
    let (mut rows, mut after) = (Vec::new(), String::new());
    loop {
        let page = stack.stripe_get(&format!("{path}?limit=100{after}")).await;
        rows.extend(page["data"].as_array().unwrap_or_else(|| panic!("{page}")).clone());
        if page["has_more"] != true {
            return rows;
        }
        after = format!("&starting_after={}", rows.last().unwrap()["id"].as_str().unwrap());
    }
}

fn by_id(rows: Vec<Value>) -> BTreeMap<String, Value> {
    rows.into_iter().map(|row| (row["id"].as_str().unwrap().to_owned(), row)).collect()
}

/// The sums of the ledger.
struct Ledger {
    debits: i64,
    credits: i64,
    net: BTreeMap<String, i64>,
}

impl Ledger {
    async fn read(admin: &User) -> Self {
        let balances = admin.get("/api/v1/ledger/balances").await.expect(200).data();
        let mut ledger = Self { debits: 0, credits: 0, net: BTreeMap::new() };
        for line in balances["balances"].as_array().unwrap() {
            let [debit, credit] = ["debit", "credit"].map(|side| line[side].as_i64().unwrap());
            ledger.debits += debit;
            ledger.credits += credit;
            *ledger.net.entry(line["account"].as_str().unwrap().to_owned()).or_default() +=
                debit - credit;
        }
        ledger
    }

    fn net(&self, account: &str) -> i64 {
        self.net.get(account).copied().unwrap_or_default()
    }
}
