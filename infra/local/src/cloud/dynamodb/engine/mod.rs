//! The database itself, as used by the thread that owns it.

pub(super) mod once;
mod replica;
mod ttl;
mod unchanged;

use std::sync::Arc;
use std::time::Duration;

use dynoxide::Result;
use dynoxide::actions::vector_lifecycle::VectorIndexLifecycle;
use dynoxide::storage::Storage;

use super::catalogue::Catalogue;
use super::operation::Operation;
use replica::Replica;

/// The database, and the lagging copy of it for stale index reads, if faults request them.
pub(super) struct Engine {
    pub(super) storage: Storage,
    vectors: VectorIndexLifecycle,
    catalogue: Arc<Catalogue>,
    replica: Option<Replica>,
}

impl Engine {
    pub(super) fn new(
        storage: Storage,
        catalogue: Arc<Catalogue>,
        index_delay: Option<Duration>,
    ) -> anyhow::Result<Self> {
        let connection = storage.conn();
        // Written data survives a killed process without waiting for the disk (see
        // `integrity_check`). No other process opens the file, so its locks are taken once. A
        // longer log would save nothing, and make requests wait longer at checkpoints. SQLite's own
        // cache keeps its default size: a larger one evicts other data from the processor's cache.
        connection.execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE;
             PRAGMA synchronous = OFF;
             PRAGMA temp_store = MEMORY;
             PRAGMA wal_autocheckpoint = 4000;",
        )?;
        // The engine numbers every stream record from the highest existing one, which is a full
        // scan without an index.
        connection.execute_batch(
            "CREATE INDEX IF NOT EXISTS stream_records_by_number
             ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
             DROP INDEX IF EXISTS stream_records_by_age;",
        )?;
        once::prepare(connection)?;
        unchanged::prepare(connection)?;
        // A few tables with their indexes need more than the default of 16 cached statements.
        connection.set_prepared_statement_cache_capacity(512);
        let engine = Self {
            replica: index_delay.map(Replica::new).transpose()?,
            storage,
            vectors: VectorIndexLifecycle::new(),
            catalogue,
        };
        for name in engine.storage.list_table_names()? {
            engine.note(&name)?;
        }
        Ok(engine)
    }

    /// Runs one operation. `stale` reads from the copy.
    pub(super) fn run<O: Operation>(&mut self, operation: O, stale: bool) -> Result<O::Answer> {
        let altered = operation.altered().map(str::to_owned);
        let most = operation.written_items().len();
        let answer = self.run_noting(operation, stale, altered)?;
        if most > 0 {
            unchanged::take_back(self.storage.conn(), most)?;
        }
        Ok(answer)
    }

    fn run_noting<O: Operation>(
        &mut self,
        operation: O,
        stale: bool,
        altered: Option<String>,
    ) -> Result<O::Answer> {
        if self.replica.is_some() {
            return self.run_with_replica(operation, stale, altered);
        }
        let answer = operation.run(&self.storage, &self.vectors)?;
        if let Some(name) = altered {
            self.note(&name)?;
        }
        Ok(answer)
    }

    fn run_with_replica<O: Operation>(
        &mut self,
        operation: O,
        stale: bool,
        altered: Option<String>,
    ) -> Result<O::Answer> {
        let Self { storage, vectors, catalogue, replica: Some(replica) } = self else {
            return operation.run(&self.storage, &self.vectors);
        };
        if stale {
            for touch in operation.touches() {
                replica.follow(touch.on, storage)?;
            }
            return replica.read(operation, vectors);
        }
        let keys = replica.before(&operation, storage, catalogue)?;
        let answer = operation.run(storage, vectors)?;
        replica.after(keys, storage)?;
        if let Some(name) = altered {
            replica.forget(&name, vectors);
            self.note(&name)?;
        }
        Ok(answer)
    }

    /// Returns the names of a table's key attributes.
    pub(super) fn key_names(&self, table: &str) -> Vec<String> {
        self.catalogue.key(table)
    }

    /// Updates the cached metadata of a table.
    fn note(&self, name: &str) -> Result<()> {
        let table = self.storage.get_table_metadata(name)?;
        if let Some(table) = &table {
            let connection = self.storage.conn();
            once::follow(connection, name)?;
            unchanged::follow(connection, name, table.stream_enabled)?;
        }
        self.catalogue.note(name, table.as_ref());
        Ok(())
    }
}
