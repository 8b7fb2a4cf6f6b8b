//! `POST /api/v1/orders`

use builder_core::id::{OrderId, ProductId};
use builder_core::keys::{ORDER, PRODUCT};
use builder_core::orders::{Basket, MAX_LINES, MAX_QUANTITY, Place, store};
use builder_core::settings::Settings;
use builder_identity::keys::USER;
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Json, Reply, Resources, Result, Route};
use builder_store::error::Error;
use builder_store::id::UserId;
use builder_store::merge::given;
use garde::Validate;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::acts_for_all;
use crate::view::{OrderView, location};

/// An order to place. Prices are taken from the catalogue.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "items": [{ "productId": "prd_01h455vb4pex5vsknk084sn02q", "quantity": 2 }] }))]
pub struct PlaceOrder {
    /// The items to order. Items with the same product are merged, and together may not exceed the
    /// maximum quantity of one item.
    #[garde(length(min = 1, max = MAX_LINES), dive)]
    #[schema(min_items = 1, max_items = 50)]
    items: Vec<PlaceOrderItem>,
    /// The ID of the account to order for. Admins only. If omitted, the caller's account.
    #[garde(skip)]
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = UserId, required = false)]
    user_id: Option<UserId>,
}

/// A product and its quantity.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlaceOrderItem {
    #[garde(skip)]
    product_id: ProductId,
    /// The quantity.
    #[garde(range(min = 1, max = MAX_QUANTITY))]
    #[schema(minimum = 1, maximum = 10_000, example = 2)]
    quantity: u32,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::post(
            "place-order",
            "/api/v1/orders",
            Access::Permit(Permission::OrdersWrite),
            place_order,
        )
        .summary("Place an order")
        .description(
            "Prices the items, calculates tax and reserves stock. The order can be paid until it \
             expires.",
        )
        .error("out-of-stock", "Some products don't have enough stock. `errors` lists them.")
        .error(
            "mixed-currencies",
            "The products have prices in different currencies. `errors` lists those that differ \
             from the first.",
        )
        .creates()
        .with_etag(),
        Resources::new()
            .variables(["ORDER_EXPIRY_HOURS"])
            .batch_get([PRODUCT, USER])
            .put([ORDER])
            .update([PRODUCT]),
    )
}

/// Places an order with one read and one write, however many items it has. The settings are cached
/// for five minutes and read concurrently with the products.
async fn place_order(call: Call, Json(body): Json<PlaceOrder>) -> Result<Reply<OrderView>> {
    let caller = call.caller()?;
    if body.user_id.is_some() && !acts_for_all(caller) {
        return Err(
            Error::Forbidden("Only admins can order for others. Leave userId out.".into()).into()
        );
    }
    let basket = Basket::new(body.items.into_iter().map(|item| (item.product_id, item.quantity)))?;
    let (offer, settings) = tokio::try_join!(
        store::offer(call.table(), &basket, body.user_id),
        call.cached::<Settings>()
    )?;
    if !offer.customer_exists {
        return Err(Error::invalid("/userId", "must be the ID of an existing user").into());
    }
    let default_hours = call.env().parse("ORDER_EXPIRY_HOURS", "a whole number of hours")?;
    let order = Place {
        id: OrderId::new(call.now()),
        user_id: body.user_id.unwrap_or(caller.user),
        basket,
        expires_at: expiry(call.now(), settings.state.order_expiry_hours(default_hours)),
    };
    let (commit, order) = store::place(&call.context(), order, &offer.catalogue)?;
    let reply =
        Reply::created(location(&order.state), &OrderView::from(&order.state))?.etag(order.version);
    Ok(call.commit(commit, reply).await?)
}

fn expiry(now: Timestamp, hours: u32) -> Timestamp {
    now.checked_add(SignedDuration::from_hours(hours.into())).unwrap_or(Timestamp::MAX)
}
