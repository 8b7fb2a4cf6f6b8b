//! `POST /api/v1/products/{id}/stock-adjustments`

use builder_core::id::ProductId;
use builder_core::keys::PRODUCT;
use builder_core::products::{MAX_STOCK, REASON_LENGTH, store};
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, Function, Json, Reply, Resources, Result, Route, retry_on_conflict,
};
use builder_store::Error;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, OneOfBuilder, Schema};

use crate::input::is_line;
use crate::view::{ProductView, tagged};

/// A manual stock adjustment.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdjustStock {
    /// The number of units to add; negative to remove units. Not 0.
    #[garde(custom(is_delta))]
    #[schema(schema_with = delta_schema)]
    delta: i64,
    /// The reason. It is stored permanently, so it must not contain personal data.
    #[garde(length(chars, min = 1, max = REASON_LENGTH), custom(is_line))]
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\s\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF][^\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]*$",
        example = "delivery"
    )]
    reason: String,
}

const MOST: i64 = MAX_STOCK as i64;

fn is_delta(delta: &i64, _: &()) -> garde::Result {
    if *delta == 0 || !(-MOST..=MOST).contains(delta) {
        return Err(garde::Error::new(format!("must be between -{MOST} and {MOST}, and not 0")));
    }
    Ok(())
}

fn delta_schema() -> Schema {
    let range = |least: i64, most: i64| {
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least)).maximum(Some(most))
    };
    OneOfBuilder::new()
        .item(range(1, MOST))
        .item(range(-MOST, -1))
        .description(Some("The number of units to add; negative to remove units. Not 0."))
        .examples([serde_json::json!(25)])
        .into()
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    let path = "/api/v1/products/{id}/stock-adjustments";
    Function::new(
        Route::post("adjust-stock", path, Access::Permit(Permission::ProductsWrite), adjust_stock)
            .summary("Adjust the stock of a product")
            .description(
                "Adds or removes units, for example for goods that were received, damaged or \
                 miscounted.",
            )
            .error("insufficient-stock", "The stock would become negative.")
            .error("stock-too-large", "The stock would exceed the maximum.")
            .error("stock-not-tracked", "The stock of this product isn't tracked.")
            .with_etag(),
        Resources::new().get([PRODUCT]).put([PRODUCT]).update([PRODUCT]),
    )
}

/// Adjusts the stock, and returns the changed product. An adjustment is not a resource of its own,
/// so the status isn't 201.
///
/// An adjustment doesn't depend on the stock that the caller has seen, so `If-Match` isn't used,
/// and conflicts with other changes are retried.
async fn adjust_stock(call: Call, Json(body): Json<AdjustStock>) -> Result<Reply<ProductView>> {
    let id = call.path("id")?;
    match retry_on_conflict(|| attempt(&call, id, &body)).await {
        Err(Error::VersionConflict) => {
            Err(Error::Unavailable("the product was changed concurrently too often".into()).into())
        }
        done => Ok(done?),
    }
}

async fn attempt(
    call: &Call,
    id: ProductId,
    body: &AdjustStock,
) -> builder_store::Result<Reply<ProductView>> {
    let before = store::find_before_stock(call.table(), id).await?;
    let (commit, after) =
        store::adjust_stock(&call.context(), &before, body.delta, body.reason.clone())?;
    let reply = tagged(Reply::ok(&ProductView::from(&after))?, &after);
    call.commit(commit, reply).await
}
