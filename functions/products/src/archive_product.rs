//! `DELETE /api/v1/products/{id}`

use builder_core::keys::PRODUCT;
use builder_core::products::store::{self, Visibility};
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Empty, Function, Reply, Resources, Result, Route};

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::delete(
            "archive-product",
            "/api/v1/products/{id}",
            Access::Permit(Permission::ProductsWrite),
            archive_product,
        )
        .summary("Archive a product")
        .description(
            "An archived product can no longer be ordered. It keeps its SKU, and existing orders \
             don't change.",
        ),
        Resources::new().get([PRODUCT]).put([PRODUCT]),
    )
}

async fn archive_product(call: Call) -> Result<Reply<Empty>> {
    let wanted = call.if_match()?;
    let before = store::find_bare(call.table(), Visibility::Everything, call.path("id")?).await?;
    wanted.check(before.version)?;
    let (commit, _) = store::archive(&call.context(), &before)?;
    Ok(call.commit(commit, Reply::no_content()).await?)
}
