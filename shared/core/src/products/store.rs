//! Products in DynamoDB: reads, and the commits that change them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use builder_store::aggregate::{Aggregate, Versioned};
use builder_store::commit::Commit;
use builder_store::error::{Error, Result, Violation};
use builder_store::event::Context;
use builder_store::listing::{Listing, Page, page};
use builder_store::table::{Item, Table, number, versioned};

use crate::id::ProductId;
use crate::keys::{self, Key};
use crate::products::product::{
    self, MAX_STOCK, NewProduct, Product, ProductChange, ProductStatus,
};
use crate::products::{ProductEvent, Sku, stock};

/// The products that a reader can see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Products that can be ordered.
    Active,
    /// Archived products too.
    Everything,
}

/// A product and its stock; `None` if it isn't tracked.
#[derive(Debug, Clone, PartialEq)]
pub struct Stocked {
    /// The product.
    pub product: Versioned<Product>,
    /// Its stock.
    pub stock: Option<u64>,
}

/// Returns the key of a product's state.
#[must_use]
pub fn key(id: ProductId) -> Key {
    keys::state(Product::KIND, id)
}

/// Reads a product with its stock, in one call.
///
/// # Errors
/// [`Error::NotFound`] if the product doesn't exist, or it is archived and only active ones are
/// visible; as [`Table::get_all`].
pub async fn find(table: &Table, visibility: Visibility, id: ProductId) -> Result<Stocked> {
    let mut items = table.get_all(&[key(id), keys::stock(id)]).await?;
    let product: Versioned<Product> =
        items.remove(&key(id)).map(versioned).transpose()?.ok_or(NOT_FOUND)?;
    on_shelf(visibility, &product)?;
    let stock = counted(&product.state, &items);
    Ok(Stocked { product, stock })
}

/// Reads a product, and only then its stock.
/// In this order, the counter contains every adjustment up to the product's version. The result of
/// a change of the counter on condition of that version is therefore known, except for concurrent
/// sales.
///
/// # Errors
/// As [`find`].
pub async fn find_before_stock(table: &Table, id: ProductId) -> Result<Stocked> {
    let product: Versioned<Product> = table.load(&key(id)).await?.ok_or(NOT_FOUND)?;
    let items = table.get(&keys::stock(id)).await?.map(|item| (keys::stock(id), item));
    let stock = counted(&product.state, &items.into_iter().collect());
    Ok(Stocked { product, stock })
}

/// Reads a product without its stock.
///
/// # Errors
/// As [`find`].
pub async fn find_bare(
    table: &Table,
    visibility: Visibility,
    id: ProductId,
) -> Result<Versioned<Product>> {
    let product = table.load(&key(id)).await?.ok_or(NOT_FOUND)?;
    on_shelf(visibility, &product)?;
    Ok(product)
}

/// Reads a page of the catalogue, newest first, with the stock of its products.
///
/// # Errors
/// As [`page`].
pub async fn list(
    table: &Table,
    status: Option<ProductStatus>,
    before: Option<&str>,
    limit: usize,
) -> Result<Page<Stocked>> {
    let listing = match status {
        Some(status) => Listing::of_status::<Product>(status),
        None => Listing::of_all::<Product>(),
    };
    let found: Page<Versioned<Product>> = page(table, &listing, before, limit).await?;
    let tracked = found.items.iter().filter(|product| product.state.tracks_stock);
    let counters: Vec<Key> = tracked.map(|product| keys::stock(product.state.id)).collect();
    let counters =
        if counters.is_empty() { HashMap::new() } else { table.get_all(&counters).await? };
    Ok(found.map(|product| Stocked { stock: counted(&product.state, &counters), product }))
}

/// Creates the commit that creates a product.
///
/// # Errors
/// As [`Commit::save`]; sending it, `sku-taken`.
pub fn create(context: &Context, id: ProductId, new: NewProduct) -> Result<(Commit, Stocked)> {
    let mut commit = Commit::new(context);
    let stock = new.stock;
    let product = commit.save::<Product>(None, &[product::create(id, new, context.at)], None)?;
    claim(&mut commit, &product.state.sku, id);
    if let Some(stock) = stock {
        stock::create(&mut commit, id, stock);
    }
    Ok((commit, Stocked { product, stock: stock.map(u64::from) }))
}

/// Creates the commit that changes a product. It is empty if nothing is different.
///
/// # Errors
/// As [`product::update`] and [`Commit::save`]; sending it, [`Error::VersionConflict`] and
/// `sku-taken`.
pub fn update(
    context: &Context,
    before: &Versioned<Product>,
    change: ProductChange,
) -> Result<(Commit, Versioned<Product>)> {
    let events = product::update(&before.state, change, context.at)?;
    let (mut commit, after) = save(context, before, &events)?;
    if after.state.sku != before.state.sku {
        claim(&mut commit, &after.state.sku, after.state.id);
        commit.release(SKU, before.state.sku.as_str());
    }
    Ok((commit, after))
}

/// Creates the commit that archives a product. It is empty if it is already archived.
///
/// # Errors
/// As [`Commit::save`]; sending it, [`Error::VersionConflict`].
pub fn archive(
    context: &Context,
    before: &Versioned<Product>,
) -> Result<(Commit, Versioned<Product>)> {
    save(context, before, &product::archive(&before.state, context.at))
}

/// Creates the commit that adjusts a product's stock.
///
/// # Errors
/// As [`product::adjust_stock`] and [`Commit::save`]; sending it, [`Error::VersionConflict`],
/// `insufficient-stock` and `stock-too-large`.
pub fn adjust_stock(
    context: &Context,
    before: &Stocked,
    delta: i64,
    reason: String,
) -> Result<(Commit, Stocked)> {
    let events = product::adjust_stock(&before.product.state, delta, reason, context.at)?;
    let (mut commit, product) = save(context, &before.product, &events)?;
    // A reduction is allowed from any level: returned goods may have raised the counter above the
    // maximum.
    let (condition, bound, refusal) = if delta < 0 {
        let refusal = Error::refused(
            "insufficient-stock",
            format!("The stock is lower than {}, so it can't be reduced by that.", -delta),
        );
        ("available >= :bound", -delta, refusal)
    } else {
        let refusal =
            Error::refused("stock-too-large", format!("The stock would exceed {MAX_STOCK}."));
        ("available <= :bound", i64::from(MAX_STOCK) - delta, refusal)
    };
    let values = [(":delta", delta), (":bound", bound)]
        .map(|(name, value)| (name.to_owned(), AttributeValue::N(value.to_string())));
    commit.update(
        keys::stock(product.state.id),
        "ADD available :delta",
        condition,
        HashMap::from(values),
        refusal,
    );
    let stock = before.stock.map(|stock| stock.saturating_add_signed(delta));
    Ok((commit, Stocked { product, stock }))
}

const SKU: &str = "sku";
const NOT_FOUND: Error = Error::NotFound { what: "product" };

fn save(
    context: &Context,
    before: &Versioned<Product>,
    events: &[ProductEvent],
) -> Result<(Commit, Versioned<Product>)> {
    let mut commit = Commit::new(context);
    let after =
        if events.is_empty() { before.clone() } else { commit.save(Some(before), events, None)? };
    Ok((commit, after))
}

fn claim(commit: &mut Commit, sku: &Sku, holder: ProductId) {
    let taken = Error::Refused {
        code: "sku-taken",
        detail: format!("Another product has the SKU {sku}. Archived products keep their SKUs.")
            .into(),
        errors: vec![Violation::new("/sku", "is taken")],
    };
    commit.claim(SKU, sku.as_str(), &holder.to_string(), taken);
}

fn on_shelf(visibility: Visibility, product: &Versioned<Product>) -> Result<()> {
    if visibility == Visibility::Active && product.state.status != ProductStatus::Active {
        Err(NOT_FOUND)
    } else {
        Ok(())
    }
}

fn counted(product: &Product, counters: &HashMap<Key, Item>) -> Option<u64> {
    if !product.tracks_stock {
        return None;
    }
    // A batch isn't a snapshot: for a product that is being created, it may contain the state but
    // not yet the counter.
    let available =
        counters.get(&keys::stock(product.id)).and_then(|item| number(item, "available"));
    Some(available.and_then(|available| u64::try_from(available).ok()).unwrap_or(0))
}
