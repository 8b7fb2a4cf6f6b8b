//! The files of invoices: printed and stored.

mod logo;
mod paper;
pub mod write_document;
