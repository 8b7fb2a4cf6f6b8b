//! SQLite databases: a thread for each, the shared schema, and the check for corruption at start.

pub(super) mod db_thread;
pub(super) mod integrity_check;
pub(super) mod store;
