//! The response type of a product.

use builder_core::id::ProductId;
use builder_core::money::Money;
use builder_core::products::store::Stocked;
use builder_core::products::{ProductStatus, Sku, TaxRate};
use builder_runtime::Reply;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A product of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Product)]
pub struct ProductView {
    id: ProductId,
    sku: Sku,
    /// Its name.
    #[schema(example = "Blue mug")]
    name: String,
    /// The description; may be empty.
    #[schema(example = "Holds 330 ml.")]
    description: String,
    /// The price of one unit, excluding tax.
    unit_price: Money,
    tax_percent: TaxRate,
    /// The number of units in stock; null if stock isn't tracked.
    #[schema(required = true, example = 25)]
    stock: Option<u64>,
    status: ProductStatus,
    /// When it was created.
    #[schema(value_type = String, format = DateTime, example = "2026-11-21T01:00:00.123Z")]
    created_at: Timestamp,
    /// When it was last changed. Changes of the stock by orders don't count.
    #[schema(value_type = String, format = DateTime, example = "2026-11-21T01:00:00.123Z")]
    updated_at: Timestamp,
}

impl From<&Stocked> for ProductView {
    fn from(Stocked { product, stock }: &Stocked) -> Self {
        let product = product.state.clone();
        Self {
            id: product.id,
            sku: product.sku,
            name: product.name,
            description: product.description,
            unit_price: product.unit_price,
            tax_percent: product.tax_percent,
            stock: *stock,
            status: product.status,
            created_at: product.created_at,
            updated_at: product.updated_at,
        }
    }
}

/// Returns the path of a product.
pub(crate) fn location(Stocked { product, .. }: &Stocked) -> String {
    format!("/api/v1/products/{}", product.state.id)
}

/// Adds the `ETag` of the representation: sales change the stock but not the product's version.
pub(crate) fn tagged(
    reply: Reply<ProductView>,
    Stocked { product, stock }: &Stocked,
) -> Reply<ProductView> {
    match stock {
        Some(stock) => reply.etag_with(product.version, stock),
        None => reply.etag(product.version),
    }
}
