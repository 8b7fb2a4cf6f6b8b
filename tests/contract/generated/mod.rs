//! The files that are written from the functions' declarations, and the command that writes them:
//! `UPDATE_GENERATED=1 cargo test --workspace --test contract`.

mod binaries;
mod events;
mod gateway;
mod openapi;
mod parameters;
mod root;
mod stanza;
mod template;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use builder_tests::{functions, repository};

use crate::sources::{below, folders, source_of};

/// The environment variable that lets the files be written.
const UPDATE: &str = "UPDATE_GENERATED";
/// What the first generated line of a file says, as a comment of YAML, TOML or shell.
const NOTICE: &str = "# Generated from the functions' declarations: UPDATE_GENERATED=1 cargo test --workspace --test contract\n";

/// A function of a domain.
struct Declared {
    function: builder_runtime::Function,
    /// The path of its module in the domain's crate: `sign_in::login`.
    module: String,
}

/// The functions of each domain, in their order in its list.
fn domains() -> BTreeMap<String, Vec<Declared>> {
    let mut domains: BTreeMap<String, Vec<Declared>> =
        folders("functions").into_iter().map(|domain| (domain, Vec::new())).collect();
    for function in functions() {
        let source = source_of(function.name());
        let (domain, file) = source
            .strip_prefix("functions/")
            .and_then(|path| path.split_once("/src/"))
            .unwrap_or_else(|| panic!("{source} is in no domain"));
        let module = file.trim_end_matches(".rs").replace('/', "::");
        domains.get_mut(domain).unwrap().push(Declared { function, module });
    }
    domains
}

/// What a file holds up to a line, which must be in it.
fn before<'a>(text: &'a str, line: &str, file: &str) -> &'a str {
    text.split_once(line).unwrap_or_else(|| panic!("{file} has no line {line:?}")).0
}

/// Every generated file, by path, as it is to be.
fn files() -> BTreeMap<String, String> {
    let domains = domains();
    let mut files = BTreeMap::new();
    files.extend(binaries::files(&domains));
    files.extend(events::missing());
    files.extend(template::files(&domains));
    files.extend([root::file(&domains), gateway::file(), openapi::file(), watch::file()]);
    files
}

/// The mains of functions that are no more.
fn left_over(files: &BTreeMap<String, String>) -> BTreeSet<String> {
    folders("functions")
        .iter()
        .flat_map(|domain| below(&format!("functions/{domain}/src/bin")))
        .map(|file| file.path)
        .filter(|path| !files.contains_key(path))
        .collect()
}

/// Writes the files again if the environment asks for it. Whatever reads them calls this first.
pub(crate) fn update_if_asked() {
    static UPDATED: OnceLock<()> = OnceLock::new();
    UPDATED.get_or_init(|| {
        if std::env::var_os(UPDATE).is_none() {
            return;
        }
        let files = files();
        for (path, text) in &files {
            let path = repository().join(path);
            if std::fs::read_to_string(&path).ok().as_ref() != Some(text) {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
        }
        for path in left_over(&files) {
            std::fs::remove_file(repository().join(path)).unwrap();
        }
    });
}

#[test]
fn every_generated_file_is_up_to_date() {
    update_if_asked();
    let files = files();
    let kept = |path: &String| std::fs::read_to_string(repository().join(path)).ok();
    let mut stale: Vec<String> = files
        .iter()
        .filter(|(path, text)| kept(path).as_ref() != Some(text))
        .map(|(path, _)| path.clone())
        .collect();
    stale.extend(left_over(&files));
    assert!(
        stale.is_empty(),
        "out of date: {}. Run {UPDATE}=1 cargo test --workspace --test contract",
        stale.join(", ")
    );
}
