//! API keys as shown to their owners and admins.

use builder_store::id::ApiKeyId;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api_keys::api_key::ApiKey;
use crate::role::Permission;

/// The version of every key, because keys don't change.
pub const VERSION: u64 = 1;

/// An API key, without its secret.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApiKey)]
pub struct ApiKeyView {
    /// The API key's ID.
    id: ApiKeyId,
    /// Its name.
    #[schema(example = "Warehouse")]
    name: String,
    /// The first characters of the key.
    #[schema(example = "bk_live_3kTm")]
    hint: String,
    /// Its scopes. It never has more permissions than its owner.
    scopes: Vec<Permission>,
    /// When it expires; null if it never does.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    expires_at: Option<Timestamp>,
    /// When it was last used, to the second; null if it wasn't used in the last 90 days.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    last_used_at: Option<Timestamp>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl ApiKeyView {
    /// Creates the view of a key with the time of its last use.
    #[must_use]
    pub fn new(key: ApiKey, last_used_at: Option<Timestamp>) -> Self {
        let ApiKey { id, name, hint, scopes, expires_at, created_at, hash: _ } = key;
        Self { id, name, hint, scopes, expires_at, last_used_at, created_at }
    }
}
