//! Aggregates: a state, the events that made it, and the pure functions between them.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::event::chain::Link;
use crate::id::UserId;
use crate::keys::{self, Key};

/// A state that is changed as a whole, by one command at a time: an order, a product, a user.
/// `decide` functions are ordinary functions beside each aggregate: `decide(state, command) ->
/// Result<Vec<Event>>`. The trait defines what all aggregates have in common: how events produce
/// the state, and where it is stored.
pub trait Aggregate: Serialize + DeserializeOwned + Clone + Send + Sync {
    /// The type of its events, serialized as `{"type": "order.placed", "data": {…}}`.
    type Event: Serialize + DeserializeOwned + Clone + Send + Sync;

    /// The kind in events: `order`.
    const KIND: &'static str;
    /// Members of the state that no event contains, because they are secret.
    const NOT_IN_EVENTS: &'static [&'static str] = &[];

    /// Returns the state after `event`. The state is `None` before the first one. An event that
    /// can't apply leaves the state unchanged.
    fn apply(state: Option<Self>, event: &Self::Event) -> Option<Self>;

    /// Returns the ID, as in events.
    fn id(&self) -> String;

    /// Returns the account that owns it, which may see its events; `None` if it has no owner.
    fn owner(&self) -> Option<UserId> {
        None
    }

    /// Returns the key of the state. By default, it has its own partition.
    fn key(&self) -> Key {
        keys::state(Self::KIND, self.id())
    }

    /// Returns the prefix of the sort keys of its events, before the version.
    fn event_prefix(&self) -> String {
        keys::EVENT_PREFIX.to_owned()
    }

    /// Returns the listings that contain it. By default, there are none.
    fn listed(&self) -> Listed {
        Listed::default()
    }
}

/// The index entries of an aggregate. See [`crate::keys`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// Partition of the listing by owner.
    pub by_owner: Option<String>,
    /// Partition of the listing of all.
    pub all: Option<String>,
    /// Partition of the listing by status.
    pub by_status: Option<String>,
    /// Partition of a listing in order of a name, and the name; for aggregates without an owner.
    pub by_name: Option<(String, String)>,
}

/// A state as read, with the version that it must still have when it is changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Versioned<A> {
    /// The state.
    pub state: A,
    /// The number of its events: 1 after the first.
    pub version: u64,
    /// The link of the last of them.
    pub link: Link,
}

/// Returns the state after applying `events`, in order, to `before`.
pub fn fold<'a, A: Aggregate + 'a>(
    before: Option<A>,
    events: impl IntoIterator<Item = &'a A::Event>,
) -> Option<A> {
    events.into_iter().fold(before, |state, event| A::apply(state, event))
}

/// The owner to filter by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Only this user. Resources of others are treated as if they didn't exist.
    Only(UserId),
    /// Any user: for admins and for the system.
    Any,
}

impl Owner {
    /// Returns whether resources of `user` are included.
    #[must_use]
    pub fn may_see(self, user: UserId) -> bool {
        self == Self::Any || self == Self::Only(user)
    }

    /// Returns the owner whose rows a list shows, if it is filtered by `user`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if a caller other than an admin filters by user.
    pub fn narrowed_to(self, user: Option<UserId>) -> Result<Self> {
        match (self, user) {
            (Self::Any, Some(user)) => Ok(Self::Only(user)),
            (Self::Only(_), Some(_)) => {
                Err(Error::Forbidden("Only admins can filter by user. Omit userId.".into()))
            }
            (owner, None) => Ok(owner),
        }
    }
}
