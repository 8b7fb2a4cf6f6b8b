//! Which grants in the functions' policies the tests used, by the file that they wrote with
//! `BUILDER_TEST_GRANTS=FILE`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use builder_local::cloud::iam::{Grant, Use};
use builder_local::template::Function;
use builder_tests::model;
use clap::Parser;
use serde_json::Value;

/// Prints the grants that no test used.
#[derive(Debug, Parser)]
struct Arguments {
    /// The file that the tests wrote with BUILDER_TEST_GRANTS
    file: PathBuf,
    /// Also print the grants that were used, with the first part of the partition keys
    #[arg(long)]
    list: bool,
    /// Fail if a grant was not used
    #[arg(long)]
    strict: bool,
}

fn main() -> Result<()> {
    let Arguments { file, list, strict } = Arguments::parse();
    let uses = uses(&file)?;
    let given: Vec<_> = model().functions.iter().flat_map(grants_of).collect();
    if list {
        print(&given, &uses);
    }
    let unused: Vec<&str> = given
        .iter()
        .filter(|(grant, _)| !uses.contains_key(grant))
        .map(|(_, text)| text.as_str())
        .collect();
    for text in &unused {
        println!("not used by any test: {text}");
    }
    println!("{} grants, {} of them used", given.len(), given.len() - unused.len());
    if strict && !unused.is_empty() {
        bail!("remove the grants that no test uses, or test what needs them");
    }
    Ok(())
}

/// The grants that were used, with the first parts of the partition keys that they were used for.
fn uses(file: &Path) -> Result<BTreeMap<Grant, BTreeSet<String>>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} can't be read", file.display()))?;
    let mut uses = BTreeMap::<Grant, BTreeSet<String>>::new();
    for line in text.lines() {
        let used = Use::parse(line)
            .with_context(|| format!("{}: not a used grant: {line}", file.display()))?;
        uses.entry(used.grant).or_default().insert(used.key_prefix);
    }
    Ok(uses)
}

/// Every grant of a function's policy, and how it reads in the template. SAM's own statements, which
/// have no `Sid`, are not ours to shorten.
fn grants_of(function: &Function) -> Vec<(Grant, String)> {
    let mut grants = Vec::new();
    for (statement, content) in function.statements.iter().enumerate() {
        let Some(sid) = content["Sid"].as_str() else { continue };
        for (action, action_name) in texts(&content["Action"]).enumerate() {
            for (resource, resource_name) in texts(&content["Resource"]).enumerate() {
                let grant =
                    Grant { function: function.name.clone(), place: [statement, action, resource] };
                grants.push((
                    grant,
                    format!("{}: {sid}: {action_name} on {resource_name}", function.stanza),
                ));
            }
        }
    }
    grants
}

/// A string, or each of a list.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let one = std::slice::from_ref(value);
    value.as_array().map_or(one, Vec::as_slice).iter().filter_map(Value::as_str)
}

fn print(given: &[(Grant, String)], uses: &BTreeMap<Grant, BTreeSet<String>>) {
    for (grant, text) in given {
        if let Some(prefixes) = uses.get(grant) {
            let prefixes: Vec<&str> = prefixes.iter().map(String::as_str).collect();
            println!("{text}  {}", prefixes.join(" "));
        }
    }
}
