//! The product catalogue: prices, tax rates and stock.

pub mod adjust_stock;
pub mod archive_product;
pub mod create_product;
pub mod get_product;
mod input;
pub mod list_products;
pub mod update_product;
mod view;

use builder_core::products::store::Visibility;
use builder_identity::role::Permission;
use builder_runtime::{Caller, Function};
pub use view::ProductView;

/// Returns all functions of this domain.
#[must_use]
pub fn functions() -> Vec<Function> {
    vec![
        create_product::function(),
        list_products::function(),
        get_product::function(),
        update_product::function(),
        archive_product::function(),
        adjust_stock::function(),
    ]
}

/// Returns which products a caller may see: archived ones only with permission to edit products.
fn visibility(caller: &Caller) -> Visibility {
    if caller.may(Permission::ProductsWrite) { Visibility::Everything } else { Visibility::Active }
}
