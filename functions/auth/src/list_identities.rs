//! `GET /api/v1/me/identities`

use builder_core::error::Error;
use builder_core::users::{Permission, User};
use builder_core::{aggregate::Versioned, keys};
use builder_runtime::{Access, Call, Function, Reply, Result, Route};
use serde::Serialize;
use utoipa::ToSchema;

use crate::identity_view::IdentityView;

/// How one can sign in to one's account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Identities {
    /// Whether there is a password. If not, one can be chosen by way of a forgotten one.
    #[schema(example = true)]
    has_password: bool,
    /// The identities at providers, one of each at most.
    identities: Vec<IdentityView>,
}

/// The route.
#[must_use]
pub fn function() -> Function {
    Route::get("list-identities", "/api/v1/me/identities", Access::Permit(Permission::ProfileRead), list_identities)
        .summary("Read how one can sign in: whether by a password, and the linked identities at OpenID providers")
        .refuses_with(404, "not-found", "The account has just been erased.")
        .into()
}

async fn list_identities(call: Call) -> Result<Reply<Identities>> {
    let caller = call.caller()?;
    caller.session()?;
    let key = keys::state("user", caller.user);
    let Versioned { state, .. } = call.table().load::<User>(&key).await?.ok_or(Error::NotFound { what: "account" })?;
    let identities = state.identities.iter().map(IdentityView::from).collect();
    Ok(Reply::ok(&Identities { has_password: !state.passwordless, identities })?)
}
