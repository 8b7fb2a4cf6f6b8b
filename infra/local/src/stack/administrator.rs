//! The first administrator, created by the function that does the same in the cloud.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::lambda::{Failure, Lambda};

/// The function that creates the first administrator, once.
const FUNCTION: &str = "bootstrap-admin";
/// Marks a data directory whose administrator exists.
const MARKER: &str = "administrator";

/// The account that a start created.
#[derive(Clone, PartialEq, Eq)]
pub struct Administrator {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
}

/// Creates the administrator, unless there is one. `None` when there is.
pub(super) async fn create(
    lambda: &Lambda,
    data_dir: Option<&Path>,
    wanted: Option<(String, String)>,
) -> Result<Option<Administrator>> {
    let Some((email, password)) = wanted else { return Ok(None) };
    let marker = data_dir.map(|directory| directory.join(MARKER));
    if marker.as_ref().is_some_and(|marker| marker.exists()) {
        return Ok(None);
    }
    let function =
        lambda.function(FUNCTION).with_context(|| format!("there is no function {FUNCTION} to create the administrator"))?;
    let created = match function.invoke(json!({ "email": email, "password": password })).await {
        Ok(_) => Some(Administrator { email: email.clone(), password }),
        // The function refuses a second time; anything else is worth a line.
        Err(failure @ Failure::Function { .. }) if is_refusal(&failure) => None,
        Err(failure) => anyhow::bail!("{FUNCTION}: {failure}"),
    };
    if let Some(marker) = marker {
        std::fs::write(&marker, format!("{email}\n")).with_context(|| format!("cannot write {}", marker.display()))?;
    }
    Ok(created)
}

fn is_refusal(failure: &Failure) -> bool {
    let text = failure.to_string().to_lowercase();
    ["already", "exists", "once"].iter().any(|word| text.contains(word))
}
