//! The worker that writes the files of invoices: its real binary with our own Runtime API, without
//! other work in its process.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use builder_tests::aws::DATA_TABLE;
use builder_tests::{Stack, catalogue, fresh_key, repository};
use serde_json::{Value, json};

use super::PATIENCE;
use crate::function::runtime_api::Instance;
use crate::stats::{mib, ms, percentile};

const FUNCTION: &str = "write-document";
/// The number of lines of an invoice.
const LINES: [usize; 2] = [3, 50];

/// Measures the writing of PDFs with electronic invoices in them.
///
/// # Errors
/// If a file is not written.
pub async fn measure(binaries: &Path, times: usize) -> Result<()> {
    println!(
        "\n| lines | first ms | p50 ms | p95 ms | processor ms | peak MiB | file KiB \
         |\n|--:|--:|--:|--:|--:|--:|--:|"
    );
    for lines in LINES {
        let stack = Stack::own().unlimited().start();
        introduce(&stack).await?;
        let invoice = issue(&stack, lines).await?;
        stack.wait_until_idle_within(PATIENCE).await;
        let environment = stack.environment(FUNCTION).context("no such function")?;
        let (mut instance, _) = Instance::start(&binaries.join(FUNCTION), &environment).await?;
        let (mut took, mut before) = (Vec::new(), Duration::ZERO);
        for number in 0..=times {
            forget_file(&stack, &invoice).await?;
            let (answer, time) = instance.invoke(&message(&invoice)?).await?;
            ensure!(answer["batchItemFailures"].as_array().is_none_or(Vec::is_empty), "{answer}");
            took.push(time);
            if number == 0 {
                before = instance.cpu().await?;
            }
        }
        let cpu = (instance.cpu().await? - before) / u32::try_from(times)?;
        let first = took.remove(0);
        let admin = stack.admin().await;
        let file =
            admin.get(format!("/api/v1/invoices/{invoice}")).await.expect(200).data()["file"]
                .clone();
        ensure!(file["electronic"] == true, "no electronic invoice: {file}");
        println!(
            "| {lines} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {} |",
            ms(first),
            ms(percentile(&mut took, 50.0)),
            ms(percentile(&mut took, 95.0)),
            ms(cpu),
            mib(instance.peak_memory()?),
            file["bytes"].as_u64().unwrap_or_default() / 1024
        );
    }
    Ok(())
}

/// Sets the seller, as electronic invoices require.
async fn introduce(stack: &std::sync::Arc<Stack>) -> Result<()> {
    let admin = stack.admin().await;
    let sample: Value =
        serde_json::from_slice(&std::fs::read(repository().join("events/replace-settings.json"))?)?;
    let settings: Value =
        serde_json::from_str(sample["body"].as_str().context("the sample event has no body")?)?;
    admin.put("/api/v1/settings", &settings).if_match("*").await.expect(200);
    let address = json!({ "name": "Ada Lovelace", "lines": ["12 St James's Square"], "city": "London", "country": "GB" });
    admin
        .patch("/api/v1/me", &json!({ "billingAddress": address }))
        .if_match("*")
        .await
        .expect(200);
    Ok(())
}

/// Issues the invoice of an order with this many lines.
async fn issue(stack: &std::sync::Arc<Stack>, lines: usize) -> Result<String> {
    let admin = stack.admin().await;
    let mut items = Vec::new();
    for _ in 0..lines {
        items.push(
            json!({ "productId": catalogue::create(&admin, json!({})).await, "quantity": 2 }),
        );
    }
    let order = admin
        .post("/api/v1/orders", &json!({ "items": items }))
        .key(fresh_key())
        .await
        .expect(201)
        .text("id");
    let issued = admin
        .post(format!("/api/v1/orders/{order}/invoices"), &json!({}))
        .key(fresh_key())
        .await
        .expect(201);
    Ok(issued.text("id"))
}

/// Resets the invoice to its state before its file was written. The file itself remains, so that
/// the worker finds it when it puts its own, which costs one more call.
async fn forget_file(stack: &Stack, invoice: &str) -> Result<()> {
    let items = stack.aws().items(DATA_TABLE).await;
    let of_invoice = |item: &&Value| {
        item["pk"]["S"].as_str().is_some_and(|pk| pk.ends_with(invoice))
            && item["sk"]["S"] == "STATE"
    };
    let mut item = items.iter().find(of_invoice).context("no such invoice")?.clone();
    let mut state: Value =
        serde_json::from_str(item["state"]["S"].as_str().context("a state is a text")?)?;
    ensure!(state["file"].take().is_object(), "the invoice has no file");
    item["state"]["S"] = state.to_string().into();
    stack.aws().put_item(DATA_TABLE, &item).await;
    Ok(())
}

/// Returns the message that the invoice was issued.
fn message(invoice: &str) -> Result<Value> {
    let mut batch: Value =
        serde_json::from_slice(&std::fs::read(repository().join("events/write-document.json"))?)?;
    let mut event: Value = serde_json::from_str(
        batch["Records"][0]["body"].as_str().context("the sample event has no body")?,
    )?;
    event["aggregateId"] = invoice.into();
    batch["Records"][0]["body"] = event.to_string().into();
    Ok(batch)
}
