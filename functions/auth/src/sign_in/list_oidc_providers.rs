//! `GET /api/v1/auth/oidc/providers`

use builder_runtime::{
    Access, Call, Function, Many, PageQuery, Query, Reply, Resources, Result, Route,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::named_page::page_by_name;
use crate::oidc;

/// An OpenID provider that can be used to sign in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OidcProvider {
    /// Its name, as used in the paths of the sign-in routes.
    #[schema(example = "google")]
    name: String,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "list-oidc-providers",
            "/api/v1/auth/oidc/providers",
            Access::Public,
            list_oidc_providers,
        )
        .summary("List OpenID providers")
        .description("Returns the providers that users can sign in with, by name.")
        .validate_env(oidc::check),
        Resources::new().variables(["OIDC_PROVIDERS"]).secrets(["CURSOR_SECRET"]),
    )
}

async fn list_oidc_providers(
    call: Call,
    Query(query): Query<PageQuery>,
) -> Result<Reply<Many<OidcProvider>>> {
    let paging = call.paging(query.limit, query.cursor.as_deref(), "all").await?;
    let providers = oidc::providers(&call)?
        .iter()
        .map(|provider| OidcProvider { name: provider.name.clone() })
        .collect();
    call.page(&page_by_name(providers, |provider| &provider.name, &paging), &paging).await
}
