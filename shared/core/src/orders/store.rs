//! Orders in DynamoDB: reads, and the commits that change them.

use aws_sdk_dynamodb::types::AttributeValue;
use builder_store::aggregate::{Aggregate, Owner, Versioned};
use builder_store::commit::Commit;
use builder_store::error::{Error, Result};
use builder_store::event::Context;
use builder_store::id::UserId;
use builder_store::listing::{Index, Listing, Page, page};
use builder_store::table::{Item, Table, versioned};
use jiff::Timestamp;

use crate::id::{OrderId, ProductId};
use crate::keys::{self, Key, TableName};
use crate::orders::basket::{Basket, Catalogue};
use crate::orders::decide::{self, Place};
use crate::orders::order::{CancelReason, Order, OrderEvent, OrderStatus, ReturnedItem};
use crate::products::{self, Product, stock};

/// Reads an order.
///
/// # Errors
/// [`Error::NotFound`] if it doesn't exist or belongs to someone else; as [`Table::load`].
pub async fn find(table: &Table, owner: Owner, id: OrderId) -> Result<Versioned<Order>> {
    let order: Option<Versioned<Order>> = table.load(&keys::state(Order::KIND, id)).await?;
    order
        .filter(|order| owner.may_see(order.state.user_id))
        .ok_or(Error::NotFound { what: "order" })
}

/// Reads a page of orders, newest first.
///
/// # Errors
/// As [`page`].
pub async fn list(
    table: &Table,
    owner: Owner,
    status: Option<OrderStatus>,
    before: Option<&str>,
    limit: usize,
) -> Result<Page<Versioned<Order>>> {
    let listing = match (owner, status) {
        (Owner::Only(user), _) => Listing::of_owner::<Order>(user),
        (Owner::Any, Some(status)) => Listing::of_status::<Order>(status),
        (Owner::Any, None) => Listing::of_all::<Order>(),
    };
    match (owner, status) {
        (Owner::Only(_), Some(status)) => page_with(table, &listing, status, before, limit).await,
        _ => page(table, &listing, before, limit).await,
    }
}

/// Reads a page of a listing that isn't separated by status, without orders of another status.
/// Reads until the page is full.
async fn page_with(
    table: &Table,
    listing: &Listing,
    status: OrderStatus,
    before: Option<&str>,
    limit: usize,
) -> Result<Page<Versioned<Order>>> {
    let mut items: Vec<Versioned<Order>> = Vec::new();
    let mut before = before.map(str::to_owned);
    loop {
        let found: Page<Versioned<Order>> = page(table, listing, before.as_deref(), 100).await?;
        items.extend(found.items.into_iter().filter(|order| order.state.status == status));
        before = found.next;
        if items.len() > limit || before.is_none() {
            let more = items.len() > limit;
            items.truncate(limit);
            let next = items.last().filter(|_| more).map(|last| last.state.id());
            return Ok(Page { items, next });
        }
    }
}

/// The data for placing an order: the catalogue's products, and whether the customer exists.
#[derive(Debug)]
pub struct OrderInputs {
    /// The existing products of the basket.
    pub catalogue: Catalogue,
    /// Whether `customer` exists; `true` if none was given.
    pub customer_exists: bool,
}

/// Reads the data for placing an order in one call. `customer` is also looked up, if given.
///
/// # Errors
/// As [`Table::get_all`].
pub async fn offer(
    table: &Table,
    basket: &Basket,
    customer: Option<UserId>,
) -> Result<OrderInputs> {
    let products = basket.lines().iter().map(|line| products::store::key(line.product));
    let customer = customer.map(|user| keys::state("user", user));
    let wanted: Vec<Key> = products.chain(customer.clone()).collect();
    let mut items = table.get_all(&wanted).await?;
    let customer_exists = customer.is_none_or(|key| items.remove(&key).is_some());
    let products = items
        .into_values()
        .map(|item| versioned::<Product>(item).map(|product| (product.state.id, product.state)));
    Ok(OrderInputs { catalogue: products.collect::<Result<_>>()?, customer_exists })
}

/// Creates the commit that places an order and takes its stock.
///
/// # Errors
/// As [`decide::place`]; sending it fails with `out-of-stock` if there is too little.
pub fn place(
    context: &Context,
    command: Place,
    catalogue: &Catalogue,
) -> Result<(Commit, Versioned<Order>)> {
    let basket = command.basket.clone();
    let events = decide::place(command, catalogue, context.at)?;
    let mut commit = Commit::new(context);
    let order: Versioned<Order> = commit.save(None, &events, None)?;
    for (line, wanted) in order.state.items.iter().zip(basket.lines()) {
        if line.tracks_stock {
            stock::adjust(
                &mut commit,
                line.product_id,
                -i64::from(line.quantity),
                wanted.out_of_stock(),
            );
        }
    }
    Ok((commit, order))
}

/// Creates the commit that cancels an order and returns its stock. The caller adds the refund of a
/// paid order.
///
/// # Errors
/// As [`decide::cancel`]; sending it fails with [`Error::VersionConflict`] on a conflict.
pub fn cancel(
    context: &Context,
    before: &Versioned<Order>,
    reason: CancelReason,
) -> Result<(Commit, Versioned<Order>)> {
    give_up(context, before, &decide::cancel(&before.state, reason, context.at)?)
}

/// Creates the commit that expires an order and returns its stock, if its time has passed.
///
/// # Errors
/// As [`Commit::save`]; sending it fails with [`Error::VersionConflict`] on a conflict.
pub fn expire(context: &Context, before: &Versioned<Order>) -> Result<Option<Commit>> {
    let events = decide::expire(&before.state, context.at);
    if events.is_empty() { Ok(None) } else { Ok(Some(give_up(context, before, &events)?.0)) }
}

/// Creates the commit that completes an order.
///
/// # Errors
/// As [`decide::complete`]; sending it fails with [`Error::VersionConflict`] on a conflict.
pub fn complete(
    context: &Context,
    before: &Versioned<Order>,
) -> Result<(Commit, Versioned<Order>)> {
    let mut commit = Commit::new(context);
    let after = commit.save(Some(before), &decide::complete(&before.state, context.at)?, None)?;
    Ok((commit, after))
}

fn give_up(
    context: &Context,
    before: &Versioned<Order>,
    events: &[OrderEvent],
) -> Result<(Commit, Versioned<Order>)> {
    let mut commit = Commit::new(context);
    let after = commit.save(Some(before), events, None)?;
    return_stock(&mut commit, &before.state);
    Ok((commit, after))
}

/// Returns the stock that an order took from tracked products, except for returned items.
pub(crate) fn return_stock(commit: &mut Commit, order: &Order) {
    restock(commit, order.items.iter().map(|line| (line.product_id, line.to_restock())));
}

/// Returns the stock of returned items.
pub(crate) fn return_items(commit: &mut Commit, items: &[ReturnedItem]) {
    restock(commit, items.iter().map(|item| (item.product_id, item.restocked)));
}

fn restock(commit: &mut Commit, items: impl Iterator<Item = (ProductId, u32)>) {
    for (product, quantity) in items.filter(|(_, quantity)| *quantity > 0) {
        let gone = Error::internal(format!("{product} has no stock counter"));
        stock::adjust(commit, product, i64::from(quantity), gone);
    }
}

/// Reads pending orders of one shard that were placed before `placed_before`, oldest first,
/// starting at `start`. The index is eventually consistent, so changes must be conditional on the
/// version.
///
/// # Errors
/// As [`Table::call`].
pub async fn overdue(
    table: &Table,
    shard: u8,
    placed_before: Timestamp,
    start: Option<Item>,
) -> Result<(Vec<Versioned<Order>>, Option<Item>)> {
    let index = Index::Status.name();
    let pending = keys::listing_by_status(Order::KIND, OrderStatus::Pending);
    let request = table
        .client()
        .query()
        .table_name(table.name(TableName::Data))
        .index_name(index)
        .key_condition_expression(format!("{index}pk = :pk AND {index}sk < :before"))
        .expression_attribute_values(":pk", AttributeValue::S(keys::in_shard(&pending, shard)))
        .expression_attribute_values(
            ":before",
            AttributeValue::S(OrderId::lower_bound(placed_before).to_string()),
        )
        .limit(25)
        .set_exclusive_start_key(start);
    let answer = table.call(request.send()).await?;
    let orders =
        answer.items.unwrap_or_default().into_iter().map(versioned).collect::<Result<_>>()?;
    Ok((orders, answer.last_evaluated_key))
}
