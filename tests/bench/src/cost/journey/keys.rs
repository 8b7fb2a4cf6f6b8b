//! API keys.

use anyhow::Result;
use builder_tests::User;
use serde_json::json;

use crate::cost::Bill;

pub(super) async fn manage(bill: &mut Bill, user: &User, admin: &User) -> Result<()> {
    let key = json!({ "name": "Warehouse", "scopes": ["orders:read"] });
    let id = bill.tell(user, "create-api-key", "", &key).await?.text("id");
    bill.ask(user, "list-api-keys", "").await?;
    bill.ask(user, "get-api-key", &id).await?;
    bill.ask(user, "revoke-api-key", &id).await?;
    let (owner, id) =
        (user.id().await, user.post("/api/v1/api-keys", &key).await.expect(201).text("id"));
    bill.ask(admin, "list-user-api-keys", &owner).await?;
    bill.ask(admin, "revoke-user-api-key", &format!("{owner}/{id}")).await?;
    Ok(())
}
