//! `GET /api/v1/auth/oidc/providers`

use builder_runtime::{Access, Call, Function, Reply, Result, Route};
use serde::Serialize;
use utoipa::ToSchema;

use crate::oidc;

/// The providers that one can sign in with.
#[derive(Serialize, ToSchema)]
pub struct OidcProviders {
    /// Their names, in the order to show them in.
    #[schema(example = json!(["google"]))]
    providers: Vec<String>,
}

/// The route.
#[must_use]
pub fn function() -> Function {
    Route::get("list-oidc-providers", "/api/v1/auth/oidc/providers", Access::Public, list_oidc_providers)
        .summary("Read which OpenID providers one can sign in with")
        .starts_if(oidc::check)
        .into()
}

async fn list_oidc_providers(call: Call) -> Result<Reply<OidcProviders>> {
    let providers = oidc::providers(&call)?.iter().map(|provider| provider.name.clone()).collect();
    Ok(Reply::ok(&OidcProviders { providers })?)
}
