//! Reads `template.yaml` and its nested templates as CloudFormation and SAM would, as far as this
//! project's templates require.
//!
//! [`load`] returns a plain [`Model`] of the tables, queues, functions and routes, with every
//! `!Ref` and `!Sub` resolved. Anything unsupported is refused with one line that names the file,
//! the resource, the property and what to change: a stack that silently differs from the deployed
//! one would be worse than none.

mod error;
mod intrinsic;
mod model;
mod names;
mod parameters;
mod properties;
mod resources;
mod rules;
mod scope;
mod yaml;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use resources::{api, invocations, policies};

pub use error::TemplateError;
pub use model::{
    Bucket, BucketTrigger, Cors, Destination, Function, HttpApi, Model, Queue, QueuePolicy,
    QueueTrigger, Route, ScheduleTrigger, Secret, StreamTrigger, Table, Throttle, Trigger,
};

/// Where the template is deployed: the values of the pseudo parameters and the parts of the ARNs.
#[derive(Debug, Clone)]
pub struct Platform {
    /// `AWS::Region`.
    pub region: String,
    /// `AWS::AccountId`.
    pub account: String,
    /// `AWS::StackName` of the root template; the names of resources begin with it.
    pub stack: String,
    /// The AWS endpoint, which is the prefix of queue URLs.
    pub aws_url: String,
    /// The base URL of the HTTP API.
    pub api_url: String,
}

/// Attributes that are only known once a resource exists (a secret's ARN, a queue's URL), by
/// `(kind, physical name)`.
pub type Known = BTreeMap<(&'static str, String), BTreeMap<&'static str, String>>;

/// Reads the template at `root` and its nested templates.
///
/// `parameters` override the defaults of the root template's parameters. `known` may be empty: then
/// ARNs and URLs are what the platform would most likely assign.
///
/// # Errors
/// [`TemplateError`]: the first problem.
pub fn load(
    root: &Path,
    parameters: &BTreeMap<String, String>,
    platform: &Platform,
    known: &Known,
) -> Result<Model, TemplateError> {
    let given = parameters
        .iter()
        .map(|(name, value)| (name.clone(), Value::String(value.clone())))
        .collect();
    let base = root.parent().unwrap_or_else(|| Path::new("."));
    let loading = scope::Loading { platform, known, base, describe: resources::describe };
    let (mut model, _outputs) = scope::load_stack(&loading, root, &platform.stack, given)?;
    invocations::check(&model)?;
    policies::attach(&mut model)?;
    api::connect(&mut model);
    api::check(&model)?;
    Ok(model)
}

/// Returns the names of the parameters that the template at `root` declares.
///
/// # Errors
/// [`TemplateError`] if the file can't be read.
pub fn parameter_names(root: &Path) -> Result<Vec<String>, TemplateError> {
    let document = document(root)?;
    Ok(document["Parameters"]
        .as_object()
        .map(|declared| declared.keys().cloned().collect())
        .unwrap_or_default())
}

/// Returns one template file as JSON, with its intrinsic functions in their long form and
/// unresolved.
///
/// # Errors
/// [`TemplateError`] if the file can't be read.
pub fn document(file: &Path) -> Result<Value, TemplateError> {
    yaml::read(file, &error::Place::new(file.display().to_string()))
}

#[cfg(test)]
mod tests;
