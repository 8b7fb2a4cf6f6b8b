//! All objects, and how they change.

pub(super) mod journal;
pub(super) mod summary;

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::objects::Record;
use crate::objects::balance::Transaction;
use crate::objects::charge::Charge;
use crate::objects::event::Event;
use crate::objects::intent::Intent;
use crate::objects::method::Method;
use crate::objects::refund::Refund;
use crate::request::idempotency::Saved;

/// Objects of one kind by ID, in the order in which they were created.
#[derive(Debug)]
pub(crate) struct Table<T> {
    rows: Vec<T>,
    positions: HashMap<String, usize>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), positions: HashMap::new() }
    }
}

impl<T: Record> Table<T> {
    /// Returns the object with this ID.
    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.positions.get(id).and_then(|position| self.rows.get(*position))
    }

    /// Returns all objects, the oldest first.
    pub(crate) fn all(&self) -> &[T] {
        &self.rows
    }

    fn put(&mut self, row: T) {
        match self.positions.get(row.id()) {
            Some(position) => self.rows[*position] = row,
            None => {
                self.positions.insert(row.id().to_owned(), self.rows.len());
                self.rows.push(row);
            }
        }
    }
}

/// All objects.
#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(crate) methods: Table<Method>,
    pub(crate) intents: Table<Intent>,
    pub(crate) charges: Table<Charge>,
    pub(crate) refunds: Table<Refund>,
    pub(crate) transactions: Table<Transaction>,
    pub(crate) events: Table<Event>,
    /// Responses by idempotency key.
    pub(crate) saved: HashMap<String, Saved>,
    /// Asynchronous changes by ID, and when they are due, in milliseconds since 1970.
    pub(crate) due: BTreeMap<String, i64>,
}

/// The change of one call, applied as a whole. One line of the journal.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Change {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) methods: Vec<Method>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) intents: Vec<Intent>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) charges: Vec<Charge>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) refunds: Vec<Refund>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) transactions: Vec<Transaction>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) events: Vec<Event>,
    /// Events that need not be delivered any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) told: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) saved: Option<Saved>,
}

impl Change {
    /// Returns whether nothing changes.
    pub(crate) fn is_empty(&self) -> bool {
        self.methods.is_empty()
            && self.intents.is_empty()
            && self.charges.is_empty()
            && self.refunds.is_empty()
            && self.transactions.is_empty()
            && self.events.is_empty()
            && self.told.is_empty()
            && self.saved.is_none()
    }
}

impl Books {
    /// Applies a change.
    pub(crate) fn apply(&mut self, change: Change) {
        change.methods.into_iter().for_each(|row| self.methods.put(row));
        for row in change.intents {
            self.expect(&row.id, row.settles_at_ms);
            self.intents.put(row);
        }
        change.charges.into_iter().for_each(|row| self.charges.put(row));
        for row in change.refunds {
            self.expect(&row.id, row.turns.map(|turn| turn.at_ms));
            self.refunds.put(row);
        }
        change.transactions.into_iter().for_each(|row| self.transactions.put(row));
        change.events.into_iter().for_each(|row| self.events.put(row));
        for id in change.told {
            if let Some(event) = self.events.get(&id) {
                let told = Event { pending: false, ..event.clone() };
                self.events.put(told);
            }
        }
        if let Some(saved) = change.saved {
            self.saved.insert(saved.key.clone(), saved);
        }
    }
    fn expect(&mut self, id: &str, at_ms: Option<i64>) {
        match at_ms {
            Some(at_ms) => self.due.insert(id.to_owned(), at_ms),
            None => self.due.remove(id),
        };
    }
}
