//! `POST /api/v1/auth/oidc/{provider}/start`

use builder_runtime::{Access, Call, Function, Json, Reply, Result, Route};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::oidc::{self, Started};
use crate::refusals::PROVIDER_UNAVAILABLE;

/// Options of the sign-in.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StartOidc {
    /// The page of the application to continue on: a path, or a URL of its origin. The callback
    /// returns it.
    #[garde(inner(length(bytes, min = 1, max = 2000)))]
    #[schema(min_length = 1, max_length = 2000, example = "/orders")]
    return_to: Option<String>,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::post("start-oidc", "/api/v1/auth/oidc/{provider}/start", Access::Public, start_oidc)
            .summary("Start a sign-in with an OpenID provider")
            .description(
                "Returns the URL to send the browser to, and the secret that the browser must keep \
                 until it returns.",
            )
            .ignores_idempotency_key()
            .validate_env(oidc::check)
            .error_with(503, PROVIDER_UNAVAILABLE, "The provider is unavailable. Try again later.")
            .parameter("provider", "google"),
        oidc::resources_to_begin(),
    )
}

async fn start_oidc(call: Call, Json(body): Json<StartOidc>) -> Result<Reply<Started>> {
    Ok(Reply::ok(&oidc::begin(&call, None, body.return_to.as_deref()).await?)?)
}
