//! What this repository holds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use builder_local::template::{self, Known, Model, Platform};
use builder_runtime::{Function, Route};

/// The root of the repository.
#[must_use]
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .expect("the repository is there")
}

/// Every function of every domain.
#[must_use]
pub fn functions() -> Vec<Function> {
    builder_run::functions()
}

/// Every route of every domain.
#[must_use]
pub fn routes() -> Vec<Route> {
    functions().iter().filter_map(|function| function.route().cloned()).collect()
}

/// What the templates describe, with a value for each parameter that has no default.
#[must_use]
pub fn model() -> Model {
    let platform = Platform {
        region: "eu-central-1".into(),
        account: "000000000000".into(),
        stack: "builder-dev".into(),
        aws_url: "http://127.0.0.1:1".into(),
        api_url: "http://api.example.com".into(),
    };
    let parameters = BTreeMap::from([
        ("Stage".to_owned(), "dev".to_owned()),
        ("PublicUrl".to_owned(), platform.api_url.clone()),
    ]);
    template::load(&repository().join("template.yaml"), &parameters, &platform, &Known::new())
        .unwrap_or_else(|error| panic!("{error}"))
}
