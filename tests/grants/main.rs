//! `grants FILE`: fails for each grant in the functions' policies that nothing used, by the file
//! that the tests wrote with `BUILDER_TEST_GRANTS=FILE`. With `--list`, prints what each function
//! used, with the first part of the partition keys.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use builder_local::cloud::iam::{Grant, Use};
use builder_local::template::{self, Function, Known, Platform};
use builder_tests::repository;
use serde_json::Value;

/// Grants that no test uses yet.
const UNPROVEN: &str = include_str!("unproven.txt");

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (list, file) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [file] => (false, file),
        ["--list", file] => (true, file),
        _ => bail!("usage: grants [--list] FILE"),
    };
    let uses = uses(Path::new(file))?;
    let given = given()?;
    if list {
        print(&given, &uses);
    }
    let unproven: BTreeSet<&str> =
        UNPROVEN.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let unused: BTreeSet<&str> = given
        .iter()
        .filter(|(grant, _)| !uses.contains_key(grant))
        .map(|(_, text)| text.as_str())
        .collect();
    println!(
        "{} grants, {} of them used, {} unproven",
        given.len(),
        given.len() - unused.len(),
        unproven.len()
    );
    for text in unused.difference(&unproven) {
        println!("not used by any test: {text}");
    }
    for text in unproven.difference(&unused) {
        println!("used or gone, so take it out of tests/grants/unproven.txt: {text}");
    }
    if unused != unproven {
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

/// Every grant that the templates give by hand, and how it reads there.
fn given() -> Result<Vec<(Grant, String)>> {
    let platform = Platform {
        region: "us-east-1".into(),
        account: "000000000000".into(),
        stack: "builder-dev".into(),
        aws_url: "http://127.0.0.1:1".into(),
        api_url: "http://127.0.0.1:2".into(),
    };
    let parameters = BTreeMap::from([("Stage", "dev"), ("PublicUrl", platform.api_url.as_str())]);
    let parameters =
        parameters.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let model =
        template::load(&repository().join("template.yaml"), &parameters, &platform, &Known::new())?;
    Ok(model.functions.iter().flat_map(grants_of).collect())
}

/// SAM's own statements, which have no `Sid`, are not ours to shorten.
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
