//! `GET /api/v1/products/{id}`

use builder_core::products::store;
use builder_core::users::Permission;
use builder_runtime::{Access, Call, Function, Reply, Result, Route};

use crate::shelf;
use crate::view::{ProductView, tagged};

/// The route.
#[must_use]
pub fn function() -> Function {
    Route::get("get-product", "/api/v1/products/{id}", Access::Permit(Permission::ProductsRead), get_product)
        .summary("Read a product. Archived ones are for admins")
        .tagged()
        .into()
}

async fn get_product(call: Call) -> Result<Reply<ProductView>> {
    let product = store::find(call.table(), shelf(call.caller()?), call.path("id")?).await?;
    Ok(tagged(Reply::ok(&ProductView::from(&product))?, &product))
}
