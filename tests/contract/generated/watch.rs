//! `cargo lambda watch` routes each request as the gateway does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use builder_tests::routes;

use super::{NOTICE, before};
use crate::sources::read;

const FILE: &str = "CargoLambda.toml";
/// The methods that a client may send to a path without a route.
const METHODS: [&str; 6] = ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"];

pub(super) fn file() -> (String, String) {
    let kept = read(FILE);
    let head = before(&kept, NOTICE, FILE);
    (FILE.to_owned(), format!("{head}{NOTICE}[watch]\n{}", made()))
}

/// Returns the gateway's routes in cargo-lambda's format, which has no `$default`: other methods
/// and other paths are listed.
fn made() -> String {
    let routes: Vec<_> = routes().iter().map(|route| (route.key(), route.name)).collect();
    let mut paths: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    let mut default = "";
    for (key, function) in &routes {
        match key.split_once(' ') {
            Some((method, path)) => drop(paths.entry(path).or_default().insert(method, function)),
            None => default = function,
        }
    }
    let mut text = String::from("router = [\n");
    for (path, methods) in paths {
        for (method, function) in &methods {
            writeln!(
                text,
                r#"    {{ path = "{path}", methods = ["{method}"], function = "{function}" }},"#
            )
            .unwrap();
        }
        let asked: BTreeSet<_> = methods.into_keys().collect();
        let others: Vec<_> = METHODS.into_iter().filter(|method| !asked.contains(method)).collect();
        writeln!(
            text,
            r#"    {{ path = "{path}", methods = {others:?}, function = "{default}" }},"#
        )
        .unwrap();
    }
    for path in ["/", "/{*path}"] {
        writeln!(text, r#"    {{ path = "{path}", function = "{default}" }},"#).unwrap();
    }
    text + "]\n"
}
