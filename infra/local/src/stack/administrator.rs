//! The first administrator, created by the same function as in the cloud.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::data_dir::ADMINISTRATOR;
use crate::lambda::{Failure, Lambda};

/// The function that creates the first administrator, once.
const FUNCTION: &str = "bootstrap-admin";

/// The account that a start created, as stored in its file.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Administrator {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
}

/// Creates the administrator. Returns `None` if there is one already.
pub(super) async fn create(
    lambda: &Lambda,
    data_dir: Option<&Path>,
    wanted: Option<(String, String)>,
) -> Result<Option<Administrator>> {
    let Some((email, password)) = wanted else { return Ok(None) };
    let file = data_dir.map(|directory| directory.join(ADMINISTRATOR));
    if file.as_ref().is_some_and(|file| file.exists()) {
        return Ok(None);
    }
    let function = lambda
        .function(FUNCTION)
        .with_context(|| format!("there is no function {FUNCTION} to create the administrator"))?;
    let created = match function.invoke(json!({ "email": email, "password": password })).await {
        Ok(_) => Some(Administrator { email, password }),
        // The function refuses if there is an administrator; other failures are logged.
        Err(failure @ Failure::Function { .. }) if is_refusal(&failure) => None,
        Err(failure) => anyhow::bail!("{FUNCTION}: {failure}"),
    };
    if let Some((created, file)) = created.as_ref().zip(file) {
        write(created, &file).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(created)
}

/// Writes the file, which no other user of the machine may read.
fn write(administrator: &Administrator, file: &Path) -> Result<()> {
    let mut open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    Ok(open.write_all(&serde_json::to_vec_pretty(administrator)?)?)
}

/// Returns the administrator that the first start with a data directory created.
///
/// # Errors
/// If the file is missing or damaged; the message says what to do.
pub fn read(data_dir: &Path) -> Result<Administrator> {
    let file = data_dir.join(ADMINISTRATOR);
    let text = std::fs::read(&file);
    let text = text.with_context(|| {
        format!(
            "cannot read {}, which identifies the administrator; start with --fresh",
            file.display()
        )
    })?;
    serde_json::from_slice(&text)
        .with_context(|| format!("{} is damaged; start with --fresh", file.display()))
}

fn is_refusal(failure: &Failure) -> bool {
    let text = failure.to_string().to_lowercase();
    ["already", "exists", "once"].iter().any(|word| text.contains(word))
}
