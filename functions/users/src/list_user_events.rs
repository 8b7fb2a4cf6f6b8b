//! `GET /api/v1/users/{id}/events`

use builder_identity::keys::USER;
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, EventView, Function, Many, PageQuery, Query, Reply, Resources, Result, Route,
};
use builder_store::error::Error;
use builder_store::id::UserId;
use builder_store::listing::history;

use crate::account;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "list-user-events",
            "/api/v1/users/{id}/events",
            Access::Permit(Permission::UsersAdmin),
            list_user_events,
        )
        .summary("List events of a user")
        .description("Returns the events of the account, newest first."),
        Resources::new().secrets(["CURSOR_SECRET"]).batch_get([USER]),
    )
}

async fn list_user_events(
    call: Call,
    Query(query): Query<PageQuery>,
) -> Result<Reply<Many<EventView>>> {
    let id: UserId = call.path("id")?;
    let paging = call.paging(query.limit, query.cursor.as_deref(), id).await?;
    let before = paging.after.as_deref().map(str::parse).transpose().map_err(Error::internal)?;
    let account = account(&call, id).await?;
    let page = history(call.table(), &account.user, before, paging.limit).await?;
    call.page(&page.map(EventView::from), &paging).await
}
