//! `GET /api/v1/products/{id}`

use builder_core::keys::PRODUCT;
use builder_core::products::store;
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Reply, Resources, Result, Route};

use crate::view::{ProductView, tagged};
use crate::visibility;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "get-product",
            "/api/v1/products/{id}",
            Access::Permit(Permission::ProductsRead),
            get_product,
        )
        .summary("Retrieve a product")
        .description("Returns a product. Archived products are visible to admins only.")
        .with_etag(),
        Resources::new().batch_get([PRODUCT]),
    )
}

async fn get_product(call: Call) -> Result<Reply<ProductView>> {
    let product = store::find(call.table(), visibility(call.caller()?), call.path("id")?).await?;
    Ok(tagged(Reply::ok(&ProductView::from(&product))?, &product))
}
