//! The content of an e-mail.

use builder_core::invoices::File;
use builder_runtime::Work;
use builder_store::error::Fault;
use serde_json::Value;

/// An e-mail before rendering: the recipient, the template, and its values.
pub(crate) struct Letter {
    pub to: String,
    pub template: &'static str,
    pub content: Value,
    /// The attached file, if there is one.
    pub enclosed: Option<Enclosed>,
}

/// A document's file, to be attached under this name.
pub(crate) struct Enclosed {
    pub name: String,
    pub file: File,
}

/// Returns a link to a page of the application, with the token in its query.
pub(crate) fn link(work: &Work, page: &str, token: &str) -> Result<String, Fault> {
    let base = work.env().require("APP_URL")?.trim_end_matches('/');
    Ok(url::Url::parse_with_params(&format!("{base}/{page}"), [("token", token)])?.into())
}
