//! The pages of the console, one module each.

pub(super) mod buckets;
pub(super) mod emails;
pub(super) mod jobs;
pub(super) mod links;
mod listing;
pub(super) mod mailbox;
pub(super) mod overview;
pub(super) mod payments;
pub(super) mod queues;
pub(super) mod requests;
pub(super) mod tables;
