//! `PUT /api/v1/settings`

use builder_core::settings::{Document, store};
use builder_core::users::Permission;
use builder_runtime::{Access, Call, Function, Json, Reply, Result, Route};

use crate::change;
use crate::input::ReplaceSettings;

/// The route.
#[must_use]
pub fn function() -> Function {
    Route::put("replace-settings", "/api/v1/settings", Access::Permit(Permission::SettingsAdmin), replace_settings)
        .summary("Replace the settings as a whole. They hold everywhere five minutes later")
        .tagged()
        .into()
}

async fn replace_settings(call: Call, Json(body): Json<ReplaceSettings>) -> Result<Reply<Document>> {
    let wanted = call.if_match()?;
    let before = store::load(call.table()).await?;
    wanted.check(before.version)?;
    let events = before.state.replace(body.instead_of(&before.state.document)?, call.now());
    Ok(change(&call, &before, &events).await?)
}
