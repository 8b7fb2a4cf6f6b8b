//! `GET /api/v1/me`

use builder_identity::account::user::User;
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Reply, Resources, Result, Route};
use builder_store::aggregate::Versioned;
use builder_store::error::Error;
use builder_store::keys;

use crate::me::view::Me;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get("get-me", "/api/v1/me", Access::Permit(Permission::ProfileRead), get_me)
            .without_second_factor()
            .summary("Retrieve the caller's account")
            .with_etag()
            .error_with(404, "not-found", "The account has just been erased."),
        Resources::new(),
    )
}

async fn get_me(call: Call) -> Result<Reply<Me>> {
    let key = keys::state("user", call.caller()?.user);
    let Versioned { state, version, .. } =
        call.table().load::<User>(&key).await?.ok_or(Error::NotFound { what: "account" })?;
    Ok(Reply::ok(&Me::from(&state))?.etag(version))
}
