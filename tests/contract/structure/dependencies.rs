//! Who may depend on whom, and on what nobody may.

use std::collections::BTreeSet;

use crate::sources::{below, folders, read};

/// Second TLS and HTTP stacks, and what brings them (docs/adr/0003).
const BANNED: [&str; 7] = [
    "aws-lc-rs",
    "aws-lc-sys",
    "aws-config",
    "openssl",
    "openssl-sys",
    "native-tls",
    "aws_secretsmanager_caching",
];

/// The names in the sections of a manifest that list dependencies.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut listing = false;
    let mut names = BTreeSet::new();
    for line in read(manifest).lines() {
        if line.starts_with('[') {
            listing = line.contains("dependencies");
        } else if listing && let Some((name, _)) = line.split_once('=') {
            names.insert(name.trim().trim_end_matches(".workspace").to_owned());
        }
    }
    names
}

#[test]
fn banned_crates_are_not_in_the_lock_file() {
    let lock = read("Cargo.lock");
    for name in BANNED {
        assert!(
            !lock.contains(&format!("\nname = \"{name}\"\n")),
            "{name} is in Cargo.lock: find what brings it with cargo tree -i {name}"
        );
    }
    assert!(
        !lock.contains("\nname = \"hyper\"\nversion = \"0."),
        "hyper 0.14 is in Cargo.lock: find what brings it with cargo tree -i hyper@0.14"
    );
}

/// Each crate under `shared`, and those of ours that it may depend on. A crate that isn't listed
/// may depend on none.
const LAYERS: [(&str, &[&str]); 5] = [
    ("einvoice", &[]),
    ("store", &[]),
    ("identity", &["builder-store"]),
    ("core", &["builder-identity", "builder-store"]),
    ("runtime", &["builder-identity", "builder-store"]),
];

#[test]
fn layers_depend_only_on_those_below_them() {
    for layer in folders("shared") {
        let allowed = LAYERS.iter().find(|(name, _)| *name == layer).map_or(&[][..], |(_, of)| of);
        for name in dependencies(&format!("shared/{layer}/Cargo.toml")) {
            let ours = name.starts_with("builder-") || folders("functions").contains(&name);
            assert!(
                !ours || allowed.contains(&name.as_str()),
                "shared/{layer} depends on {name}, and may depend only on {allowed:?}"
            );
        }
    }
}

#[test]
fn only_the_runtime_knows_http_and_lambda() {
    for layer in folders("shared").into_iter().filter(|layer| layer != "runtime") {
        for name in dependencies(&format!("shared/{layer}/Cargo.toml")) {
            let foreign = name.starts_with("http")
                || name.contains("lambda")
                || ["axum", "hyper", "reqwest"].contains(&name.as_str());
            assert!(!foreign, "shared/{layer} depends on {name}");
        }
    }
}

#[test]
fn the_einvoice_crate_has_no_internal_dependencies() {
    for name in dependencies("shared/einvoice/Cargo.toml") {
        let foreign = name.starts_with("builder-")
            || name.starts_with("aws")
            || ["tokio", "reqwest", "hyper", "http"].contains(&name.as_str());
        assert!(!foreign, "shared/einvoice depends on {name}");
    }
}

#[test]
fn domains_depend_only_on_shared_crates() {
    let domains = folders("functions");
    for domain in &domains {
        let used = dependencies(&format!("functions/{domain}/Cargo.toml"));
        for other in domains.iter().map(String::as_str).chain(["builder-local", "builder-tests"]) {
            assert!(!used.contains(other), "functions/{domain} depends on {other}");
        }
        for needed in ["builder-store", "builder-runtime"] {
            assert!(used.contains(needed), "functions/{domain} doesn't depend on {needed}");
        }
    }
}

#[test]
fn only_its_program_tests_and_benchmarks_use_the_local_stack() {
    let manifests = below("").into_iter().filter(|file| file.path.ends_with("/Cargo.toml"));
    let users: Vec<_> = manifests
        .map(|file| file.path)
        .filter(|path| dependencies(path).contains("builder-local"))
        .collect();
    assert_eq!(users, ["infra/run/Cargo.toml", "tests/Cargo.toml", "tests/bench/Cargo.toml"]);
}

#[test]
fn versions_are_declared_only_in_the_workspace() {
    for manifest in below("").into_iter().filter(|file| file.path.ends_with("/Cargo.toml")) {
        let versions = manifest
            .text
            .lines()
            .filter(|line| line.contains("version = \"") && !line.starts_with("version"));
        assert_eq!(versions.collect::<Vec<_>>(), Vec::<&str>::new(), "{}", manifest.path);
    }
}
