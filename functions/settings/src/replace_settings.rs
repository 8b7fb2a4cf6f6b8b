//! `PUT /api/v1/settings`

use builder_core::commit::Commit;
use builder_core::settings::{Document, store};
use builder_core::users::Permission;
use builder_runtime::{Access, Call, Function, Json, Reply, Result, Route};

use crate::input::ReplaceSettings;
use crate::reply;

/// The route.
#[must_use]
pub fn function() -> Function {
    Route::put("replace-settings", "/api/v1/settings", Access::Permit(Permission::SettingsAdmin), replace_settings)
        .summary("Replace the settings as a whole. They hold everywhere five minutes later")
        .into()
}

async fn replace_settings(call: Call, Json(body): Json<ReplaceSettings>) -> Result<Reply<Document>> {
    let wanted = call.if_match()?;
    let before = store::load(call.table()).await?;
    wanted.check(before.version)?;
    let events = before.state.replace(body.try_into()?, call.now());
    if events.is_empty() {
        return Ok(reply(&before.state.document, before.version)?);
    }
    let mut commit = Commit::new(&call.context());
    let after = store::change(&mut commit, &before, &events)?;
    let answer = call.commit(commit, reply(&after.state.document, after.version)?).await?;
    call.forget_settings().await;
    Ok(answer)
}
