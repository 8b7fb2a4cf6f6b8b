//! One binary per function, and nothing in it.

use std::collections::BTreeSet;

use builder_tests::functions;

use crate::generated::update_if_asked;
use crate::sources::{folders, read, rust};

/// The names of the `[[bin]]` sections of a manifest.
fn listed(manifest: &str) -> BTreeSet<String> {
    let sections = manifest.split("[[bin]]").skip(1);
    let name = |section: &str| {
        section
            .lines()
            .find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"').map(str::to_owned))
    };
    sections
        .map(|section| name(section).unwrap_or_else(|| panic!("a [[bin]] without a name")))
        .collect()
}

#[test]
fn every_function_is_a_binary_of_its_domain_and_nothing_else_is() {
    update_if_asked();
    let mut all = BTreeSet::new();
    for domain in folders("functions") {
        let manifest = read(&format!("functions/{domain}/Cargo.toml"));
        assert!(manifest.contains("autobins = false"), "{domain}: only what is listed is built");
        let listed = listed(&manifest);
        let files = rust(&format!("functions/{domain}/src/bin"));
        let files: BTreeSet<_> = files
            .iter()
            .map(|file| file.path.rsplit('/').next().unwrap().trim_end_matches(".rs").to_owned())
            .collect();
        assert_eq!(listed, files, "{domain}");
        let untested = manifest.matches("test = false").count();
        assert_eq!(
            untested,
            listed.len(),
            "{domain}: each [[bin]] has test = false, or it is linked twice"
        );
        all.extend(listed);
    }
    let functions: BTreeSet<_> =
        functions().iter().map(|function| function.name().to_owned()).collect();
    assert_eq!(all, functions);
}

#[test]
fn a_binary_only_serves_its_function() {
    update_if_asked();
    for domain in folders("functions") {
        for file in rust(&format!("functions/{domain}/src/bin")) {
            let lines = file.text.lines().count();
            assert!(lines <= 10, "{} has {lines} lines; a binary has 10 at most", file.path);
            let name =
                file.path.rsplit('/').next().unwrap().trim_end_matches(".rs").replace('-', "_");
            assert!(
                file.text.contains(&format!("{name}::function()")),
                "{} doesn't serve {name}",
                file.path
            );
        }
    }
}
