//! `POST /api/v1/products`

use builder_core::id::ProductId;
use builder_core::keys::{PRODUCT, UNIQUE_SKU};
use builder_core::products::{
    DESCRIPTION_LENGTH, MAX_STOCK, NAME_LENGTH, NewProduct, Sku, TaxRate, store,
};
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, Function, Json, Reply, Resources, Result, Route, read_as, reads_as,
};
use builder_store::error::Error;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::input::{UnitPrice, is_line, is_text};
use crate::view::{ProductView, location, tagged};

/// A product to create.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateProduct {
    #[garde(custom(reads_as::<Sku>))]
    #[schema(value_type = Sku)]
    sku: String,
    /// Its name.
    #[garde(length(chars, min = 1, max = NAME_LENGTH), custom(is_line))]
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\s\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF][^\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]*$",
        example = "Blue mug"
    )]
    name: String,
    /// The description; may be empty.
    #[garde(length(chars, max = DESCRIPTION_LENGTH), custom(is_text))]
    #[serde(default)]
    #[schema(
        max_length = 2000,
        pattern = r"^[^\u0000-\u0009\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]*$",
        example = "Holds 330 ml."
    )]
    description: String,
    #[garde(dive)]
    unit_price: UnitPrice,
    #[garde(custom(reads_as::<TaxRate>))]
    #[schema(value_type = TaxRate)]
    tax_percent: String,
    /// The number of units in stock. If null or omitted, stock isn't tracked. Whether it is tracked
    /// can't be changed later.
    #[garde(range(max = MAX_STOCK))]
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000, example = 25)]
    stock: Option<u32>,
}

impl TryFrom<CreateProduct> for NewProduct {
    type Error = Error;

    fn try_from(body: CreateProduct) -> Result<Self, Error> {
        Ok(Self {
            sku: read_as("/sku", &body.sku)?,
            name: body.name,
            description: body.description,
            unit_price: body.unit_price.try_into()?,
            tax_percent: read_as("/taxPercent", &body.tax_percent)?,
            stock: body.stock,
        })
    }
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::post(
            "create-product",
            "/api/v1/products",
            Access::Permit(Permission::ProductsWrite),
            create_product,
        )
        .summary("Create a product")
        .error("sku-taken", "Another product already has this SKU.")
        .creates()
        .with_etag(),
        Resources::new().put([PRODUCT, UNIQUE_SKU]),
    )
}

async fn create_product(call: Call, Json(body): Json<CreateProduct>) -> Result<Reply<ProductView>> {
    let (commit, product) =
        store::create(&call.context(), ProductId::new(call.now()), body.try_into()?)?;
    let reply = tagged(Reply::created(location(&product), &ProductView::from(&product))?, &product);
    Ok(call.commit(commit, reply).await?)
}
