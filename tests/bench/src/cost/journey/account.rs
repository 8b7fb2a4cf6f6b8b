//! The user's own profile and sessions.

use anyhow::{Context as _, Result};
use builder_tests::{PASSWORD, User};
use serde_json::json;

use crate::cost::Bill;

pub(super) async fn own(bill: &mut Bill, user: &User) -> Result<()> {
    bill.ask(user, "get-me", "").await?;
    bill.tell(user, "update-me", "", &json!({ "name": "Ada King" })).await?;
    bill.ask(user, "export-me", "").await?;

    let visitor = user.signed_out();
    visitor.sign_in(&user.email, PASSWORD).await;
    let sessions = bill.ask(user, "list-sessions", "").await?.data();
    let mut others =
        sessions.as_array().into_iter().flatten().filter(|session| session["current"] == false);
    let other = others
        .next()
        .and_then(|session| session["id"].as_str())
        .context("there is no other session")?;
    bill.ask(user, "end-session", other).await?;
    let third = visitor.sign_in(&user.email, PASSWORD).await;
    bill.ask(&third, "logout", "").await?;
    visitor.sign_in(&user.email, PASSWORD).await;
    bill.ask(user, "end-other-sessions", "").await?;
    Ok(())
}
