//! `POST /api/v1/api-keys`

use builder_identity::account::store;
use builder_identity::account::user::NewApiKey;
use builder_identity::api_keys::api_key::ApiKeyText;
use builder_identity::api_keys::key_view::{ApiKeyView, VERSION};
use builder_identity::keys::{UNIQUE_API_KEY, USER};
use builder_identity::role::Permission;
use builder_runtime::{
    Access, Call, Function, Json, Reply, Resources, Result, Route, retry_on_conflict,
};
use builder_store::commit::Commit;
use builder_store::error::Error;
use builder_store::id::ApiKeyId;
use garde::Validate;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::refusals::SIGN_IN_AGAIN;
use crate::{input, live, step_up};

/// An API key to create.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateApiKey {
    /// Its name.
    #[garde(custom(input::is_name))]
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^(?=.*\S)[^\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>]+$",
        example = "Warehouse"
    )]
    name: String,
    /// Its scopes. A key never has more permissions than its owner.
    #[garde(length(min = 1, max = 20))]
    #[schema(min_items = 1, max_items = 20, example = json!(["orders:read"]))]
    scopes: Vec<Permission>,
    /// When it expires. If omitted, it never expires.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = DateTime, example = "2027-11-21T00:00:00Z")]
    expires_at: Option<Timestamp>,
}

/// A new API key. The key itself is shown only once.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedApiKey {
    #[serde(flatten)]
    view: ApiKeyView,
    /// The key, to send as `Authorization: Bearer <key>`. It can't be retrieved again.
    #[schema(example = "bk_live_3kTmVq0sYw9XhJr5N2pLc8ZdFgB1aEuKoMxRtQiSyU7vW4G2kFq1")]
    key: String,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::post(
            "create-api-key",
            "/api/v1/api-keys",
            Access::Permit(Permission::ApiKeysWrite),
            create_api_key,
        )
        .summary("Create an API key")
        .description(
            "Requires a sign-in within the last ten minutes. The key is returned only \
             once, in this response.",
        )
        .ignores_idempotency_key()
        .creates()
        .error_with(403, SIGN_IN_AGAIN, step_up::RULE)
        .error("too-many-keys", "The account already has 20 keys. Revoke one first.")
        .with_etag()
        .error_with(404, "not-found", "The account has just been erased."),
        Resources::new().batch_get([USER]).put([UNIQUE_API_KEY, USER]),
    )
}

async fn create_api_key(
    call: Call,
    Json(body): Json<CreateApiKey>,
) -> Result<Reply<CreatedApiKey>> {
    step_up::session(&call).await?;
    let text = ApiKeyText::generate()?;
    let id = ApiKeyId::new(call.now());
    Ok(retry_on_conflict(|| attempt(&call, &body, id, &text)).await?)
}

async fn attempt(
    call: &Call,
    body: &CreateApiKey,
    id: ApiKeyId,
    text: &ApiKeyText,
) -> builder_store::Result<Reply<CreatedApiKey>> {
    let mut commit = Commit::new(&call.context());
    let account = live::account(call, &mut commit).await?;
    let new = NewApiKey {
        name: body.name.trim().to_owned(),
        scopes: body.scopes.clone(),
        expires_at: body.expires_at,
    };
    let events = account.user.state.create_api_key(id, text, new, call.now())?;
    let after = store::change(&mut commit, &account, &events)?;
    let key = after
        .state
        .api_keys
        .into_iter()
        .find(|key| key.id == id)
        .ok_or_else(|| Error::internal("the key was not created"))?;
    let created = CreatedApiKey { view: ApiKeyView::new(key, None), key: text.reveal().to_owned() };
    call.commit(commit, Reply::created(format!("/api/v1/api-keys/{id}"), &created)?.etag(VERSION))
        .await
}
