//! The routes for admins only.

use anyhow::{Context as _, Result};
use builder_tests::{User, repository};
use serde_json::{Value, json};

use crate::cost::Bill;

/// Reads the audit trail and the change feed.
pub(super) async fn look(bill: &mut Bill, admin: &User) -> Result<()> {
    bill.ask(admin, "list-audit-events", "").await?;
    bill.ask(admin, "list-events", "").await?;
    Ok(())
}

/// Changes the settings of the deployment to those of the sample event.
pub(super) async fn settings(bill: &mut Bill, admin: &User) -> Result<()> {
    let mut settings = sample("replace-settings")?;
    // Changed every time, or nothing would be written.
    settings["invoices"]["footer"] = format!("Thank you {}.", fastrand::u32(..)).into();
    bill.ask(admin, "get-settings", "").await?;
    bill.tell(admin, "replace-settings", "", &settings).await?;
    bill.ask(admin, "security-txt", "").await?;
    let mut logo = sample("replace-logo")?;
    // Bytes after the end of a PNG change nothing but its hash.
    let image =
        logo["image"].as_str().context("the sample event has no image")?.replace("==", "AA");
    logo["image"] = format!("{image}{:08}", fastrand::u32(..100_000_000)).into();
    bill.tell(admin, "replace-logo", "", &logo).await?;
    bill.ask(admin, "list-settings-events", "").await?;
    Ok(())
}

/// Returns the body of a sample event.
fn sample(function: &str) -> Result<Value> {
    let event = std::fs::read(repository().join(format!("events/{function}.json")))
        .context("there is no sample event")?;
    let event: Value = serde_json::from_slice(&event)?;
    Ok(serde_json::from_str(event["body"].as_str().context("the sample event has no body")?)?)
}

/// Manages a user, who is erased in the end.
pub(super) async fn manage(bill: &mut Bill, admin: &User, user: &User) -> Result<()> {
    let id = user.id().await;
    bill.ask(admin, "list-users", "").await?;
    bill.ask(admin, "get-user", &id).await?;
    bill.tell(admin, "update-user", &id, &json!({ "role": "admin" })).await?;
    bill.ask(admin, "list-user-events", &id).await?;
    bill.ask(admin, "end-user-sessions", &id).await?;
    bill.ask(admin, "erase-user", &id).await?;
    Ok(())
}
