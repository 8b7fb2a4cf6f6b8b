//! Sign-in with an OpenID provider.

use anyhow::Result;
use builder_tests::{Answer, User, Visitor};
use serde_json::{Value, json};

use crate::cost::Bill;
use crate::cost::bill::PROVIDER;

/// Creates an account with the provider, signs in to it, and links the provider to an existing
/// account.
pub(super) async fn link(bill: &mut Bill, user: &User) -> Result<()> {
    let (visitor, email) = (bill.stack.visitor(), Visitor::fresh_email());
    let person =
        json!({ "sub": email, "email": email, "email_verified": true, "name": "Grace Hopper" });
    for _ in 0..2 {
        let started = bill.tell(&visitor, "start-oidc", PROVIDER, &json!({})).await?;
        let returned = returned(bill, &started, &person);
        bill.tell(&visitor, "finish-oidc", PROVIDER, &returned).await?;
    }
    let started = bill.ask(user, "start-identity-link", PROVIDER).await?;
    let returned = returned(bill, &started, &json!({ "sub": format!("other {email}") }));
    bill.tell(user, "link-identity", PROVIDER, &returned).await?;
    bill.ask(user, "list-identities", "").await?;
    bill.ask(user, "unlink-identity", PROVIDER).await?;
    Ok(())
}

/// Returns the parameters of the redirect back from the provider.
fn returned(bill: &Bill, started: &Answer, person: &Value) -> Value {
    let returned = bill.provider.agree(&started.text("authorizationUrl"), person);
    json!({ "code": returned.code, "state": returned.state, "flowSecret": started.text("flowSecret") })
}
