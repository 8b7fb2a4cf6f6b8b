//! The PDF files of invoices and credit notes.

mod logo;
mod paper;
pub mod write_document;
