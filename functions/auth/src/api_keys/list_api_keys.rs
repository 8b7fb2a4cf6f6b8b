//! `GET /api/v1/api-keys`

use builder_identity::account::store;
use builder_identity::api_keys::key_use;
use builder_identity::api_keys::key_view::ApiKeyView;
use builder_identity::keys::{GUARD, USER};
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, Function, Many, PageQuery, Query, Reply, Resources, Result, Route,
};
use builder_store::error::Error;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "list-api-keys",
            "/api/v1/api-keys",
            Access::Permit(Permission::ApiKeysRead),
            list_api_keys,
        )
        .summary("List API keys")
        .description("Returns the caller's API keys, newest first, without their secrets.")
        .error_with(404, "not-found", "The account has just been erased."),
        Resources::new().secrets(["CURSOR_SECRET"]).batch_get([GUARD, USER]),
    )
}

async fn list_api_keys(
    call: Call,
    Query(query): Query<PageQuery>,
) -> Result<Reply<Many<ApiKeyView>>> {
    let user = call.caller()?.user;
    let paging = call.paging(query.limit, query.cursor.as_deref(), user).await?;
    let account =
        store::load(call.table(), user).await?.ok_or(Error::NotFound { what: "account" })?;
    let keys = key_use::list(
        call.table(),
        account.user.state.api_keys,
        paging.after.as_deref(),
        paging.limit,
    )
    .await?;
    call.page(&keys, &paging).await
}
