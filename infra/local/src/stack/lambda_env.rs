//! `lambda.env`: the file for `cargo lambda watch --env-file` to run the real binaries against this
//! stack's AWS endpoint.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::aws::Keys;
use crate::data_dir::LAMBDA_ENV;
use crate::template::Model;

/// Writes every variable of every stanza, with credentials that have the rights of all functions:
/// `cargo lambda` runs them with one environment.
pub(super) fn write(
    data_dir: &Path,
    model: &Model,
    region: &str,
    aws_url: &str,
    keys: &Keys,
) -> Result<()> {
    let mut variables: BTreeMap<&str, &str> = model
        .functions
        .iter()
        .flat_map(|function| &function.environment)
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    variables.extend([
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
        ("AWS_ENDPOINT_URL", aws_url),
        ("AWS_ACCESS_KEY_ID", keys.access.as_str()),
        ("AWS_SECRET_ACCESS_KEY", keys.secret.as_str()),
    ]);
    let lines: String = variables.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    let path = data_dir.join(LAMBDA_ENV);
    std::fs::write(&path, lines).with_context(|| format!("cannot write {}", path.display()))
}
