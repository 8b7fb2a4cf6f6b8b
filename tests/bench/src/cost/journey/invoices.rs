//! Invoices before payment.

use anyhow::Result;
use builder_tests::User;
use serde_json::json;

use crate::cost::Bill;

/// The job that an issued invoice causes: it writes the PDF.
const OF_ISSUE: [&str; 1] = ["write-document"];

/// Invoices an order on account, and voids the invoice.
pub(super) async fn issue_and_void(
    bill: &mut Bill,
    user: &User,
    admin: &User,
    product: &str,
) -> Result<()> {
    let order = user.order(&[(product, 3)]).await.expect(201).text("id");
    bill.begin(&OF_ISSUE).await;
    let invoice = bill.tell(admin, "issue-invoice", &order, &json!({})).await?.text("id");
    bill.end("an invoice that was issued", &OF_ISSUE).await;
    bill.ask(user, "list-invoices", "").await?;
    bill.ask(user, "get-invoice", &invoice).await?;
    bill.ask(user, "get-invoice-pdf", &invoice).await?;
    bill.ask(admin, "send-invoice", &invoice).await?;
    bill.ask(admin, "void-invoice", &invoice).await?;
    Ok(())
}
