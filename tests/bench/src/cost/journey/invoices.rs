//! Invoices before payment.

use anyhow::Result;
use builder_tests::User;
use serde_json::json;

use crate::cost::Bill;

/// An order on account, whose invoice is then declared void.
pub(super) async fn issue_and_void(bill: &mut Bill, user: &User, admin: &User, product: &str) -> Result<()> {
    let order = user.order(&[(product, 3)]).await.expect(201).text("id");
    let invoice = bill.tell(admin, "issue-invoice", &order, &json!({})).await?.text("id");
    bill.ask(user, "list-invoices", "").await?;
    bill.ask(user, "get-invoice", &invoice).await?;
    bill.ask(admin, "send-invoice", &invoice).await?;
    bill.ask(admin, "void-invoice", &invoice).await?;
    Ok(())
}
