//! The job `reconcile-payments`: concurrent runs, interrupted runs, and items that have been open
//! for long.

use std::time::Duration;

use builder_store::Clock as _;
use builder_tests::{GOOD_CARD, PASSWORD, Stack, catalogue};
use serde_json::{Value, json};

use super::{books, path};

const JOB: &str = "reconcile-payments";
const LISTS: [&str; 2] = ["GET /v1/payment_intents", "GET /v1/refunds"];
const HOUR: Duration = Duration::from_secs(3600);

fn stats(report: &Value, count: &str) -> u64 {
    report["stats"][count].as_u64().unwrap_or_else(|| panic!("{report}"))
}

/// Returns the number of calls of each list operation.
fn lists(stack: &Stack) -> [u64; 2] {
    LISTS.map(|operation| stack.stripe().calls().get(operation).copied().unwrap_or_default())
}

#[tokio::test]
async fn concurrent_runs_and_webhooks_settle_each_payment_once() {
    let stack = Stack::own().assert_idle().start();
    let user = stack.user().await;
    let price = json!({ "unitPrice": { "amount": 1000, "currency": "EUR" }, "taxPercent": "0" });
    let product = catalogue::create(&stack.admin().await, price).await;
    stack.stripe_webhooks(json!({ "double": 0.5, "delay": 1.0, "delay_ms": 700 })).await;
    let mut orders = Vec::new();
    for _ in 0..6 {
        orders.push(user.pay(&stack, &[(&product, 1)], GOOD_CARD).await.0);
    }
    let since = json!({ "since": stack.clock.now() - HOUR });
    let run = || stack.invoke(JOB, since.clone());
    let runs = tokio::join!(run(), run(), run());
    let runs = [runs.0.unwrap(), runs.1.unwrap(), runs.2.unwrap()];
    tokio::time::sleep(Duration::from_millis(1500)).await;
    stack.wait_until_idle().await;
    let repaired: u64 = runs.iter().map(|told| stats(told, "repaired")).sum();
    println!("3 runs concurrent with the webhooks of 6 payments: {repaired} settled by the runs");
    assert!(
        repaired <= 6 && runs.iter().all(|told| stats(told, "failed") + stats(told, "found") == 0),
        "{runs:?}"
    );
    for order in orders {
        let events = user.get(format!("/api/v1/orders/{order}/events")).await.expect(200).data();
        let paid =
            events.as_array().unwrap().iter().filter(|event| event["type"] == "order.paid").count();
        assert_eq!(paid, 1, "{events}");
    }
    let books = books(&stack).await;
    assert_eq!((books.of("providerBalance"), books.of("providerFees")), ((6000, 240), (240, 0)));
}

#[tokio::test]
async fn an_interrupted_pass_resumes_and_the_next_starts_a_day_later() {
    let stack = Stack::own().start();
    let ill = json!({ "rules": [{ "operation": "GET /v1/refunds", "kind": "error_before" }] });
    stack.stripe_faults(ill).await;
    let failed = stack.invoke(JOB, json!({})).await.unwrap_err().to_string();
    assert!(
        failed.contains("the payment provider is not available")
            && failed.contains("providerRefunds"),
        "{failed}"
    );
    assert_eq!(lists(&stack), [1, 1]);
    stack.stripe_up().await;
    let report = stack.invoke(JOB, json!({})).await.unwrap();
    assert_eq!((&report["complete"], &report["pass"]["stage"]), (&json!(true), &json!("done")));
    assert_eq!(lists(&stack), [1, 2], "completed stages must not be repeated");

    let report = stack.invoke(JOB, Value::Null).await.unwrap();
    assert_eq!((&report["skipped"], lists(&stack)), (&json!("not-due"), [1, 2]));
    stack.clock.advance(24 * HOUR);
    assert_eq!(
        stack.invoke(JOB, json!({ "source": "aws.scheduler" })).await.unwrap()["complete"],
        true
    );
    assert_eq!(lists(&stack), [2, 3]);

    // A manual run in addition to the schedule, and its continuation with the returned pass.
    let since = json!({ "since": stack.clock.now() - HOUR });
    let report = stack.invoke(JOB, since).await.unwrap();
    assert_eq!(lists(&stack), [3, 4]);
    let on = json!({ "pass": { "stage": "openPayments", "beganAt": report["pass"]["beganAt"], "since": report["pass"]["since"] } });
    assert_eq!(stack.invoke(JOB, on).await.unwrap()["complete"], true);
    assert_eq!(lists(&stack), [3, 4]);
    stack
        .invoke(JOB, json!({ "until": "2026-01-01T00:00:00Z" }))
        .await
        .expect_err("an unknown member");
}

#[tokio::test]
async fn an_interrupted_pass_reads_each_page_once() {
    let stack = Stack::own().start();
    for _ in 0..205 {
        stack.stripe_order("/v1/payment_intents", &[("amount", "1000"), ("currency", "eur")]).await;
    }
    let ill = json!({ "operation": "GET /v1/payment_intents", "kind": "error_before", "probability": 0.6 });
    stack.stripe_faults(json!({ "seed": 3, "rules": [ill] })).await;
    let (mut interrupted, mut foreign) = (Vec::new(), 0);
    loop {
        match stack.invoke(JOB, json!({})).await {
            Ok(report) => {
                foreign += stats(&report, "foreign");
                break;
            }
            Err(error) => {
                let error = error.to_string();
                let report: Value =
                    serde_json::from_str(&error[error.find('{').unwrap()..]).unwrap();
                foreign += stats(&report, "foreign");
                interrupted.push(report["pass"]["after"].clone());
                assert!(interrupted.len() < 50, "the pass must end");
            }
        }
        // The breaker may have opened.
        stack.clock.advance(Duration::from_secs(31));
    }
    println!("3 pages, interrupted {} times", interrupted.len());
    assert!(
        interrupted.iter().any(Value::is_string),
        "expected an interruption between two pages: {interrupted:?}"
    );
    assert_eq!(foreign, 205);
}

#[tokio::test]
async fn concurrent_scheduled_runs_do_the_work_once() {
    let stack = Stack::own().start();
    let (one, other) = tokio::join!(stack.invoke(JOB, json!({})), stack.invoke(JOB, json!({})));
    let told = [one.unwrap(), other.unwrap()];
    let over = told.iter().filter(|told| told["pass"]["stage"] == "done").count();
    assert!(
        over >= 1
            && told.iter().all(|told| told["complete"] == true || told["skipped"] == "overtaken"),
        "{told:?}"
    );
    assert_eq!(stack.invoke(JOB, json!({})).await.unwrap()["skipped"], "not-due");
}

#[tokio::test]
async fn an_open_breaker_ends_a_run_without_a_call() {
    let stack = Stack::own().start();
    stack.stripe_down("refuse").await;
    for _ in 0..12 {
        let failed = stack.invoke(JOB, json!({})).await.unwrap_err().to_string();
        assert!(
            failed.contains("is not available") && failed.contains("providerPayments"),
            "{failed}"
        );
    }
    assert_eq!(lists(&stack), [10, 0], "the breaker must open after ten calls");
    stack.stripe_up().await;
    stack.clock.advance(Duration::from_secs(31));
    assert_eq!(stack.invoke(JOB, json!({})).await.unwrap()["complete"], true);
}

#[tokio::test]
async fn old_open_payments_and_refunds_are_checked_individually() {
    let stack = Stack::own().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let price = json!({ "unitPrice": { "amount": 1000, "currency": "EUR" }, "taxPercent": "0" });
    let product = catalogue::create(&admin, price).await;
    let (_, refunded) = user.pay(&stack, &[(&product, 1)], "4000000000007726").await;
    user.wait_for(&path(&refunded), "status", "succeeded").await;
    stack.wait_until_idle().await;
    stack.stripe_webhooks(json!({ "drop": 1.0 })).await;
    let (_, payment) = user.pay(&stack, &[(&product, 2)], GOOD_CARD).await;
    let refund =
        admin.refund(&refunded, &json!({ "reason": "duplicate" })).await.expect(201).text("id");
    stack.wait_until_idle().await;
    tokio::time::sleep(Duration::from_millis(1500)).await;

    // Stripe's lists contain nothing since this time.
    let young = |stack: &Stack| json!({ "pass": { "stage": "openPayments", "beganAt": stack.clock.now(), "since": stack.clock.now() } });
    assert_eq!(
        stats(&stack.invoke(JOB, young(&stack)).await.unwrap(), "looked"),
        0,
        "their webhooks may still arrive"
    );
    stack.clock.advance(25 * HOUR);
    let report = stack.invoke(JOB, young(&stack)).await.unwrap();
    assert_eq!(
        ["looked", "repaired", "found", "failed"].map(|count| stats(&report, count)),
        [2, 2, 0, 0],
        "{report}"
    );
    let user = user.signed_out().sign_in(&user.email, PASSWORD).await;
    assert_eq!(user.get(path(&payment)).await.expect(200).data()["status"], "succeeded");
    assert_eq!(
        user.get(format!("/api/v1/refunds/{refund}")).await.expect(200).data()["status"],
        "succeeded"
    );
    let again = stack.invoke(JOB, young(&stack)).await.unwrap();
    assert_eq!(["looked", "repaired"].map(|count| stats(&again, count)), [0, 0]);
}

#[tokio::test]
async fn a_stuck_payment_is_reported_and_cancelled_later() {
    let stack = Stack::own().start();
    let user = stack.user().await;
    let product = catalogue::stocked(&stack.admin().await, 5).await;
    let never = json!({ "rules": [{ "operation": "POST /v1/payment_intents/{id}/cancel", "kind": "error_before" }] });
    stack.stripe_faults(never).await;
    let order = user.order(&[(&product, 1)]).await.expect(201).text("id");
    let payment = user.start_payment(&order).await.expect(201).text("id");
    user.command(format!("/api/v1/orders/{order}/cancel")).await.expect(200);
    let pass = async || {
        stack.clock.advance(25 * HOUR);
        let report = stack.invoke(JOB, json!({})).await.unwrap();
        assert_eq!(report["complete"], true, "{report}");
        ["found", "resolved", "failed"].map(|count| stats(&report, count))
    };
    assert_eq!(pass().await, [0, 0, 1], "a failing item must not stop the others");
    assert_eq!(pass().await, [1, 0, 1], "it must be reported after two days");
    assert_eq!(
        pass().await,
        [0, 0, 2],
        "it is reported once, and fails as an open and as a differing payment"
    );
    stack.stripe_up().await;
    assert_eq!(pass().await, [0, 1, 0]);
    let user = user.signed_out().sign_in(&user.email, PASSWORD).await;
    assert_eq!(user.get(path(&payment)).await.expect(200).data()["status"], "cancelled");
}
