//! `GET /api/v1/invoices`

use builder_core::invoices::{InvoiceStatus, store};
use builder_core::keys::INVOICES;
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Many, Query, Reply, Resources, Result, Route};
use builder_store::id::UserId;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::owner;
use crate::view::InvoiceView;

/// Filters for invoices and credit notes.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListInvoices {
    /// The maximum number of items; 20 if omitted.
    #[garde(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100)]
    limit: Option<u8>,
    /// The cursor of the previous page.
    #[garde(inner(custom(builder_runtime::is_cursor)))]
    cursor: Option<String>,
    /// Only documents with this status.
    #[garde(skip)]
    status: Option<InvoiceStatus>,
    /// Only documents of this user. Admins only; others see only their own.
    #[garde(skip)]
    user_id: Option<UserId>,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "list-invoices",
            "/api/v1/invoices",
            Access::Permit(Permission::InvoicesRead),
            list_invoices,
        )
        .summary("List invoices and credit notes")
        .description("Returns the caller's documents, newest first; for admins, all documents."),
        Resources::new()
            .secrets(["CURSOR_SECRET"])
            .query_index("gsi1", [INVOICES])
            .query_index("gsi2", [INVOICES])
            .query_index("gsi3", [INVOICES]),
    )
}

async fn list_invoices(
    call: Call,
    Query(query): Query<ListInvoices>,
) -> Result<Reply<Many<InvoiceView>>> {
    let owner = owner(call.caller()?).narrowed_to(query.user_id)?;
    let scope = format!("{owner:?} {:?}", query.status);
    let paging = call.paging(query.limit, query.cursor.as_deref(), scope).await?;
    let page =
        store::list(call.table(), owner, query.status, paging.after.as_deref(), paging.limit)
            .await?;
    call.page(&page.map(|invoice| InvoiceView::from(&invoice.state)), &paging).await
}
