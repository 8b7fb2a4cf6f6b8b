//! Another e-mail address, and the end of an account.

use anyhow::Result;
use builder_tests::Visitor;
use serde_json::json;

use crate::cost::Bill;

/// Somebody who changes the address and undoes it, and somebody who wants the account deleted.
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
