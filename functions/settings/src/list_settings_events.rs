//! `GET /api/v1/settings/events`

use builder_core::settings::store;
use builder_identity::keys::SETTINGS;
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, EventView, Function, Many, PageQuery, Query, Reply, Resources, Result, Route,
};
use builder_store::error::Error;
use builder_store::listing::history;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "list-settings-events",
            "/api/v1/settings/events",
            Access::Permit(Permission::SettingsRead),
            list_settings_events,
        )
        .summary("List events of the settings")
        .description("Returns who changed which sections of the settings, newest first."),
        Resources::new().secrets(["CURSOR_SECRET"]).query([SETTINGS]),
    )
}

async fn list_settings_events(
    call: Call,
    Query(query): Query<PageQuery>,
) -> Result<Reply<Many<EventView>>> {
    let paging = call.paging(query.limit, query.cursor.as_deref(), "settings").await?;
    let before = paging.after.as_deref().map(str::parse).transpose().map_err(Error::internal)?;
    let settings = store::load(call.table()).await?;
    let page = history(call.table(), &settings, before, paging.limit).await?;
    call.page(&page.map(EventView::from), &paging).await
}
