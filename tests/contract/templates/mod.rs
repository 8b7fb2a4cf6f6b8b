//! The templates, as files and as the local stack reads them.

mod environment;
mod parameters;
mod resources;
mod stanzas;
mod throttles;

use std::collections::BTreeMap;
use std::path::PathBuf;

use builder_local::template::{self, Model};
use builder_tests::repository;
use serde_json::Value;

use crate::generated::update_if_asked;
use crate::sources::folders;

/// Returns every template, by its path in the repository.
pub(crate) fn templates() -> BTreeMap<String, Value> {
    update_if_asked();
    let mut files = vec!["template.yaml".to_owned()];
    files.extend(
        folders("functions").into_iter().map(|domain| format!("functions/{domain}/template.yaml")),
    );
    let infra =
        std::fs::read_dir(repository().join("infra")).unwrap().map(|entry| entry.unwrap().path());
    let yaml = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "yaml");
    files.extend(
        infra
            .filter(yaml)
            .map(|path| format!("infra/{}", path.file_name().unwrap().to_str().unwrap())),
    );
    let read = |file: String| {
        let document =
            template::document(&repository().join(&file)).unwrap_or_else(|error| panic!("{error}"));
        (file, document)
    };
    files.into_iter().map(read).collect()
}

/// Returns the model of the templates, after updating them if requested.
pub(crate) fn model() -> Model {
    update_if_asked();
    builder_tests::model()
}
