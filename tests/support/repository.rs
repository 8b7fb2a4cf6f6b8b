//! The contents of this repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use builder_local::template::{self, Known, Model, Platform};
use builder_runtime::{Function, Route};

/// The URL of the API of a deployed stack.
const API_URL: &str = "http://api.example.com";

/// Returns the root of the repository.
#[must_use]
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .expect("the repository is there")
}

/// Returns every function of every domain.
#[must_use]
pub fn functions() -> Vec<Function> {
    builder_run::functions()
}

/// Returns every route of every domain.
#[must_use]
pub fn routes() -> Vec<Route> {
    functions().iter().filter_map(|function| function.route().cloned()).collect()
}

/// Returns the model of the templates, with a value for each parameter without a default.
#[must_use]
pub fn model() -> Model {
    deployed("builder-dev", &[("Stage", "dev"), ("PublicUrl", API_URL)])
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Returns the model of the templates for a stack with this name and these parameters.
///
/// # Errors
/// What CloudFormation would refuse.
pub fn deployed(stack: &str, parameters: &[(&str, &str)]) -> Result<Model, String> {
    let platform = Platform {
        region: "eu-central-1".into(),
        account: "000000000000".into(),
        stack: stack.into(),
        aws_url: "http://127.0.0.1:1".into(),
        api_url: API_URL.into(),
    };
    let parameters: BTreeMap<_, _> =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    template::load(&repository().join("template.yaml"), &parameters, &platform, &Known::new())
        .map_err(|error| error.to_string())
}
