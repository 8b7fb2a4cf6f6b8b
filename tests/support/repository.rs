//! What this repository holds.

use std::path::{Path, PathBuf};

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
