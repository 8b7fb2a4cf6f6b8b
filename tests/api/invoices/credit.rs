//! Credit notes for refunds, and the ledger.

use builder_tests::{GOOD_CARD, Stack};
use serde_json::{Value, json};

use super::{INVOICES, eur, invoice_of, path, products};

async fn wait_for_credit(user: &builder_tests::User, invoice: &str, credited: &Value) -> Value {
    user.wait_until(&path(invoice), &format!("credited {credited}"), |seen| {
        seen["credited"] == *credited
    })
    .await
}

#[tokio::test]
async fn each_refund_has_a_credit_note_with_its_share_of_taxes() {
    let stack = Stack::own().assert_idle().start();
    let admin = stack.admin().await;
    let user = stack.user().await;
    let [tea, pot] = products(&stack).await;
    let (order, payment) = user.pay(&stack, &[(&tea, 2), (&pot, 1)], GOOD_CARD).await;
    let invoice = invoice_of(&user, &order).await;

    let body = json!({ "amount": eur(583), "reason": "requested_by_customer" });
    admin.refund(&payment, &body).await.expect(201);
    let credited = wait_for_credit(&user, &invoice, &eur(583)).await;
    let note =
        user.get(path(credited["creditNotes"][0]["id"].as_str().unwrap())).await.expect(200).data();
    assert_eq!(
        (&note["kind"], &note["total"], &note["corrects"]["id"]),
        (&json!("credit_note"), &eur(583), &json!(invoice))
    );
    assert!(
        note["number"].as_str().unwrap().starts_with("CN-20")
            && note["buyer"]["email"] == user.email.as_str(),
        "{note}"
    );
    // A fifth of the total: 4.76 of 23.80 at 19 %, 1.07 of 5.35 at 7 %.
    let taxes = json!([{ "percent": "7", "base": eur(100), "tax": eur(7) }, { "percent": "19", "base": eur(400), "tax": eur(76) }]);
    assert_eq!(note["taxes"], taxes);

    admin.refund(&payment, &json!({ "reason": "duplicate" })).await.expect(201);
    let all = wait_for_credit(&user, &invoice, &eur(2915)).await;
    assert_eq!((&all["status"], all["creditNotes"].as_array().unwrap().len()), (&json!("paid"), 2));
    stack.wait_until_idle().await;
    assert_eq!(user.get(INVOICES).await.expect(200).data().as_array().unwrap().len(), 3);

    let balances = admin.get("/api/v1/ledger/balances").await.expect(200).data();
    let lines = balances["balances"].as_array().unwrap();
    let net = |account: &str| {
        let lines = lines.iter().filter(|line| line["account"] == account);
        lines
            .map(|line| line["debit"].as_i64().unwrap() - line["credit"].as_i64().unwrap())
            .sum::<i64>()
    };
    let sum = |side: &str| lines.iter().map(|line| line[side].as_i64().unwrap()).sum::<i64>();
    println!("{} lines, debits {}, credits {}", lines.len(), sum("debit"), sum("credit"));
    assert_eq!(sum("debit"), sum("credit"));
    // Everything was refunded: no receivables, no revenue; the provider keeps its fee.
    assert_eq!(["receivables", "revenue", "taxPayable"].map(net), [0, 0, 0]);
    assert_eq!(net("providerFees") + net("providerBalance"), 0);
}

#[tokio::test]
async fn a_returned_refund_is_invoiced_again() {
    let stack = Stack::own().assert_idle().start();
    let admin = stack.admin().await;
    let user = stack.user().await;
    let [tea, _] = products(&stack).await;
    let (order, payment) = user.pay(&stack, &[(&tea, 1)], "4000000000005126").await;
    let invoice = invoice_of(&user, &order).await;
    let refund =
        admin.refund(&payment, &json!({ "reason": "duplicate" })).await.expect(201).text("id");
    user.wait_for(&format!("/api/v1/refunds/{refund}"), "status", "failed").await;
    stack.wait_until_idle().await;
    let seen = user.get(path(&invoice)).await.expect(200).data();
    assert_eq!(seen["credited"], eur(0));
    // The note may have been skipped: the refund had failed before its message was processed.
    let documents = user.get(INVOICES).await.expect(200).data().as_array().unwrap().len();
    let notes = seen["creditNotes"].as_array().unwrap();
    assert_eq!(documents, 1 + 2 * notes.len());
    assert!(notes.iter().all(|note| note["withdrawnBy"].is_string()), "{seen}");
}

#[tokio::test]
async fn returned_items_are_credited_at_their_own_tax_rate() {
    let stack = Stack::own().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let [tea, pot] = products(&stack).await;
    let (order, payment) = user.pay(&stack, &[(&tea, 2), (&pot, 2)], GOOD_CARD).await;
    let invoice = invoice_of(&user, &order).await;
    let item = json!([{ "productId": pot, "quantity": 1 }]);
    let body = json!({ "items": item, "reason": "requested_by_customer" });
    let refund = admin.refund(&payment, &body).await.expect(201).data();
    assert_eq!(
        (&refund["amount"], &refund["items"][0]["value"], &refund["items"][0]["restocked"]),
        (&eur(535), &eur(535), &json!(0))
    );
    let credited = wait_for_credit(&user, &invoice, &eur(535)).await;
    let note = credited["creditNotes"][0]["id"].as_str().unwrap();
    let note = user.get(path(note)).await.expect(200).data();
    assert_eq!(note["taxes"], json!([{ "percent": "7", "base": eur(500), "tax": eur(35) }]));
    let lines = note["lines"].as_array().unwrap();
    assert_eq!((lines.len(), &lines[0]["net"]), (1, &eur(500)));

    // The other one is returned with a deduction, so the rest of its line is left to credit.
    let body = json!({ "items": item, "amount": eur(500), "reason": "requested_by_customer" });
    admin.refund(&payment, &body).await.expect(201);
    let credited = wait_for_credit(&user, &invoice, &eur(1035)).await;
    let note = credited["creditNotes"][1]["id"].as_str().unwrap();
    let note = user.get(path(note)).await.expect(200).data();
    assert_eq!(note["taxes"], json!([{ "percent": "7", "base": eur(467), "tax": eur(33) }]));
    stack.wait_until_idle().await;
}
