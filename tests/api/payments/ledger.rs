//! `GET /api/v1/ledger/balances`

use builder_tests::{GOOD_CARD, Stack, catalogue};
use serde_json::{Value, json};

use super::path;

const BALANCES: &str = "/api/v1/ledger/balances";

fn of(balances: &Value, account: &str) -> (i64, i64) {
    let lines =
        balances["balances"].as_array().unwrap().iter().filter(|line| line["account"] == account);
    lines.fold((0, 0), |(debit, credit), line| {
        (debit + line["debit"].as_i64().unwrap(), credit + line["credit"].as_i64().unwrap())
    })
}

#[tokio::test]
async fn debits_equal_credits() {
    let stack = Stack::own().assert_idle().start();
    let admin = stack.admin().await;
    let user = stack.user().await;
    user.get(BALANCES).await.problem(403, "forbidden");
    assert_eq!(admin.get(BALANCES).await.expect(200).data()["balances"], json!([]));
    let price = json!({ "unitPrice": { "amount": 1000, "currency": "EUR" }, "taxPercent": "0" });
    let product = catalogue::create(&admin, price).await;
    let (_, payment) = user.pay(&stack, &[(&product, 2)], GOOD_CARD).await;
    user.wait_for(&path(&payment), "status", "succeeded").await;
    let body = json!({ "amount": { "amount": 500, "currency": "EUR" }, "reason": "duplicate" });
    let refund = admin.refund(&payment, &body).await.expect(201).text("id");
    user.wait_for(&format!("/api/v1/refunds/{refund}"), "status", "succeeded").await;
    stack.wait_until_idle().await;

    let balances = admin.get(BALANCES).await.expect(200).data();
    let lines = balances["balances"].as_array().unwrap();
    let sum = |side: &str| lines.iter().map(|line| line[side].as_i64().unwrap()).sum::<i64>();
    println!("{} lines, debits {}, credits {}", lines.len(), sum("debit"), sum("credit"));
    assert_eq!(sum("debit"), sum("credit"));
    // 1.5 % and 25 cents of 20 euros.
    assert_eq!(of(&balances, "providerFees"), (55, 0));
    assert_eq!(of(&balances, "providerBalance"), (2000, 555));
    // The invoice and the refund; the payment and the credit note.
    assert_eq!(of(&balances, "receivables"), (2500, 2500));
    assert_eq!(of(&balances, "revenue"), (500, 2000));
    admin
        .get(format!("{BALANCES}?from=2026-01-02&to=2026-01-01"))
        .await
        .problem(422, "invalid-request")
        .at(&["?to"]);
    admin
        .get(format!("{BALANCES}?from=2024-01-02&to=2026-01-01"))
        .await
        .problem(422, "invalid-request")
        .at(&["?to"]);
    assert_eq!(
        admin.get(format!("{BALANCES}?from=2024-01-02&to=2024-01-02")).await.expect(200).data()["balances"],
        json!([])
    );
}
