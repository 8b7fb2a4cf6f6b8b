//! The people that a batch of events is about.

use std::collections::BTreeMap;

use builder_identity::account::store::{self, Account};
use builder_store::error::Result;
use builder_store::event::Envelope;
use builder_store::id::UserId;
use builder_store::table::Table;

/// The accounts that own what happened, as they are now. Who has been erased isn't there.
pub(crate) struct People(BTreeMap<UserId, Account>);

impl People {
    /// Reads all that these events need.
    pub(crate) async fn of(table: &Table, events: impl Iterator<Item = &Envelope>) -> Result<Self> {
        store::load_all(table, &events.filter_map(|event| event.owner).collect()).await.map(Self)
    }

    /// The account that owns what happened.
    pub(crate) fn owner(&self, event: &Envelope) -> Option<&Account> {
        self.0.get(&event.owner?)
    }
}
