//! The catalogue: the products that can be ordered, their prices, tax rates and stock.
//!
//! A product is created `active` and may later be `archived`; it is never deleted, because orders
//! refer to it. An archived product can't be ordered, is visible only to admins, and retains its
//! SKU.
//!
//! ```text
//! create ──▶ active ──archive──▶ archived
//! ```
//!
//! Whether a product's stock is tracked is decided when it is created. The stock itself isn't part
//! of the product's state: it is a counter item next to it ([`crate::keys::stock`]), so that buyers
//! don't conflict on the product's version, nor with changes of the description. Orders adjust the
//! counter and record that in their own events; manual corrections are events of the product
//! ([`ProductEvent::StockAdjusted`]).

mod product;
mod sku;
pub mod stock;
pub mod store;
mod tax_rate;
#[cfg(test)]
mod tests;

pub use product::{
    DESCRIPTION_LENGTH, MAX_STOCK, MAX_UNIT_PRICE, NAME_LENGTH, NewProduct, Product, ProductChange,
    ProductEvent, ProductStatus, REASON_LENGTH, adjust_stock, archive, create, update,
};
pub use sku::{Sku, SkuError};
pub use tax_rate::{TaxRate, TaxRateError};
