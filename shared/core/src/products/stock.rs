//! The stock counters of products.
//!
//! A counter has no version, so buyers of one product only conflict while their transactions
//! overlap.

use std::collections::HashMap;

use builder_store::commit::Commit;
use builder_store::error::Error;
use builder_store::table::{numeric, primary};

use crate::id::ProductId;
use crate::keys;

/// Creates a product's stock counter.
pub fn create(commit: &mut Commit, product: ProductId, available: u32) {
    let key = keys::stock(product);
    let mut item = primary(&key);
    item.insert("available".to_owned(), numeric(i64::from(available)));
    commit.insert(key, item, Error::VersionConflict);
}

/// Adjusts a product's stock by `delta`; the write fails with `short` if the result would be
/// negative.
pub fn adjust(commit: &mut Commit, product: ProductId, delta: i64, short: Error) {
    let least = if delta < 0 { -delta } else { 0 };
    let values = HashMap::from([
        (":delta".to_owned(), numeric(delta)),
        (":least".to_owned(), numeric(least)),
    ]);
    commit.update(
        keys::stock(product),
        "ADD available :delta",
        "available >= :least",
        values,
        short,
    );
}
