//! A product's state, its events, and the decisions about it. No I/O.

use builder_store::aggregate::{Aggregate, Listed};
use builder_store::error::{Error, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::ProductId;
use crate::keys;
use crate::money::Money;
use crate::products::{Sku, TaxRate};

/// The maximum number of characters of a name.
pub const NAME_LENGTH: usize = 200;
/// The maximum number of characters of a description.
pub const DESCRIPTION_LENGTH: usize = 2_000;
/// The maximum number of characters of the reason of a stock adjustment.
pub const REASON_LENGTH: usize = 200;
/// The maximum unit price, in minor units. The minimum is 0.
pub const MAX_UNIT_PRICE: i64 = 100_000_000_000;
/// The maximum stock at creation or after an adjustment.
pub const MAX_STOCK: u32 = 1_000_000_000;

/// A product of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// The ID.
    pub id: ProductId,
    /// The seller's stock-keeping unit.
    pub sku: Sku,
    /// The name, also on orders.
    pub name: String,
    /// The description; may be empty.
    pub description: String,
    /// The price of one unit, excluding tax.
    pub unit_price: Money,
    /// The tax rate in percent.
    pub tax_percent: TaxRate,
    /// Whether it can be ordered.
    pub status: ProductStatus,
    /// Whether its stock is tracked. Never changes.
    pub tracks_stock: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed; changes of stock by orders don't count.
    pub updated_at: Timestamp,
}

/// Whether a product can be ordered.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, strum::Display,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum ProductStatus {
    /// Listed, and can be ordered.
    Active,
    /// Permanently removed from the catalogue.
    Archived,
}

/// The data of a new product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProduct {
    /// See [`Product::sku`].
    pub sku: Sku,
    /// 1 to [`NAME_LENGTH`] characters.
    pub name: String,
    /// At most [`DESCRIPTION_LENGTH`] characters.
    pub description: String,
    /// 0 to [`MAX_UNIT_PRICE`].
    pub unit_price: Money,
    /// See [`Product::tax_percent`].
    pub tax_percent: TaxRate,
    /// The initial stock, at most [`MAX_STOCK`]; `None` if it isn't tracked.
    pub stock: Option<u32>,
}

/// A change of a product; `None` leaves a member unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductChange {
    /// See [`NewProduct::sku`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<Sku>,
    /// See [`NewProduct::name`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// See [`NewProduct::description`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// See [`NewProduct::unit_price`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Money>,
    /// See [`NewProduct::tax_percent`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_percent: Option<TaxRate>,
}

/// The events of a product. `at` is the time of the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of `NewProduct` and `ProductChange`")]
pub enum ProductEvent {
    /// It was created.
    #[serde(rename = "product.created")]
    Created {
        id: ProductId,
        sku: Sku,
        name: String,
        description: String,
        unit_price: Money,
        tax_percent: TaxRate,
        stock: Option<u32>,
        at: Timestamp,
    },
    /// It was changed; contains only the changed members.
    #[serde(rename = "product.updated")]
    Updated {
        #[serde(flatten)]
        changed: ProductChange,
        at: Timestamp,
    },
    /// It was archived.
    #[serde(rename = "product.archived")]
    Archived { at: Timestamp },
    /// Its stock was adjusted manually.
    #[serde(rename = "product.stock_adjusted")]
    StockAdjusted { delta: i64, reason: String, at: Timestamp },
}

impl Aggregate for Product {
    type Event = ProductEvent;

    const KIND: &'static str = "product";

    fn apply(state: Option<Self>, event: &ProductEvent) -> Option<Self> {
        match (state, event.clone()) {
            (
                None,
                ProductEvent::Created {
                    id,
                    sku,
                    name,
                    description,
                    unit_price,
                    tax_percent,
                    stock,
                    at,
                },
            ) => Some(Self {
                id,
                sku,
                name,
                description,
                unit_price,
                tax_percent,
                status: ProductStatus::Active,
                tracks_stock: stock.is_some(),
                created_at: at,
                updated_at: at,
            }),
            (Some(product), ProductEvent::Updated { changed, at }) => Some(Self {
                sku: changed.sku.unwrap_or(product.sku),
                name: changed.name.unwrap_or(product.name),
                description: changed.description.unwrap_or(product.description),
                unit_price: changed.unit_price.unwrap_or(product.unit_price),
                tax_percent: changed.tax_percent.unwrap_or(product.tax_percent),
                updated_at: at,
                ..product
            }),
            (Some(product), ProductEvent::Archived { at }) => {
                Some(Self { status: ProductStatus::Archived, updated_at: at, ..product })
            }
            (Some(product), ProductEvent::StockAdjusted { at, .. }) => {
                Some(Self { updated_at: at, ..product })
            }
            (state, _) => state,
        }
    }

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn listed(&self) -> Listed {
        let id = self.id.as_u128();
        Listed {
            all: Some(keys::sharded(&keys::listing(Self::KIND), id)),
            by_status: Some(keys::sharded(&keys::listing_by_status(Self::KIND, self.status), id)),
            ..Listed::default()
        }
    }
}

/// Creates a product.
#[must_use]
pub fn create(id: ProductId, new: NewProduct, at: Timestamp) -> ProductEvent {
    let NewProduct { sku, name, description, unit_price, tax_percent, stock } = new;
    ProductEvent::Created { id, sku, name, description, unit_price, tax_percent, stock, at }
}

/// Changes a product; does nothing if nothing would be different.
///
/// # Errors
/// `product-archived`.
pub fn update(
    product: &Product,
    change: ProductChange,
    at: Timestamp,
) -> Result<Vec<ProductEvent>> {
    if product.status == ProductStatus::Archived {
        return Err(Error::refused("product-archived", "An archived product can't be changed."));
    }
    let changed = ProductChange {
        sku: change.sku.filter(|sku| *sku != product.sku),
        name: change.name.filter(|name| *name != product.name),
        description: change.description.filter(|description| *description != product.description),
        unit_price: change.unit_price.filter(|price| *price != product.unit_price),
        tax_percent: change.tax_percent.filter(|rate| *rate != product.tax_percent),
    };
    Ok(if changed == ProductChange::default() {
        Vec::new()
    } else {
        vec![ProductEvent::Updated { changed, at }]
    })
}

/// Archives a product; does nothing if it is already archived.
#[must_use]
pub fn archive(product: &Product, at: Timestamp) -> Vec<ProductEvent> {
    match product.status {
        ProductStatus::Active => vec![ProductEvent::Archived { at }],
        ProductStatus::Archived => Vec::new(),
    }
}

/// Adjusts a product's stock manually, for example after a delivery, a loss or a recount. This also
/// works for archived products.
///
/// # Errors
/// `stock-not-tracked`. Sufficient stock is a condition of the write.
pub fn adjust_stock(
    product: &Product,
    delta: i64,
    reason: String,
    at: Timestamp,
) -> Result<Vec<ProductEvent>> {
    if !product.tracks_stock {
        return Err(Error::refused(
            "stock-not-tracked",
            "The stock of this product isn't tracked, so it can't be adjusted.",
        ));
    }
    Ok(vec![ProductEvent::StockAdjusted { delta, reason, at }])
}
