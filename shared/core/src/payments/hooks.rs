//! Received webhooks, each recorded once.

use builder_store::error::Result;
use builder_store::table::{Table, numeric, primary, textual};
use jiff::Timestamp;

use crate::keys::{self, TableName};

/// How long a record is stored, in seconds: 30 days, as long as Stripe shows its events.
const LIFE: i64 = 30 * 24 * 3600;

/// Records that `provider` sent its event `id`. Its content is omitted, because it contains
/// personal data. Recording it again changes only the time.
///
/// # Errors
/// As [`Table::call`].
pub async fn note(
    table: &Table,
    provider: &str,
    id: &str,
    kind: &str,
    matters: bool,
    now: Timestamp,
) -> Result<()> {
    let mut item = primary(&keys::hook(provider, id));
    item.insert("kind".to_owned(), textual(kind));
    item.insert("outcome".to_owned(), textual(if matters { "queued" } else { "ignored" }));
    item.insert("receivedAt".to_owned(), textual(now.to_string()));
    item.insert("expiresAt".to_owned(), numeric(now.as_second() + LIFE));
    let request =
        table.client().put_item().table_name(table.name(TableName::Ephemeral)).set_item(Some(item));
    table.call(request.send()).await.map(drop)
}
