//! What a mail is made from.

use builder_core::invoices::File;
use builder_runtime::Work;
use builder_store::error::Fault;
use serde_json::Value;

/// A mail before it is written: the recipient, the template, and what goes into it.
pub(crate) struct Letter {
    pub to: String,
    pub template: &'static str,
    pub content: Value,
    /// The file that comes with it, if one does.
    pub enclosed: Option<Enclosed>,
}

/// A document's file, to be sent under this name.
pub(crate) struct Enclosed {
    pub name: String,
    pub file: File,
}

/// A link into the application, with the token in its query.
pub(crate) fn link(work: &Work, page: &str, token: &str) -> Result<String, Fault> {
    let base = work.env().require("APP_URL")?.trim_end_matches('/');
    Ok(url::Url::parse_with_params(&format!("{base}/{page}"), [("token", token)])?.into())
}
