//! Which grants in the functions' policies the tests used, by the file that they wrote with
//! `BUILDER_TEST_GRANTS=FILE`.

use std::collections::BTreeSet;
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
    /// Also print the grants that were used
    #[arg(long)]
    list: bool,
    /// Fail if a grant was not used
    #[arg(long)]
    strict: bool,
}

/// What only AWS asks for, with the reason why no test can use it.
const ONLY_IN_AWS: [(&str, &str); 1] =
    [(":configuration-set/", "the local SES has no configuration sets")];

fn main() -> Result<()> {
    let Arguments { file, list, strict } = Arguments::parse();
    let used = uses(&file)?;
    let given: Vec<_> = model().functions.iter().flat_map(grants_of).collect();
    let (mut unused, mut excepted) = (0, 0);
    for (given, text) in &given {
        if used.contains(given) {
            if list {
                println!("used: {text}");
            }
        } else if let Some((_, reason)) = ONLY_IN_AWS.iter().find(|(part, _)| text.contains(part)) {
            excepted += 1;
            println!("only in AWS ({reason}): {text}");
        } else {
            unused += 1;
            println!("not used by any test: {text}");
        }
    }
    println!("{} grants, {unused} not used, {excepted} only in AWS", given.len());
    if strict && unused > 0 {
        bail!("remove the grants that no test uses, or test what needs them");
    }
    Ok(())
}

/// The grants that were used.
fn uses(file: &Path) -> Result<BTreeSet<Use>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} can't be read", file.display()))?;
    let used = |line| {
        Use::parse(line).with_context(|| format!("{}: not a used grant: {line}", file.display()))
    };
    text.lines().map(used).collect()
}

/// Every grant of a function's policy, for each pattern of partition keys, and how it reads in the
/// template. SAM's own statements, which have no `Sid`, are not ours to shorten.
fn grants_of(function: &Function) -> Vec<(Use, String)> {
    let mut grants = Vec::new();
    for (statement, content) in function.statements.iter().enumerate() {
        let Some(sid) = content["Sid"].as_str() else { continue };
        let keys = &content["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
        let mut patterns: Vec<&str> = texts(keys).collect();
        if patterns.is_empty() {
            patterns.push("");
        }
        for (action, action_name) in texts(&content["Action"]).enumerate() {
            for (resource, resource_name) in texts(&content["Resource"]).enumerate() {
                for pattern in &patterns {
                    let place = [statement, action, resource];
                    let grant = Grant { function: function.name.clone(), place };
                    grants.push((
                        Use { grant, pattern: (*pattern).to_owned() },
                        format!(
                            "{}: {sid}: {action_name} on {resource_name} {pattern}",
                            function.stanza
                        ),
                    ));
                }
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
