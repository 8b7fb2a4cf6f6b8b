//! The files of the repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use builder_tests::repository;

/// What is not ours, or not kept.
const NOT_OURS: [&str; 7] =
    ["target", ".git", ".venv", ".local", ".aws-sam", "node_modules", ".tools"];

/// A text file of the repository.
pub(crate) struct Source {
    /// Its path in the repository.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    /// The lines of code with their numbers: comments and, in Rust, the tests at the end are left
    /// out.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let end = self.text.find("#[cfg(test)]").unwrap_or(self.text.len());
        self.text[..end]
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// The lines of code that hold any of these texts, as `path:line: text`.
    pub(crate) fn holding(&self, wanted: &[&str]) -> Vec<String> {
        let held =
            self.code().filter(|(_, line)| wanted.iter().any(|wanted| line.contains(wanted)));
        held.map(|(number, line)| format!("{}:{number}: {}", self.path, line.trim())).collect()
    }
}

/// Every text file below a folder, by path.
pub(crate) fn below(folder: &str) -> Vec<Source> {
    let root = repository();
    let mut files = Vec::new();
    collect(&root.join(folder), &mut files);
    files.sort();
    files
        .into_iter()
        .filter_map(|file| {
            let path = file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            Some(Source { path, text: std::fs::read_to_string(&file).ok()? })
        })
        .collect()
}

/// Every Rust source below a folder.
pub(crate) fn rust(folder: &str) -> Vec<Source> {
    let sources: Vec<Source> =
        below(folder).into_iter().filter(|source| source.path.ends_with(".rs")).collect();
    assert!(!sources.is_empty(), "no sources below {folder}");
    sources
}

/// The names of the folders in a folder.
pub(crate) fn folders(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(repository().join(folder)).unwrap().map(|entry| entry.unwrap());
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// `place-order` as `PlaceOrder`.
pub(crate) fn pascal(name: &str) -> String {
    name.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

/// A text file.
pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(repository().join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap_or_default();
        // In a worktree of git, `.git` is a file.
        if NOT_OURS.contains(&name) {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else if !path.is_symlink() {
            files.push(path);
        }
    }
}

/// The file of a function, which is named like it.
#[track_caller]
pub(crate) fn source_of(function: &str) -> String {
    static FILES: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    let files = FILES.get_or_init(|| {
        rust("functions")
            .into_iter()
            .filter(|file| !file.path.contains("/bin/"))
            .map(|file| {
                let name = file.path.rsplit('/').next().unwrap().trim_end_matches(".rs");
                (name.replace('_', "-"), file.path.clone())
            })
            .collect()
    });
    files.get(function).unwrap_or_else(|| panic!("no file is named like {function}")).clone()
}
