//! `GET /api/v1/products`

use builder_core::keys::{PRODUCT, PRODUCTS};
use builder_core::products::ProductStatus;
use builder_core::products::store::{self, Visibility};
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Many, Query, Reply, Resources, Result, Route};
use builder_store::error::Error;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::view::ProductView;
use crate::visibility;

/// Filters for products.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListProducts {
    /// The maximum number of items; 20 if omitted.
    #[garde(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100)]
    limit: Option<u8>,
    /// The cursor of the previous page.
    #[garde(inner(custom(builder_runtime::is_cursor)))]
    cursor: Option<String>,
    /// Only products with this status. If omitted, admins get all products; others, active ones.
    #[garde(skip)]
    status: Option<ProductStatus>,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "list-products",
            "/api/v1/products",
            Access::Permit(Permission::ProductsRead),
            list_products,
        )
        .summary("List products")
        .description(
            "Returns products, newest first. Archived products are visible to admins only.",
        ),
        Resources::new()
            .secrets(["CURSOR_SECRET"])
            .batch_get([PRODUCT])
            .query_index("gsi2", [PRODUCTS])
            .query_index("gsi3", [PRODUCTS]),
    )
}

async fn list_products(
    call: Call,
    Query(query): Query<ListProducts>,
) -> Result<Reply<Many<ProductView>>> {
    let status = match (visibility(call.caller()?), query.status) {
        (Visibility::Everything, status) => status,
        (Visibility::Active, None | Some(ProductStatus::Active)) => Some(ProductStatus::Active),
        (Visibility::Active, Some(ProductStatus::Archived)) => {
            return Err(Error::Forbidden(
                "Only admins can list archived products. Leave out the status, or use active."
                    .into(),
            )
            .into());
        }
    };
    let scope = status.map_or_else(|| "all".to_owned(), |status| status.to_string());
    let paging = call.paging(query.limit, query.cursor.as_deref(), scope).await?;
    let page = store::list(call.table(), status, paging.after.as_deref(), paging.limit).await?;
    call.page(&page.map(|product| ProductView::from(&product)), &paging).await
}
