//! Invoices and credit notes.
//!
//! ```text
//! an order is paid ─────────────▶ paid ──(refunds)──▶ paid, with credit notes
//! an admin invoices early ───▶ open ──(its order is paid)──▶ paid
//!                                └──(declared void, or its order is cancelled or fails)──▶ void,
//! with a credit note of all
//! ```
//!
//! **Numbers have no gaps.** A document, its number ([`number`]) and the reference in its order are
//! one commit. An ordered queue avoids conflicts between concurrent issuers; without it, they would
//! only be slower.
//!
//! **The content of a document never changes.** Lines, sums, seller and buyer are copied into it. A
//! correction is a separate document: a credit note for a refund ([`share`] determines the lines
//! and taxes), and another invoice if the refund fails later.
//!
//! **The buyer is stored apart** from events, which are permanent: see [`Buyer`].

mod decide;
mod invoice;
pub mod number;
mod parties;
mod reference;
pub mod share;
pub mod store;
#[cfg(test)]
mod tests;

pub use decide::{DocumentHeader, Reason, issue};
pub use invoice::{
    Content, Corrected, Credit, File, Invoice, InvoiceEvent, InvoiceKind, InvoiceLine,
    InvoiceStatus,
};
pub use parties::{Buyer, Seller};
pub use reference::payment_reference;
