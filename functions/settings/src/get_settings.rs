//! `GET /api/v1/settings`

use builder_core::settings::{Document, store};
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Reply, Resources, Result, Route};

use crate::reply;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "get-settings",
            "/api/v1/settings",
            Access::Permit(Permission::SettingsRead),
            get_settings,
        )
        .summary("Retrieve the settings")
        .description(
            "Returns the defaults until the settings are first changed, with the ETag \"0\".",
        )
        .with_etag(),
        Resources::new(),
    )
}

async fn get_settings(call: Call) -> Result<Reply<Document>> {
    // Not the cached settings: a caller that reads them in order to change them needs the latest.
    let settings = store::load(call.table()).await?;
    Ok(reply(&settings.state.document, settings.version)?)
}
