//! `GET /api/v1/users/{id}/api-keys`

use builder_identity::api_keys::key_use;
use builder_identity::api_keys::key_view::ApiKeyView;
use builder_identity::keys::{GUARD, USER};
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, Function, Many, PageQuery, Query, Reply, Resources, Result, Route,
};
use builder_store::id::UserId;

use crate::account;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "list-user-api-keys",
            "/api/v1/users/{id}/api-keys",
            Access::Permit(Permission::UsersAdmin),
            list_user_api_keys,
        )
        .summary("List a user's API keys")
        .description("Returns the user's API keys, newest first, without their secrets."),
        Resources::new().secrets(["CURSOR_SECRET"]).batch_get([GUARD, USER]),
    )
}

async fn list_user_api_keys(
    call: Call,
    Query(query): Query<PageQuery>,
) -> Result<Reply<Many<ApiKeyView>>> {
    let user: UserId = call.path("id")?;
    let paging = call.paging(query.limit, query.cursor.as_deref(), user).await?;
    let keys = account(&call, user).await?.user.state.api_keys;
    let keys = key_use::list(call.table(), keys, paging.after.as_deref(), paging.limit).await?;
    call.page(&keys, &paging).await
}
