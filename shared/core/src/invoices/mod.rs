//! Invoices and credit notes.
//!
//! ```text
//! an order is paid ─────────────▶ paid ──(refunds)──▶ paid, with credit notes
//! an admin invoices before ──▶ open ──(its order is paid)──▶ paid
//!                                └──(declared void, or its order is given up)──▶ void, with a credit note of all
//! ```
//!
//! **Numbers have no gap.** A document, its number ([`number`]) and the mark on its order are one
//! commit. A queue that keeps order spares the issuers conflicts; without it they would only be
//! slower.
//!
//! **What a document says never changes.** Lines, sums, seller and buyer are copied into it. A
//! correction is a document of its own: a credit note for money that went back ([`share`] decides
//! which lines and which tax), and an invoice again if it comes back.
//!
//! **The buyer stands apart** from events, which are kept for ever: see [`Buyer`].

mod decide;
mod invoice;
pub mod number;
mod parties;
pub mod share;
pub mod store;
#[cfg(test)]
mod tests;

pub use decide::{DocumentHeader, Reason, day, issue};
pub use invoice::{
    Content, Corrected, Credit, File, Invoice, InvoiceEvent, InvoiceKind, InvoiceLine,
    InvoiceStatus,
};
pub use parties::{Buyer, Seller};
