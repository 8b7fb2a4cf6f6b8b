//! A change of the e-mail address, and the deletion of an account.

use anyhow::Result;
use builder_tests::Visitor;
use serde_json::json;

use crate::cost::Bill;

/// Registers a user who changes the address and undoes it, and one who deletes the account.
pub(super) async fn change_and_leave(bill: &mut Bill) -> Result<()> {
    let user = bill.stack.user().await;
    let (visitor, email) = (user.signed_out(), Visitor::fresh_email());
    bill.tell(&user, "change-email", "", &json!({ "email": email })).await?;
    let token = visitor.mail(&email, "confirm your new").await.token();
    bill.tell(&visitor, "confirm-email-change", "", &json!({ "token": token })).await?;
    let token = visitor.mail(&user.email, "was changed").await.token();
    bill.tell(&visitor, "undo-email-change", "", &json!({ "token": token })).await?;
    let leaving = bill.stack.user().await;
    bill.ask(&leaving, "delete-me", "").await?;
    Ok(())
}
