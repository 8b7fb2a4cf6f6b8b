//! Multipart uploads.

mod on_uploads;
mod uploads;
