//! Checks that a state matches its events.

use serde_json::Value;

use crate::aggregate::{Aggregate, fold};
use crate::commit::reopen;
use crate::error::{Error, Result};
use crate::event::Envelope;
use crate::personal::PersonKey;

/// Derives the state of one kind of aggregate from its events.
#[derive(Debug, Clone, Copy)]
pub struct Fold {
    /// The kind, as written in events.
    pub(super) kind: &'static str,
    follows: fn(&str, &[Envelope], Option<&PersonKey>) -> Result<bool>,
}

impl Fold {
    /// Returns the fold of this aggregate.
    #[must_use]
    pub const fn of<A: Aggregate>() -> Self {
        Self { kind: A::KIND, follows: follows::<A> }
    }

    /// Returns whether `events`, all of an aggregate's events from the first, produce the state in
    /// this document.
    ///
    /// # Errors
    /// [`Error::Internal`] when the state or an event can't be read.
    pub(super) fn follows(
        &self,
        state: &str,
        events: &[Envelope],
        key: Option<&PersonKey>,
    ) -> Result<bool> {
        (self.follows)(state, events, key)
    }
}

fn follows<A: Aggregate>(
    state: &str,
    events: &[Envelope],
    key: Option<&PersonKey>,
) -> Result<bool> {
    let events =
        events.iter().map(|event| reopen::<A>(event, key)).collect::<Result<Vec<A::Event>>>()?;
    let stored: A = serde_json::from_str(state).map_err(Error::internal)?;
    let folded = fold::<A>(None, &events);
    Ok(value(folded.as_ref())? == value(Some(&stored))?)
}

/// Converts a state to JSON, so that aggregates needn't be comparable, without the members that no
/// event contains.
fn value<A: Aggregate>(state: Option<&A>) -> Result<Value> {
    let mut state = serde_json::to_value(state).map_err(Error::internal)?;
    if let Some(members) = state.as_object_mut() {
        members.retain(|name, _| !A::NOT_IN_EVENTS.contains(&name.as_str()));
    }
    Ok(state)
}
