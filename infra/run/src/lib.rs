//! Every function of this workspace, for programs that run or check all of them.
//!
//! The local cloud itself (`builder-local`) doesn't depend on them, so a change to a handler only
//! recompiles its domain and relinks.

use builder_runtime::Function;

/// The crates that the functions consist of, by their names in the log.
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

/// Returns every function of every domain, routes and jobs.
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
