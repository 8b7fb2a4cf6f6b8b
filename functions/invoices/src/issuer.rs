//! The issuer of documents, read for each of them: an issued document can't be changed.

use builder_core::invoices::store::Issuer;
use builder_core::settings::store;
use builder_store::config::Env;
use builder_store::error::Fault;
use builder_store::table::Table;

/// Returns the issuer with the current settings.
pub(crate) async fn issuer(table: &Table, env: &Env) -> Result<Issuer, Fault> {
    let settings = store::load(table).await?.state.document;
    let host = env.require("PUBLIC_URL")?;
    let host = host.split_once("://").map_or(host, |(_, host)| host);
    Ok(Issuer { settings, host: host.split(['/', ':']).next().unwrap_or_default().to_owned() })
}
