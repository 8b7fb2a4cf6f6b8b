//! The database of queues, secrets and mail: one SQLite file with a thread of its own.

use std::path::Path;

use anyhow::Context;
use rusqlite::Connection;

use super::db_thread::DbThread;

/// Submits jobs to the store.
pub(in crate::cloud) type Store = DbThread<Connection>;

/// `visible_at`, `sent_at` and the like are milliseconds since 1970. `taken_here`: the last
/// receiver was in this process.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS queues (
        name TEXT PRIMARY KEY, attributes TEXT NOT NULL, tags TEXT NOT NULL, created_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        queue TEXT NOT NULL,
        message_id TEXT NOT NULL,
        body TEXT NOT NULL,
        attributes TEXT,
        trace TEXT,
        sender TEXT NOT NULL,
        sent_at INTEGER NOT NULL,
        visible_at INTEGER NOT NULL,
        received INTEGER NOT NULL DEFAULT 0,
        first_received_at INTEGER,
        receipt INTEGER,
        message_group TEXT,
        deduplication TEXT,
        came_from TEXT,
        taken_here INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX IF NOT EXISTS messages_by_visibility ON messages (queue, visible_at);
    CREATE INDEX IF NOT EXISTS messages_by_group ON messages (queue, message_group, visible_at)
        WHERE message_group IS NOT NULL;
    CREATE TABLE IF NOT EXISTS deduplications (
        queue TEXT NOT NULL, scope TEXT NOT NULL, token TEXT NOT NULL, message_id TEXT NOT NULL, number INTEGER NOT NULL,
        until INTEGER NOT NULL, PRIMARY KEY (queue, scope, token)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS moves (
        id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, document TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS mails (
        id INTEGER PRIMARY KEY AUTOINCREMENT, recipient TEXT NOT NULL COLLATE NOCASE, document TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS mails_by_recipient ON mails (recipient, id);
";

const RECEIVED_BEFORE: &str =
    "UPDATE messages SET visible_at = ?1 WHERE taken_here AND visible_at > ?1";

/// Opens the file in `data_dir`, or an in-memory database.
pub(in crate::cloud) fn open(data_dir: Option<&Path>) -> anyhow::Result<Store> {
    let connection = match data_dir {
        Some(directory) => {
            let path = directory.join("services.sqlite");
            Connection::open(&path).with_context(|| format!("cannot open {}", path.display()))?
        }
        None => Connection::open_in_memory()?,
    };
    // Written data survives a killed process without waiting for the disk (see `integrity_check`).
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;",
    )?;
    connection.execute_batch(SCHEMA)?;
    // The receivers of these messages died with the previous process, so the messages become
    // visible again immediately. Messages that another process received stay invisible.
    connection.execute(RECEIVED_BEFORE, [crate::time::now().as_millisecond()])?;
    connection.set_prepared_statement_cache_capacity(128);
    DbThread::open("services", connection)
}
