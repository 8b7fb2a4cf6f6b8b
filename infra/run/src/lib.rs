//! Every function of this workspace, for what runs or checks all of them.
//!
//! The local cloud itself (`builder-local`) knows none of them, so that a change to a handler
//! compiles its domain and links, and compiles nothing else.

use builder_runtime::Function;

/// The crates that functions are made of, as they name themselves in the log.
pub const CRATES: [&str; 12] = [
    "builder_core",
    "builder_runtime",
    "audit",
    "auth",
    "users",
    "products",
    "orders",
    "invoices",
    "payments",
    "settings",
    "notifications",
    "system",
];

/// Every function of every domain, routes and jobs.
#[must_use]
pub fn functions() -> Vec<Function> {
    [
        auth::functions(),
        users::functions(),
        products::functions(),
        orders::functions(),
        invoices::functions(),
        payments::functions(),
        settings::functions(),
        notifications::functions(),
        audit::functions(),
        system::functions(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
