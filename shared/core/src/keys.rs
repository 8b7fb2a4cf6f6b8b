//! Keys of what this crate stores, and those that are the same for every aggregate.
//!
//! | access pattern | table | key |
//! |---|---|---|
//! | a product's stock counter | data | `pk = PRODUCT#<id>`, `sk = STOCK` |
//! | the last number of a series of invoices | data | `pk = SERIES#<what its numbers begin with>`, `sk = COUNTER` |
//! | who an invoice was issued to | data | `pk = INVOICE#<id>`, `sk = BUYER` |
//! | what the ledger moved in a month, by day, currency and shard | data | `pk = LEDGER#<year>-<month>`, `sk = <day>#<currency>#<shard>` |
//! | at what a payment or refund differs from the provider's; its events as any aggregate's | data | `pk = RECONCILIATION#<its id>`, `sk = STATE` |
//! | how far the comparison with the payment provider has come | data | `pk = RECONCILER`, `sk = STATE` |
//! | whether a provider is to be called; how calls of it went in a window | ephemeral | `pk = BREAKER#<provider>`, `sk = STATE` or `WINDOW#<epoch>#<window>` |
//! | what a provider told by a webhook | ephemeral | `pk = HOOK#<provider>#<its id>`, `sk = HOOK` |
//! | whether an event's e-mail is sent | ephemeral | `pk = SENT#<event id>`, `sk = EMAIL` |

pub use builder_identity::keys::{SETTINGS, THE_SETTINGS, USER, settings};
use builder_store::id::EventId;
pub use builder_store::keys::*;
use jiff::civil::Date;

use crate::id::{InvoiceId, ProductId};
use crate::money::Currency;

/// Products and their stock counters.
pub const PRODUCT: Family = Family::data("PRODUCT#*");
/// Who has a SKU.
pub const UNIQUE_SKU: Family = Family::data("UNIQUE#SKU#*");
/// Orders.
pub const ORDER: Family = Family::data("ORDER#*");
/// Payments.
pub const PAYMENT: Family = Family::data("PAYMENT#*");
/// Refunds.
pub const REFUND: Family = Family::data("REFUND#*");
/// Invoices and their buyers.
pub const INVOICE: Family = Family::data("INVOICE#*");
/// The last numbers of series of invoices.
pub const SERIES: Family = Family::data("SERIES#*");
/// The sums of the ledger.
pub const LEDGER: Family = Family::data("LEDGER#*");
/// Differences from the payment provider.
pub const RECONCILIATION: Family = Family::data("RECONCILIATION#*");
/// How far the comparison with the payment provider has come.
pub const RECONCILER: Family = Family::data("RECONCILER");
/// Everything that has events, of this crate and of those below.
pub const AGGREGATES: [Family; 8] =
    [INVOICE, ORDER, PAYMENT, PRODUCT, RECONCILIATION, REFUND, SETTINGS, USER];
/// Products in the indexes.
pub const PRODUCTS: Family = Family::data("PRODUCTS#*");
/// Orders in the indexes.
pub const ORDERS: Family = Family::data("ORDERS#*");
/// Payments in the indexes.
pub const PAYMENTS: Family = Family::data("PAYMENTS#*");
/// Refunds in the indexes.
pub const REFUNDS: Family = Family::data("REFUNDS#*");
/// Invoices in the indexes.
pub const INVOICES: Family = Family::data("INVOICES#*");
/// Reconciliations in the indexes.
pub const RECONCILIATIONS: Family = Family::data("RECONCILIATIONS#*");
/// Circuit breakers of providers.
pub const BREAKER: Family = Family::ephemeral("BREAKER#*");
/// Events that providers sent by a webhook.
pub const HOOK: Family = Family::ephemeral("HOOK#*");
/// Which e-mails are sent.
pub const SENT: Family = Family::ephemeral("SENT#*");

/// A product's stock counter.
#[must_use]
pub fn stock(product: ProductId) -> Key {
    Key::data(format!("PRODUCT#{product}"), "STOCK")
}

/// The last number of a series of invoices, which is known by what its numbers begin with.
#[must_use]
pub fn series(series: &str) -> Key {
    Key::data(format!("SERIES#{series}"), "COUNTER")
}

/// Who an invoice was issued to.
#[must_use]
pub fn buyer(invoice: InvoiceId) -> Key {
    Key::data(format!("INVOICE#{invoice}"), "BUYER")
}

/// The listing, but for its shard, of payments that may still become paid.
#[must_use]
pub fn unpaid_payments() -> String {
    listing_by_status("payment", "unpaid")
}

/// The listing, but for its shard, of what still differs from the payment provider's.
#[must_use]
pub fn open_differences() -> String {
    listing_by_status("reconciliation", "open")
}

/// Over how many items the sums of a day are spread.
const LEDGER_SHARDS: u128 = 16;

/// What the ledger moved in the month of this day.
#[must_use]
pub fn ledger_month(day: Date) -> String {
    format!("LEDGER#{}", day.strftime("%Y-%m"))
}

/// What the ledger moved on a day in a currency, in the shard that `spread` leads to.
#[must_use]
pub fn ledger_day(day: Date, currency: Currency, spread: u128) -> Key {
    Key::data(ledger_month(day), format!("{day}#{currency}#{:02}", spread % LEDGER_SHARDS))
}

/// How far the comparison with the payment provider has come.
#[must_use]
pub fn reconciliation() -> Key {
    Key::data("RECONCILER", STATE)
}

/// Whether a provider is to be called.
#[must_use]
pub fn breaker(provider: &str) -> Key {
    Key::ephemeral(format!("BREAKER#{provider}"), STATE)
}

/// How calls of a provider went in a window of an epoch.
#[must_use]
pub fn breaker_window(provider: &str, epoch: i64, window: i64) -> Key {
    Key::ephemeral(format!("BREAKER#{provider}"), format!("WINDOW#{epoch}#{window}"))
}

/// What a provider told by a webhook, by the id that it gave it.
#[must_use]
pub fn hook(provider: &str, id: &str) -> Key {
    Key::ephemeral(format!("HOOK#{provider}#{id}"), "HOOK")
}

/// The mark that an event's e-mail is being or has been sent.
#[must_use]
pub fn sent_email(event: EventId) -> Key {
    Key::ephemeral(format!("SENT#{event}"), "EMAIL")
}
