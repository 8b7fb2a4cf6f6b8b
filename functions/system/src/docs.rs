//! `GET /docs`: the API's documentation page. All its files are served from here, not from a CDN.

use std::sync::Arc;

use builder_runtime::{Access, Call, Function, Problem, Raw, Reply, Resources, Result, Route};
use builder_store::Error;
use utoipa_swagger_ui::{Config, SwaggerFile};

/// The content security policy. Swagger UI uses inline styles and images from data URLs; scripts
/// are loaded from this origin only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; connect-src 'self'; base-uri 'self'; form-action 'none'; \
                      frame-ancestors 'none'";

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get("docs", "/docs", Access::Public, docs)
            .summary("Get the documentation page")
            .answers_with("text/html")
            .example(|| {
                "<!doctype html><html lang=\"en\"><head><title>Swagger UI</title></head>\
                 <body>…</body></html>"
                    .into()
            })
            .with_head(),
        Resources::new().memory(128),
    )
}

async fn docs(_call: Call) -> Result<Reply<Raw>> {
    let page = file("index.html")?
        .ok_or_else(|| Error::internal("the documentation page is missing from the build"))?;
    // The page refers to its files by relative URLs, and its own path has no trailing slash.
    let html =
        String::from_utf8_lossy(&page.bytes).replacen("<head>", "<head><base href=\"/docs/\">", 1);
    Ok(answer("text/html; charset=utf-8", html.into_bytes()))
}

/// Returns a file of the page, if it exists.
pub(crate) fn file(name: &str) -> Result<Option<SwaggerFile<'static>>> {
    let config =
        Config::from("/openapi.json").display_request_duration(true).persist_authorization(false);
    utoipa_swagger_ui::serve(name, Arc::new(config))
        .map_err(|error| Problem::from(Error::internal(error.to_string())))
}

pub(crate) fn answer(content_type: &str, bytes: Vec<u8>) -> Reply<Raw> {
    Reply::raw(content_type, bytes)
        .header("cache-control", "public, max-age=3600")
        .header("content-security-policy", POLICY)
}
