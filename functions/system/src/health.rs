//! `GET /health`: the liveness check. It calls no other service, so that an outage of the database
//! doesn't look like an outage of the API.

use builder_runtime::{Access, Call, Function, Reply, Resources, Result, Route};
use serde::Serialize;
use utoipa::ToSchema;

/// The state of the API.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// Always `alive`.
    #[schema(example = "alive")]
    status: &'static str,
    /// The version of the software.
    #[schema(example = "0.1.0")]
    version: &'static str,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get("health", "/health", Access::Open, health)
            .summary("Check liveness")
            .description("Returns whether the API responds. No other service is called.")
            .with_head(),
        Resources::new().memory(128),
    )
}

async fn health(_call: Call) -> Result<Reply<Health>> {
    Ok(Reply::ok(&Health { status: "alive", version: env!("CARGO_PKG_VERSION") })?)
}
