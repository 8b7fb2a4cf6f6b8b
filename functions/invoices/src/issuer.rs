//! The issuer of documents, read for each of them: an issued document can't be changed.

use builder_core::invoices::store::Issuer;
use builder_core::keys::{INVOICE, LEDGER, ORDER, SERIES, SETTINGS};
use builder_core::settings::store;
use builder_runtime::Resources;
use builder_store::config::Env;
use builder_store::error::Fault;
use builder_store::table::Table;

/// Returns the resources that issuing an invoice or a credit note for an order needs.
pub(crate) fn resources() -> Resources {
    Resources::new()
        .variables(["PUBLIC_URL"])
        .get([ORDER, SERIES, SETTINGS])
        .put([INVOICE, ORDER])
        .update([LEDGER, SERIES])
}

/// Returns the issuer with the current settings.
pub(crate) async fn issuer(table: &Table, env: &Env) -> Result<Issuer, Fault> {
    let settings = store::load(table).await?.state.document;
    let host = env.require("PUBLIC_URL")?;
    let host = host.split_once("://").map_or(host, |(_, host)| host);
    Ok(Issuer { settings, host: host.split(['/', ':']).next().unwrap_or_default().to_owned() })
}
