//! The catalogue: what can be ordered, at which price and tax rate, and how much of it is there.
//!
//! A product is created `active` and may one day be `archived`; it is never deleted, since orders
//! speak of it. An archived product can't be ordered, is seen by admins only, and keeps its sku.
//!
//! ```text
//! create ──▶ active ──archive──▶ archived
//! ```
//!
//! Whether a product's stock is tracked is settled when it is created. The stock itself is no part
//! of the product's state: it is a counter item beside it ([`crate::keys::stock`]), so that buyers
//! don't compete for the product's version, and a change of the description doesn't compete with
//! buyers. Orders move the counter and say so in their own events; what people correct by hand is
//! an event of the product ([`ProductEvent::StockAdjusted`]).

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
