//! `$default`: requests that match no route. Returns 405 with `Allow` for a known path with another
//! method, and 404 otherwise.

use std::collections::BTreeMap;

use builder_runtime::{
    Access, AnyBody, Call, Empty, Function, Problem, Reply, Resources, Result, Route,
};
use builder_store::Error;
use http::StatusCode;
use serde::Deserialize;

use crate::openapi::DOCUMENT;

/// The paths and methods of the OpenAPI document.
#[derive(Debug, Deserialize)]
struct Described {
    paths: BTreeMap<String, BTreeMap<String, Operation>>,
}

/// An operation: only whether it supports HEAD.
#[derive(Debug, Deserialize)]
struct Operation {
    #[serde(default, rename = "x-head")]
    head: bool,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get("not-found", "$default", Access::Public, not_found).undocumented(),
        Resources::new().memory(128),
    )
}

async fn not_found(call: Call, _: AnyBody) -> Result<Reply<Empty>> {
    let described: Described = serde_json::from_str(DOCUMENT).map_err(Error::internal)?;
    let path = call.path_as_sent();
    let methods = described
        .paths
        .iter()
        .find(|(template, _)| matches(template, path))
        .map(|(_, methods)| methods);
    Err(match methods {
        Some(methods) => {
            let mut allow: Vec<String> =
                methods.keys().map(|method| method.to_uppercase()).collect();
            if methods.values().any(|operation| operation.head) {
                allow.push("HEAD".to_owned());
            }
            let detail =
                format!("This path doesn't support this method. Use {}.", allow.join(", "));
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail)
                .header("allow", allow.join(", "))
        }
        None => Problem::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "This path doesn't exist. GET /openapi.json lists all paths.",
        ),
    })
}

/// Returns whether a path matches a template such as `/api/v1/orders/{id}`.
fn matches(template: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given))
                if wanted == given || (wanted.starts_with('{') && !given.is_empty()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_matches_paths_of_its_form_only() {
        assert!(matches("/api/v1/orders/{id}", "/api/v1/orders/ord_1"));
        for path in
            ["/api/v1/orders", "/api/v1/orders/", "/api/v1/orders/1/events", "/api/v2/orders/1", ""]
        {
            assert!(!matches("/api/v1/orders/{id}", path), "{path}");
        }
    }
}
