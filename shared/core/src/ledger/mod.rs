//! The ledger: every movement of money, as a balanced double entry in the event that records it.
//!
//! | event | debit | credit |
//! |---|---|---|
//! | an invoice is issued | receivables | revenue, tax payable |
//! | a credit note is issued | revenue, tax payable | receivables |
//! | a payment succeeds | provider balance | receivables |
//! | and costs a fee | provider fees | provider balance |
//! | a refund succeeds | receivables | provider balance |
//! | a refund fails later | provider balance | receivables |
//!
//! An event's postings are added to the sums of its day in the same commit. The sums of one day,
//! currency and shard are one item, so a reader sees a posting completely or not at all, and debits
//! always equal credits.

mod balances;
mod posting;

pub use balances::{Balance, balances, post};
pub use posting::{Account, Entry, Posting, Side};
