//! Assigns code to the stanzas, and the environment to each function.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use builder_runtime::{Function, Ports};
use serde_json::Value;

use super::role_checks;
use crate::aws::Keys;
use crate::aws::provision::random_text;
use crate::cloud::iam::GrantLog;
use crate::cloud::{Cloud, Principal, Statement};
use crate::lambda::{Code, Mode, Reaper};
use crate::template::{self, Model};

/// Assigns code to each stanza.
///
/// `linked` are the functions of this program; `ports` returns the dependencies of a function of
/// this process, by its name; `log` specifies whether the output of processes is shown.
pub(super) fn with_code(
    model: &Model,
    mode: Mode,
    linked: Vec<Function>,
    ports: impl Fn(&str) -> Ports,
    log: bool,
) -> Result<Vec<(template::Function, Code)>> {
    match mode {
        Mode::InProcess => {
            let mut linked: BTreeMap<&str, Function> =
                linked.into_iter().map(|function| (function.name(), function)).collect();
            let with_code = model.functions.iter().map(|stanza| {
                let Some(function) = linked.remove(stanza.name.as_str()) else {
                    bail!(
                        "{}: CodeUri ends in {}, and no function has this name; correct one of \
                         them",
                        stanza.stanza,
                        stanza.name
                    );
                };
                let ports = ports(&stanza.name);
                Ok((stanza.clone(), Code::Linked { function, ports }))
            });
            let with_code = with_code.collect::<Result<Vec<_>>>()?;
            for function in linked.into_keys() {
                tracing::warn!(
                    function,
                    "the function has no stanza in any template, so it is never invoked"
                );
            }
            Ok(with_code)
        }
        Mode::Process => {
            let directory = binaries()?;
            let reaper = Arc::new(Reaper::start().context(
                "could not start the shell that cleans up the \
                 function processes",
            )?);
            let with_code = model.functions.iter().map(|stanza| {
                let path = directory.join(&stanza.name);
                if !path.is_file() {
                    let release = if directory.ends_with("release") { " --release" } else { "" };
                    bail!(
                        "{}: there is no binary {}; build all with: cargo build --workspace \
                         --bins{release}",
                        stanza.stanza,
                        path.display()
                    );
                }
                Ok((stanza.clone(), Code::Binary { path, reaper: Arc::clone(&reaper), log }))
            });
            with_code.collect()
        }
    }
}

/// Returns the directory of cargo's binaries in the profile that this program was built with.
fn binaries() -> Result<PathBuf> {
    let program = std::env::current_exe().context("this program can't find itself")?;
    let directory = program.parent().unwrap_or_else(|| Path::new("."));
    // Tests are one directory deeper.
    Ok(if directory.ends_with("deps") {
        directory.parent().unwrap_or(directory)
    } else {
        directory
    }
    .to_owned())
}

/// Creates an access key for each function, with the rights in its policies.
pub(super) fn credentials(
    model: &Model,
    cloud: Option<&Cloud>,
    grant_log: Option<&GrantLog>,
    region: &str,
) -> Result<BTreeMap<String, Keys>> {
    let mut all = BTreeMap::new();
    let Some(cloud) = cloud else { return Ok(all) };
    for function in &model.functions {
        let keys = new_keys()?;
        let mut principal = Principal::with_statements(
            &function.name,
            &keys.secret,
            read(function, &function.statements, "Policies")?,
        );
        if let Some(boundary) = &function.boundary {
            principal = principal.within(read(function, boundary, "PermissionsBoundary")?);
        }
        if let Some(grant_log) = grant_log {
            principal = principal.logged_to(grant_log.clone());
        }
        role_checks::check(function, &principal, region)?;
        cloud.add_principal(&keys.access, principal);
        all.insert(function.name.clone(), keys);
    }
    Ok(all)
}

/// Creates one access key with the rights of all functions, for a program that runs them all with
/// one environment.
pub(super) fn common_credentials(model: &Model, cloud: &Cloud) -> Result<Keys> {
    let (mut policies, mut boundaries) = (Vec::new(), Vec::new());
    for function in &model.functions {
        policies.extend(read(function, &function.statements, "Policies")?);
        boundaries.extend(read(
            function,
            function.boundary.as_deref().unwrap_or_default(),
            "PermissionsBoundary",
        )?);
    }
    let keys = new_keys()?;
    let mut principal = Principal::with_statements("all-functions", &keys.secret, policies);
    if model.functions.iter().all(|function| function.boundary.is_some()) {
        principal = principal.within(boundaries);
    }
    cloud.add_principal(&keys.access, principal);
    Ok(keys)
}

fn read(
    function: &template::Function,
    statements: &[Value],
    property: &str,
) -> Result<Vec<Statement>> {
    let statements = statements.iter().map(Statement::from_json).collect::<Result<Vec<_>>>();
    statements.with_context(|| format!("{}: {property}", function.stanza))
}

fn new_keys() -> Result<Keys> {
    let upper: Vec<char> = ('A'..='Z').chain('2'..='7').collect();
    let any: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').collect();
    Ok(Keys { access: format!("AKIA{}", random_text(&upper, 16)?), secret: random_text(&any, 40)? })
}

/// Returns the environment of a function: its stanza's variables and Lambda's own, none of this
/// process's.
pub(super) fn variables(
    function: &template::Function,
    region: &str,
    aws_url: &str,
    keys: &Keys,
) -> BTreeMap<String, String> {
    let mut variables = function.environment.clone();
    for (name, value) in [
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
        ("AWS_ENDPOINT_URL", aws_url),
        ("AWS_ACCESS_KEY_ID", keys.access.as_str()),
        ("AWS_SECRET_ACCESS_KEY", keys.secret.as_str()),
        ("AWS_LAMBDA_FUNCTION_NAME", function.name.as_str()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
    ] {
        variables.insert(name.to_owned(), value.to_owned());
    }
    variables.insert("AWS_LAMBDA_FUNCTION_MEMORY_SIZE".to_owned(), function.memory_mb.to_string());
    variables
}
