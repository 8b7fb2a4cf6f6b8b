//! `GET /docs/{asset}`: a file of the documentation page.

use builder_runtime::{Access, Call, Function, Problem, Raw, Reply, Resources, Result, Route};

use crate::docs;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get("docs-asset", "/docs/{asset}", Access::Public, docs_asset)
            .summary("Get a file of the documentation page")
            .answers_with("*/*")
            .parameter("asset", "swagger-ui.css")
            .example(|| ".swagger-ui{color:#3b4151;font-family:sans-serif}".into())
            .with_head(),
        Resources::new().memory(128),
    )
}

async fn docs_asset(call: Call) -> Result<Reply<Raw>> {
    let name = call.parameter("asset").unwrap_or_default();
    let found = if name.is_empty() { None } else { docs::file(name)? };
    let file = found.ok_or_else(|| Problem::not_found("file"))?;
    Ok(docs::answer(&file.content_type, file.bytes.into_owned()))
}
