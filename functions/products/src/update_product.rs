//! `PATCH /api/v1/products/{id}`

use builder_core::keys::{PRODUCT, UNIQUE_SKU};
use builder_core::products::store::{self, Stocked, Visibility};
use builder_core::products::{DESCRIPTION_LENGTH, NAME_LENGTH, ProductChange, Sku, TaxRate};
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, Function, Patch, Reply, Resources, Result, Route, read_as, reads_as,
};
use builder_store::error::Error;
use builder_store::merge::given;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::input::{UnitPrice, is_line, is_text};
use crate::view::{ProductView, tagged};

/// Changes to a product. Omitted members stay unchanged. To change the stock, use a stock
/// adjustment.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[schema(example = json!({ "description": "Holds 330 ml. Dishwasher safe.", "unitPrice": { "amount": 1399, "currency": "EUR" } }))]
#[serde(rename_all = "camelCase")]
pub struct UpdateProduct {
    #[garde(inner(custom(reads_as::<Sku>)))]
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Sku, required = false)]
    sku: Option<String>,
    /// Its name.
    #[garde(length(chars, min = 1, max = NAME_LENGTH), inner(custom(is_line)))]
    #[serde(default, deserialize_with = "given")]
    #[schema(
        value_type = String, required = false, min_length = 1, max_length = 200,
        pattern = r"^[^\s\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF][^\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]*$", example = "Blue mug"
    )]
    name: Option<String>,
    /// The description; may be empty.
    #[garde(length(chars, max = DESCRIPTION_LENGTH), inner(custom(is_text)))]
    #[serde(default, deserialize_with = "given")]
    #[schema(
        value_type = String, required = false, max_length = 2000,
        pattern = r"^[^\u0000-\u0009\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]*$", example = "Holds 330 ml."
    )]
    description: Option<String>,
    #[garde(dive)]
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = UnitPrice, required = false)]
    unit_price: Option<UnitPrice>,
    #[garde(inner(custom(reads_as::<TaxRate>)))]
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = TaxRate, required = false)]
    tax_percent: Option<String>,
}

impl TryFrom<UpdateProduct> for ProductChange {
    type Error = Error;

    fn try_from(body: UpdateProduct) -> Result<Self, Error> {
        Ok(Self {
            sku: body.sku.map(|sku| read_as("/sku", &sku)).transpose()?,
            name: body.name,
            description: body.description,
            unit_price: body.unit_price.map(TryInto::try_into).transpose()?,
            tax_percent: body.tax_percent.map(|rate| read_as("/taxPercent", &rate)).transpose()?,
        })
    }
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::patch(
            "update-product",
            "/api/v1/products/{id}",
            Access::Permit(Permission::ProductsWrite),
            update_product,
        )
        .summary("Update a product")
        .description("Existing orders keep their prices.")
        .error("sku-taken", "Another product already has this SKU.")
        .error("product-archived", "An archived product can no longer be changed.")
        .with_etag(),
        Resources::new().batch_get([PRODUCT]).put([PRODUCT, UNIQUE_SKU]).delete([UNIQUE_SKU]),
    )
}

async fn update_product(
    call: Call,
    Patch(body): Patch<UpdateProduct>,
) -> Result<Reply<ProductView>> {
    let wanted = call.if_match()?;
    let before = store::find(call.table(), Visibility::Everything, call.path("id")?).await?;
    wanted.check(before.product.version)?;
    let (commit, product) = store::update(&call.context(), &before.product, body.try_into()?)?;
    let after = Stocked { product, stock: before.stock };
    let reply = tagged(Reply::ok(&ProductView::from(&after))?, &after);
    Ok(call.commit(commit, reply).await?)
}
