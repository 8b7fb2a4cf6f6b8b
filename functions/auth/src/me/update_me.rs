//! `PATCH /api/v1/me`

use builder_identity::account::profile::ProfileChange;
use builder_identity::account::store;
use builder_identity::contact::VatId;
use builder_identity::keys::USER;
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, Function, Line, Patch, Precondition, Reply, Resources, Result, Route, read_as,
    reads_as, retry_on_conflict,
};
use builder_store::commit::Commit;
use builder_store::error::Error;
use builder_store::merge::{given, nullable};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::me::profile_input::{AddressInput, is_phone};
use crate::me::view::Me;
use crate::{input, live};

/// Changes to the caller's account. Omitted members stay unchanged; null clears a member. Role and
/// e-mail address can't be changed here.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "name": "Ada King", "company": "Analytical Engines", "vatId": "DE123456789",
    "phone": "+44 20 1234567",
}))]
pub(crate) struct UpdateMe {
    /// The user's name.
    #[garde(inner(custom(input::is_name)))]
    #[serde(default, deserialize_with = "given")]
    #[schema(
        value_type = String, required = false, min_length = 1, max_length = 100,
        pattern = r"^(?=.*\S)[^\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>]+$", example = "Ada King"
    )]
    name: Option<String>,
    /// The user's company.
    #[garde(dive)]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(inline, value_type = Option<Line>)]
    company: Option<Option<Line>>,
    /// The VAT identification number. Spaces, dots and hyphens are removed.
    #[garde(inner(inner(custom(reads_as::<VatId>))))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<VatId>)]
    vat_id: Option<Option<String>>,
    /// The user's telephone number.
    #[garde(inner(inner(custom(is_phone))))]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, pattern = r"^\+?[0-9][0-9 ()./-]{3,28}[0-9]$", example = "+44 20 1234567")]
    phone: Option<Option<String>>,
    /// The billing address.
    #[garde(dive)]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<AddressInput>)]
    billing_address: Option<Option<AddressInput>>,
    /// The shipping address.
    #[garde(dive)]
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<AddressInput>)]
    shipping_address: Option<Option<AddressInput>>,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::patch(
            "update-me",
            "/api/v1/me",
            Access::Permit(Permission::ProfileWrite),
            update_me,
        )
        .summary("Update the caller's account")
        .with_etag()
        .error_with(404, "not-found", "The account has just been erased."),
        Resources::new().batch_get([USER]).put([USER]),
    )
}

async fn update_me(call: Call, Patch(body): Patch<UpdateMe>) -> Result<Reply<Me>> {
    let wanted = call.if_match()?;
    let name = body.name.clone();
    let change = ProfileChange::try_from(body)?;
    Ok(retry_on_conflict(|| attempt(&call, &wanted, name.as_deref(), &change)).await?)
}

async fn attempt(
    call: &Call,
    wanted: &Precondition,
    name: Option<&str>,
    change: &ProfileChange,
) -> builder_store::Result<Reply<Me>> {
    let mut commit = Commit::new(&call.context());
    let account = live::account(call, &mut commit).await?;
    wanted.check(account.user.version)?;
    let user = &account.user.state;
    let mut events = name.map(|name| user.rename(name.trim(), call.now())).unwrap_or_default();
    events.extend(user.change_profile(change.clone(), call.now())?);
    if events.is_empty() {
        return Ok(Reply::ok(&Me::from(user))?.etag(account.user.version));
    }
    let after = store::change(&mut commit, &account, &events)?;
    let reply = Reply::ok(&Me::from(&after.state))?.etag(after.version);
    call.commit(commit, reply).await
}

impl TryFrom<UpdateMe> for ProfileChange {
    type Error = Error;

    fn try_from(body: UpdateMe) -> Result<Self, Error> {
        let vat_id = |text: String| read_as("/vatId", &text);
        let address = |pointer: &'static str| move |address: AddressInput| address.read(pointer);
        Ok(Self {
            company: body.company.map(|wanted| wanted.map(Into::into)),
            vat_id: body.vat_id.map(|wanted| wanted.map(vat_id).transpose()).transpose()?,
            phone: body.phone,
            billing_address: body
                .billing_address
                .map(|wanted| wanted.map(address("/billingAddress")).transpose())
                .transpose()?,
            shipping_address: body
                .shipping_address
                .map(|wanted| wanted.map(address("/shippingAddress")).transpose())
                .transpose()?,
        })
    }
}
