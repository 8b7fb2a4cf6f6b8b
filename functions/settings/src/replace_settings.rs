//! `PUT /api/v1/settings`

use builder_core::settings::{Document, store};
use builder_identity::keys::SETTINGS;
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Json, Reply, Resources, Result, Route};
use builder_store::error::Error;

use crate::change;
use crate::input::ReplaceSettings;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::put(
            "replace-settings",
            "/api/v1/settings",
            Access::Permit(Permission::SettingsAdmin),
            replace_settings,
        )
        .summary("Replace the settings")
        .description("Replaces all settings. They take effect within five minutes.")
        .error(
            NO_SECOND_FACTOR,
            "The caller turns on the second factor for admins without having one. Set one up \
             first.",
        )
        .with_etag(),
        Resources::new().put([SETTINGS]),
    )
}

const NO_SECOND_FACTOR: &str = "no-second-factor";

async fn replace_settings(
    call: Call,
    Json(body): Json<ReplaceSettings>,
) -> Result<Reply<Document>> {
    let wanted = call.if_match()?;
    let before = store::load(call.table()).await?;
    wanted.check(before.version)?;
    let document = body.instead_of(&before.state.document)?;
    let demanded = |document: &Document| document.security.require_second_factor_for_admins;
    if demanded(&document) && !demanded(&before.state.document) && !call.caller()?.second_factor {
        return Err(Error::refused(
            NO_SECOND_FACTOR,
            "Set up your own second factor first: otherwise this setting would lock you out.",
        )
        .into());
    }
    let events = before.state.replace(document, call.now());
    Ok(change(&call, &before, &events).await?)
}
