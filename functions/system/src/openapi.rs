//! `GET /openapi.json`: the OpenAPI document.
//!
//! A contract test generates it from the routes of all domains. It is stored in this crate's
//! folder, since no domain may import another.

use builder_runtime::{Access, Call, Function, Raw, Reply, Resources, Result, Route};
use serde_json::{Value, json};

/// The document.
pub const DOCUMENT: &str = include_str!("../openapi.json");

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get("openapi", "/openapi.json", Access::Public, openapi)
            .summary("Get the OpenAPI document")
            .description("Returns the API's description as OpenAPI 3.1, in JSON.")
            .example(example)
            .with_head(),
        Resources::new().memory(128),
    )
}

fn example() -> Value {
    let info = json!({ "title": "Builder API", "version": "0.1.0" });
    json!({ "openapi": "3.1.0", "info": info, "paths": {} })
}

async fn openapi(_call: Call) -> Result<Reply<Raw>> {
    Ok(Reply::raw("application/json", DOCUMENT).header("cache-control", "public, max-age=300"))
}
