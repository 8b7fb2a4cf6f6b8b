//! A product's state, what can happen to it, and who decides so. No I/O.

use builder_store::aggregate::{Aggregate, Listed};
use builder_store::error::{Error, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::ProductId;
use crate::keys;
use crate::money::Money;
use crate::products::{Sku, TaxRate};

/// The most characters of a name.
pub const NAME_LENGTH: usize = 200;
/// The most characters of a description.
pub const DESCRIPTION_LENGTH: usize = 2_000;
/// The most characters of the reason of a stock adjustment.
pub const REASON_LENGTH: usize = 200;
/// The highest unit price, in minor units. The lowest is 0.
pub const MAX_UNIT_PRICE: i64 = 100_000_000_000;
/// The most pieces a counter starts with or is adjusted to.
pub const MAX_STOCK: u32 = 1_000_000_000;

/// A product of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// The seller's own number of it.
    pub sku: Sku,
    /// What it is called, on orders too.
    pub name: String,
    /// The description; may be empty.
    pub description: String,
    /// The price of one unit, excluding tax.
    pub unit_price: Money,
    /// The tax amount.
    pub tax_percent: TaxRate,
    /// Whether it can be ordered.
    pub status: ProductStatus,
    /// Whether its pieces are counted. Never changes.
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
    /// Out of the catalogue for good.
    Archived,
}

/// What a product is created with.
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
    /// How many there are, at most [`MAX_STOCK`]; `None` when they aren't counted.
    pub stock: Option<u32>,
}

/// What about a product is to be different; `None` stays as it is.
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

/// What can happen to a product. `at` is when it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of `NewProduct` and `ProductChange`")]
pub enum ProductEvent {
    /// It came into the catalogue.
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
    /// Something about it is different; holds only that.
    #[serde(rename = "product.updated")]
    Updated {
        #[serde(flatten)]
        changed: ProductChange,
        at: Timestamp,
    },
    /// It went out of the catalogue.
    #[serde(rename = "product.archived")]
    Archived { at: Timestamp },
    /// Somebody corrected its stock.
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

/// A new product comes into the catalogue.
#[must_use]
pub fn create(id: ProductId, new: NewProduct, at: Timestamp) -> ProductEvent {
    let NewProduct { sku, name, description, unit_price, tax_percent, stock } = new;
    ProductEvent::Created { id, sku, name, description, unit_price, tax_percent, stock, at }
}

/// Changes a product; nothing happens when nothing would be different.
///
/// # Errors
/// `product-archived`.
pub fn update(
    product: &Product,
    change: ProductChange,
    at: Timestamp,
) -> Result<Vec<ProductEvent>> {
    if product.status == ProductStatus::Archived {
        return Err(Error::refused(
            "product-archived",
            "An archived product can't be changed any more.",
        ));
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

/// Takes a product out of the catalogue; nothing happens when it is out already.
#[must_use]
pub fn archive(product: &Product, at: Timestamp) -> Vec<ProductEvent> {
    match product.status {
        ProductStatus::Active => vec![ProductEvent::Archived { at }],
        ProductStatus::Archived => Vec::new(),
    }
}

/// Corrects a product's stock by hand: goods came in, broke, were miscounted. Archived products are
/// counted too.
///
/// # Errors
/// `stock-not-tracked`. That there is enough is a condition of the write.
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
