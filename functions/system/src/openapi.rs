//! `GET /openapi.json`: the API's description.
//!
//! It is made from the routes of all domains by a contract test and kept beside this crate, since
//! no domain may import another.

use builder_runtime::{Access, Call, Function, Raw, Reply, Result, Route};
use serde_json::json;

/// The document.
pub const DOCUMENT: &str = include_str!("../openapi.json");

/// The route.
#[must_use]
pub fn function() -> Function {
    Route::get("openapi", "/openapi.json", Access::Public, openapi)
        .summary("Get the OpenAPI document")
        .description("OpenAPI 3.1, in JSON.")
        .example(|| json!({ "openapi": "3.1.0", "info": { "title": "Builder API", "version": "0.1.0" }, "paths": {} }))
        .with_head()
        .into()
}

async fn openapi(_call: Call) -> Result<Reply<Raw>> {
    Ok(Reply::raw("application/json", DOCUMENT).header("cache-control", "public, max-age=300"))
}
