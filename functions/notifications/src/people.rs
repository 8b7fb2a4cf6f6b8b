//! The people that a batch of messages is about.

use std::collections::BTreeMap;

use builder_core::error::{Fault, Result};
use builder_core::event::Envelope;
use builder_core::id::UserId;
use builder_core::table::Table;
use builder_core::users::store::{self, Account};
use builder_runtime::Message;

/// The accounts that own what happened, as they are now. Who has been erased isn't there.
pub(crate) struct People(BTreeMap<UserId, Account>);

impl People {
    /// Reads all that these messages need.
    pub(crate) async fn of(table: &Table, messages: &[Message]) -> Result<Self> {
        // What can't be read has nobody; it fails by itself later.
        let owners = messages.iter().filter_map(|message| event(message).ok()?.owner).collect();
        store::load_all(table, &owners).await.map(Self)
    }

    /// The account that owns what happened.
    pub(crate) fn owner(&self, event: &Envelope) -> Option<&Account> {
        self.0.get(&event.owner?)
    }
}

/// The event that a message tells of.
pub(crate) fn event(message: &Message) -> Result<Envelope, Fault> {
    Ok(serde_json::from_str(&message.body)?)
}
