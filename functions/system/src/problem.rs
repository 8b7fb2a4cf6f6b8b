//! `GET /problems/{kind}`: the page that a problem's `type` refers to.

use std::collections::BTreeMap;

use builder_runtime::{Access, Call, Function, Problem, Raw, Reply, Resources, Result, Route};
use builder_store::Error;
use serde::Deserialize;

use crate::openapi::DOCUMENT;

/// The problem types in the OpenAPI document.
#[derive(Debug, Deserialize)]
struct Described {
    #[serde(rename = "x-problems")]
    problems: BTreeMap<String, Kind>,
}

#[derive(Debug, Deserialize)]
struct Kind {
    title: String,
    status: u16,
    meaning: String,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get("problem", "/problems/{kind}", Access::Public, problem)
            .summary("Get the description of a problem type")
            .description("Returns a page that explains what the problem means and how to solve it.")
            .answers_with("text/html")
            .parameter("kind", "not-found")
            .example(|| {
                "<!doctype html><html lang=\"en\"><head><title>Not found</title></head>\
                 <body>…</body></html>"
                    .into()
            })
            .with_head(),
        Resources::new().memory(128),
    )
}

async fn problem(call: Call) -> Result<Reply<Raw>> {
    let described: Described = serde_json::from_str(DOCUMENT).map_err(Error::internal)?;
    let code = call.parameter("kind").unwrap_or_default();
    let kind = described.problems.get(code).ok_or_else(|| Problem::not_found("problem type"))?;
    // Title, code and meaning come from the source code. They are escaped in case they contain
    // special characters.
    let (title, meaning) = (escape(&kind.title), escape(&kind.meaning));
    let status = kind.status;
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         </head><body><h1>{title}</h1><p>{meaning}</p><p>Status {status}, code \
         <code>{}</code>.</p><p><a href=\"/docs\">API documentation</a></p></body></html>",
        escape(code)
    );
    Ok(Reply::raw("text/html; charset=utf-8", html).header("cache-control", "public, max-age=3600"))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
