//! `POST /api/v1/invoices/{id}/void`

use std::time::Duration;

use builder_local::cloud::Faults;
use builder_local::cloud::faults::{Kind, Rule};
use builder_tests::{GOOD_CARD, Stack};
use serde_json::json;

use super::{eur, invoice_of, issue, path, products};

#[tokio::test]
async fn an_open_invoice_is_voided_and_its_order_invoiced_again() {
    let stack = Stack::own().assert_idle().start();
    let admin = stack.admin().await;
    let user = stack.user().await;
    let [tea, _] = products(&stack).await;
    let order = user.order(&[(&tea, 1)]).await.expect(201).text("id");
    let first = issue(&admin, &order, json!({})).await.expect(201).text("id");
    user.command(format!("{}/void", path(&first))).await.problem(403, "forbidden");
    let void = || admin.command(format!("{}/void", path(&first)));
    void().if_match("\"99\"").await.problem(412, "precondition-failed");
    // Its file is written, which increments its version.
    stack.wait_until_idle().await;
    let etag = admin.get(path(&first)).await.expect(200).etag();
    void().if_match(format!("W/{etag}")).await.problem(412, "precondition-failed");
    let void = void().if_match(etag).key("void").await.expect(200).data();
    let again = admin.command(format!("{}/void", path(&first))).key("void").await.expect(200);
    assert!(again.replayed() && again.data() == void);
    assert_eq!((&void["status"], &void["credited"]), (&json!("void"), &eur(1190)));
    admin.command(format!("{}/void", path(&first))).await.problem(409, "invoice-not-voidable");
    let note = void["creditNotes"][0]["id"].as_str().unwrap();
    admin.command(format!("{}/void", path(note))).await.problem(409, "invoice-not-voidable");

    let second = issue(&admin, &order, json!({})).await.expect(201);
    assert!(second.text("number").ends_with("-000002"));
    let started = user.start_payment(&order).await.expect(201);
    stack.pay_with_card(&started.text("clientSecret"), GOOD_CARD).await;
    user.wait_for(&path(&second.text("id")), "status", "paid").await;
    assert_eq!(invoice_of(&user, &order).await, second.text("id"));
    admin
        .command(format!("{}/void", path(&second.text("id"))))
        .await
        .problem(409, "invoice-not-voidable");
}

#[tokio::test]
async fn the_invoice_of_a_cancelled_order_is_voided() {
    let stack = Stack::own().assert_idle().start();
    let admin = stack.admin().await;
    let user = stack.user().await;
    let [tea, _] = products(&stack).await;
    let order = user.order(&[(&tea, 1)]).await.expect(201).text("id");
    let invoice = issue(&admin, &order, json!({})).await.expect(201).text("id");
    user.command(format!("/api/v1/orders/{order}/cancel")).await.expect(200);
    let void = user.wait_for(&path(&invoice), "status", "void").await;
    assert_eq!(void["credited"], void["total"]);
    stack.wait_until_idle().await;
    let balances = admin.get("/api/v1/ledger/balances").await.expect(200).data();
    let owed = balances["balances"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["account"] == "receivables");
    assert_eq!(
        owed.map(|line| line["debit"].as_i64().unwrap() - line["credit"].as_i64().unwrap())
            .sum::<i64>(),
        0
    );
}

#[tokio::test]
async fn concurrent_payment_and_voiding_are_consistent() {
    let stack = Stack::own().assert_idle().start();
    let admin = stack.admin().await;
    let user = stack.user().await;
    let [tea, _] = products(&stack).await;
    let (mut voided, mut kept) = (0, 0);
    for _ in 0..8 {
        let order = user.order(&[(&tea, 1)]).await.expect(201).text("id");
        let invoice = issue(&admin, &order, json!({})).await.expect(201).text("id");
        let started = user.start_payment(&order).await.expect(201).text("clientSecret");
        let declare = async {
            tokio::time::sleep(std::time::Duration::from_millis(fastrand::u64(0..40))).await;
            admin.command(format!("{}/void", path(&invoice))).await
        };
        let (_, answer) = tokio::join!(stack.pay_with_card(&started, GOOD_CARD), declare);
        match answer.status {
            200 => voided += 1,
            409 => kept += 1,
            _ => panic!("{answer:?}"),
        }
        user.wait_for(&crate::orders::path(&order), "status", "processing").await;
        // In either order, a paid order has one valid invoice.
        let standing = invoice_of(&user, &order).await;
        user.wait_for(&path(&standing), "status", "paid").await;
        assert_eq!(answer.status == 200, standing != invoice);
    }
    println!("8 concurrent payments and voids: {voided} voided and invoiced again, {kept} paid");
}

#[tokio::test]
async fn an_admin_can_void_before_the_job_does() {
    // The message that the job waits for is delayed.
    let late = Kind::Delay(Duration::from_millis(1500));
    let rule = Rule { operation: "sqs:SendMessage".into(), kind: late, probability: 1.0 };
    let faults = Faults { seed: 1, rules: vec![rule] };
    let stack = Stack::own().faults(faults).start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let [tea, _] = products(&stack).await;
    let order = user.order(&[(&tea, 1)]).await.expect(201).text("id");
    let invoice = issue(&admin, &order, json!({})).await.expect(201).text("id");
    user.command(format!("/api/v1/orders/{order}/cancel")).await.expect(200);
    let void = admin.command(format!("{}/void", path(&invoice))).await.expect(200).data();
    assert_eq!(void["status"], "void");
    stack.wait_until_idle().await;
    let seen = admin.get(path(&invoice)).await.expect(200).data();
    assert_eq!(
        seen["creditNotes"].as_array().unwrap().len(),
        1,
        "the job must not issue another: {seen}"
    );
}
