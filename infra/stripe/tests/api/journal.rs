//! What survives the end of the process.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use builder_stripe::{Options, Stripe};
use serde_json::json;

use crate::common::{Caller, Local, SECRET, text, until};
use crate::sink::Sink;

fn kept_in(directory: &Path) -> Options {
    Options { data_dir: Some(directory.to_owned()), retry_scale: 0.000_1, ..Options::default() }
}

/// The program in a process of its own.
struct Program {
    child: Child,
    caller: Caller,
}

impl Program {
    fn start(directory: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_local-stripe"));
        command.args(["--port", "0", "--data-dir"]).arg(directory).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, caller: Caller::new(line.trim(), SECRET) }
    }
}

impl Drop for Program {
    /// Kills the process, like `kill -9`.
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[tokio::test]
async fn everything_survives_kill_9() {
    let directory = tempfile::tempdir().unwrap();
    let form = [
        ("amount", "1000"),
        ("currency", "eur"),
        ("payment_method", "pm_card_visa"),
        ("payment_method_types[]", "card"),
        ("confirm", "true"),
    ];
    let program = Program::start(directory.path());
    let paid = program.caller.post_once("k", "/v1/payment_intents", &form).await.ok();
    let refund = program
        .caller
        .post("/v1/refunds", &[("payment_intent", text(&paid, "/id")), ("amount", "1")])
        .await
        .ok();
    program.caller.pay("pm_card_visa_chargeDeclined").await.error(402);
    let waiting = program.caller.pay("pm_card_authenticationRequired").await.ok();
    let before = program.caller.look("/summary").await;
    let events = program.caller.get("/v1/events", &[("limit", "100")]).await.ok();
    drop(program);

    let program = Program::start(directory.path());
    let caller = &program.caller;
    assert_eq!(caller.look("/summary").await, before);
    let ids = |list: &serde_json::Value| {
        list["data"].as_array().unwrap().iter().map(|event| event["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        ids(&caller.get("/v1/events", &[("limit", "100")]).await.ok()),
        ids(&events),
        "in the same order"
    );
    assert_eq!(
        caller.get(&format!("/v1/refunds/{}", text(&refund, "/id")), &[]).await.ok(),
        refund
    );
    let again = caller.post_once("k", "/v1/payment_intents", &form).await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.ok(), paid);
    // The server may have another port now; the authentication continues there.
    let waiting =
        caller.get(&format!("/v1/payment_intents/{}", text(&waiting, "/id")), &[]).await.ok();
    let page = text(&waiting, "/next_action/use_stripe_sdk/stripe_js");
    assert!(page.starts_with(&caller.url));
    caller.http.post(page).body("outcome=complete").send().await.unwrap();
    assert_eq!(caller.look("/summary").await["charges"]["succeeded"]["count"], 2);
}

#[tokio::test]
async fn a_torn_last_line_is_dropped_and_the_journal_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let local = Local::with(kept_in(directory.path())).await;
    let kept = local.intent().await;
    local.stripe.close().await;
    let path = directory.path().join("stripe.jsonl");
    let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(br#"{"intents":[{"id":"pi_torn","#).unwrap();
    drop(file);
    for _ in 0..2 {
        let local = Local::with(kept_in(directory.path())).await;
        local.get(&format!("/v1/payment_intents/{}", text(&kept, "/id")), &[]).await.ok();
        local.intent().await;
        local.stripe.close().await;
    }
    let local = Local::with(kept_in(directory.path())).await;
    assert_eq!(local.stripe.summary().payment_intents["requires_payment_method"].count, 3);
}

#[tokio::test]
async fn a_broken_line_before_the_last_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("stripe.jsonl"), "{}\n{\"intents\":1}\n{}\n").unwrap();
    let error = Stripe::start(kept_in(directory.path())).await.unwrap_err();
    assert!(error.to_string().contains("stripe.jsonl, line 2"), "{error}");
}

#[tokio::test]
async fn a_directory_has_one_user() {
    let directory = tempfile::tempdir().unwrap();
    let first = Stripe::start(kept_in(directory.path())).await.unwrap();
    let error = Stripe::start(kept_in(directory.path())).await.unwrap_err();
    assert!(error.to_string().contains("used by another"), "{error}");
    first.close().await;
    Stripe::start(kept_in(directory.path())).await.unwrap().close().await;
}

#[tokio::test]
async fn undelivered_events_are_delivered_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let refusing = Sink::start(usize::MAX).await;
    let slow = Options {
        webhook: Some(refusing.endpoint.clone()),
        retry_scale: 1.0,
        ..kept_in(directory.path())
    };
    let local = Local::with(slow).await;
    local.intent().await;
    until(|| async { refusing.got().len() == 1 }).await;
    local.stripe.close().await;

    let sink = Sink::start(0).await;
    let local = Local::with(kept_in(directory.path())).await;
    assert_eq!(local.stripe.summary().pending_events, 1);
    local.stripe.set_webhook(sink.endpoint.clone());
    until(|| async { local.stripe.summary().pending_events == 0 }).await;
    assert_eq!(sink.taken(), ["payment_intent.created"]);
    assert_eq!(sink.got()[0].event["id"], refusing.got()[0].event["id"]);
}

#[tokio::test]
async fn overdue_deliveries_are_made_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let local =
        Local::with(Options { refunds_settle_after_ms: 300, ..kept_in(directory.path()) }).await;
    let paid = local.pay("pm_card_refundFail").await.ok();
    local.post("/v1/refunds", &[("payment_intent", text(&paid, "/id"))]).await.ok();
    local.stripe.close().await;
    let local = Local::with(kept_in(directory.path())).await;
    until(|| async { local.stripe.summary().refunds.contains_key("failed") }).await;
    assert_eq!(local.stripe.summary().balance["eur"].amount, 1000);
    assert_eq!(
        json!(local.stripe.summary().refunds),
        json!({"failed": {"count": 1, "amount": {"eur": 1000}}})
    );
}
