//! The catalogue.

mod archive;
mod create;
mod list;
mod read;
mod stock;
mod update;

/// Returns the path of a product.
pub(crate) fn path(id: &str) -> String {
    format!("/api/v1/products/{id}")
}
