//! `GET /api/v1/me/identities`

use builder_identity::account::user::User;
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, Function, Many, PageQuery, Query, Reply, Resources, Result, Route,
};
use builder_store::aggregate::Versioned;
use builder_store::error::Error;
use builder_store::keys;

use crate::identities::view::IdentityView;
use crate::named_page::page_by_name;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "list-identities",
            "/api/v1/me/identities",
            Access::Permit(Permission::ProfileRead),
            list_identities,
        )
        .summary("List linked identities")
        .description(
            "Returns the identities at OpenID providers that can sign in to the caller's account, \
             at most one for each provider.",
        )
        .error_with(404, "not-found", "The account has just been erased."),
        Resources::new().secrets(["CURSOR_SECRET"]),
    )
}

async fn list_identities(
    call: Call,
    Query(query): Query<PageQuery>,
) -> Result<Reply<Many<IdentityView>>> {
    let caller = call.caller()?;
    caller.session()?;
    let paging = call.paging(query.limit, query.cursor.as_deref(), caller.user).await?;
    let key = keys::state("user", caller.user);
    let Versioned { state, .. } =
        call.table().load::<User>(&key).await?.ok_or(Error::NotFound { what: "account" })?;
    let page = page_by_name(state.identities, |identity| &identity.provider, &paging);
    call.page(&page.map(|identity| IdentityView::from(&identity)), &paging).await
}
