//! A user that isn't signed in.

use anyhow::Result;
use builder_tests::{PASSWORD, Tokens, User, Visitor};
use serde_json::json;

use crate::cost::Bill;

/// Calls the routes that need no account.
pub(super) async fn look_around(bill: &mut Bill) -> Result<()> {
    let visitor = bill.stack.visitor();
    for function in
        ["health", "ready", "docs", "openapi", "jwks", "list-oidc-providers", "not-found"]
    {
        bill.ask(&visitor, function, "").await?;
    }
    bill.ask(&visitor, "docs-asset", "swagger-ui.css").await?;
    bill.ask(&visitor, "problem", "out-of-stock").await?;
    Ok(())
}

/// Registers a user, up to the first refreshed token.
pub(super) async fn register(bill: &mut Bill) -> Result<User> {
    let (visitor, email) = (bill.stack.visitor(), Visitor::fresh_email());
    bill.tell(&visitor, "register", "", &json!({ "email": email })).await?;
    bill.tell(&visitor, "resend-verification", "", &json!({ "email": email })).await?;
    let token = visitor.mail(&email, "verify").await.token();
    let account = json!({ "token": token, "password": PASSWORD, "name": "Ada Lovelace" });
    bill.tell(&visitor, "verify-email", "", &account).await?;
    let tokens = Tokens::of(
        &bill.tell(&visitor, "login", "", &json!({ "email": email, "password": PASSWORD })).await?,
    );
    let answer = bill
        .tell(&visitor, "refresh-token", "", &json!({ "refreshToken": tokens.refresh }))
        .await?;
    Ok(visitor.signed_in(&email, &answer))
}
