//! `PATCH /api/v1/me`

use builder_core::commit::Commit;
use builder_core::error::Error;
use builder_core::users::{Permission, store};
use builder_runtime::{Access, Call, Function, Json, Reply, Result, Route};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::input;
use crate::me::Me;

/// What to change of one's own account. Role and address are not among it.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateMe {
    /// What the person wants to be called.
    #[garde(custom(input::is_name))]
    #[schema(min_length = 1, max_length = 100, pattern = r"^(?=.*\S)[^\u0000-\u001F\u007F-\u009F<>]+$", example = "Ada King")]
    name: String,
}

/// The route.
#[must_use]
pub fn function() -> Function {
    Route::patch("update-me", "/api/v1/me", Access::Permit(Permission::ProfileWrite), update_me)
        .summary("Change one's own account")
        .into()
}

async fn update_me(call: Call, Json(body): Json<UpdateMe>) -> Result<Reply<Me>> {
    let wanted = call.if_match()?;
    let account = store::load(call.table(), call.caller()?.user).await?.ok_or(Error::NotFound { what: "account" })?;
    wanted.check(account.user.version)?;
    let events = account.user.state.rename(body.name.trim(), call.now());
    if events.is_empty() {
        return Ok(Reply::ok(&Me::from(&account.user.state))?.etag(account.user.version));
    }
    let mut commit = Commit::new(&call.context());
    let after = store::change(&mut commit, &account, &events)?;
    let reply = Reply::ok(&Me::from(&after.state))?.etag(after.version);
    Ok(call.commit(commit, reply).await?)
}
