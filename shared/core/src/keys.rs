//! Keys of this crate's aggregates.
//!
//! | access pattern | table | key |
//! |---|---|---|
//! | a product's stock counter | data | `pk = PRODUCT#<id>`, `sk = STOCK` |
//! | the last number of a series of invoices | data | `pk = SERIES#<prefix of its numbers>`, `sk = COUNTER` |
//! | the buyer of an invoice | data | `pk = INVOICE#<id>`, `sk = BUYER` |
//! | the ledger's sums of a month, by day, currency and shard | data | `pk = LEDGER#<year>-<month>`, `sk = <day>#<currency>#<shard>` |
//! | how a payment or refund differs from the provider's; its events as for any aggregate | data | `pk = RECONCILIATION#<its id>`, `sk = STATE` |
//! | the progress of the comparison with the payment provider | data | `pk = RECONCILER`, `sk = STATE` |
//! | the circuit breaker of a provider; the calls in a window | ephemeral | `pk = BREAKER#<provider>`, `sk = STATE` or `WINDOW#<epoch>#<window>` |
//! | an event that a provider sent by a webhook | ephemeral | `pk = HOOK#<provider>#<its id>`, `sk = HOOK` |
//! | the mark of an event's e-mail | ephemeral | `pk = SENT#<event id>`, `sk = EMAIL` |

pub use builder_identity::keys::{SETTINGS, THE_SETTINGS, USER, settings};
use builder_store::id::EventId;
pub use builder_store::keys::*;
use jiff::civil::Date;

use crate::id::{InvoiceId, ProductId};
use crate::money::Currency;

/// Products and their stock counters.
pub const PRODUCT: Family = Family::data("PRODUCT#*");
/// Holders of SKUs.
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
/// The progress of the comparison with the payment provider.
pub const RECONCILER: Family = Family::data("RECONCILER");
/// All aggregates, of this crate and the lower ones.
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
/// Events that providers sent by webhooks.
pub const HOOK: Family = Family::ephemeral("HOOK#*");
/// Marks of sent e-mails.
pub const SENT: Family = Family::ephemeral("SENT#*");

/// Returns the key of a product's stock counter.
#[must_use]
pub fn stock(product: ProductId) -> Key {
    Key::data(format!("PRODUCT#{product}"), "STOCK")
}

/// Returns the key of the last number of a series of invoices, by the prefix of its numbers.
#[must_use]
pub fn series(series: &str) -> Key {
    Key::data(format!("SERIES#{series}"), "COUNTER")
}

/// Returns the key of the buyer of an invoice.
#[must_use]
pub fn buyer(invoice: InvoiceId) -> Key {
    Key::data(format!("INVOICE#{invoice}"), "BUYER")
}

/// Returns the listing, without its shard, of payments that may still be paid.
#[must_use]
pub fn unpaid_payments() -> String {
    listing_by_status("payment", "unpaid")
}

/// Returns the listing, without its shard, of unresolved differences from the payment provider.
#[must_use]
pub fn open_differences() -> String {
    listing_by_status("reconciliation", "open")
}

/// The number of items that the sums of a day are spread over.
const LEDGER_SHARDS: u128 = 16;

/// Returns the partition of the ledger's sums in the month of this day.
#[must_use]
pub fn ledger_month(day: Date) -> String {
    format!("LEDGER#{}", day.strftime("%Y-%m"))
}

/// Returns the key of the ledger's sums on a day in a currency, in the shard that `spread` selects.
#[must_use]
pub fn ledger_day(day: Date, currency: Currency, spread: u128) -> Key {
    Key::data(ledger_month(day), format!("{day}#{currency}#{:02}", spread % LEDGER_SHARDS))
}

/// Returns the key of the progress of the comparison with the payment provider.
#[must_use]
pub fn reconciliation() -> Key {
    Key::data("RECONCILER", STATE)
}

/// Returns the key of the state of a provider's circuit breaker.
#[must_use]
pub fn breaker(provider: &str) -> Key {
    Key::ephemeral(format!("BREAKER#{provider}"), STATE)
}

/// Returns the key of the counts of calls to a provider in a window of an epoch.
#[must_use]
pub fn breaker_window(provider: &str, epoch: i64, window: i64) -> Key {
    Key::ephemeral(format!("BREAKER#{provider}"), format!("WINDOW#{epoch}#{window}"))
}

/// Returns the key of an event that a provider sent by a webhook, by the provider's ID of it.
#[must_use]
pub fn hook(provider: &str, id: &str) -> Key {
    Key::ephemeral(format!("HOOK#{provider}#{id}"), "HOOK")
}

/// Returns the key of the mark that an event's e-mail is being or has been sent.
#[must_use]
pub fn sent_email(event: EventId) -> Key {
    Key::ephemeral(format!("SENT#{event}"), "EMAIL")
}
