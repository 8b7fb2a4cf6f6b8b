//! The owners of a batch of events.

use std::collections::BTreeMap;

use builder_identity::account::store::{self, Account};
use builder_store::error::Result;
use builder_store::event::Envelope;
use builder_store::id::UserId;
use builder_store::table::Table;

/// The current state of the accounts that own the events. Erased accounts are missing.
pub(crate) struct People(BTreeMap<UserId, Account>);

impl People {
    /// Reads the owners of these events.
    pub(crate) async fn of(table: &Table, events: impl Iterator<Item = &Envelope>) -> Result<Self> {
        store::load_all(table, &events.filter_map(|event| event.owner).collect()).await.map(Self)
    }

    /// Returns the account that owns the event.
    pub(crate) fn owner(&self, event: &Envelope) -> Option<&Account> {
        self.0.get(&event.owner?)
    }
}
