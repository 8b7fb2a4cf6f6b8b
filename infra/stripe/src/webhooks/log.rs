//! The attempted deliveries and their results, for tests.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// How many deliveries are stored; the oldest are deleted first.
const CAPACITY: usize = 10_000;

/// One attempt to deliver an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// The event.
    pub event: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// From 0.
    pub attempt: u32,
    /// The endpoint's status, or why there is none.
    pub result: String,
    /// Whether the endpoint accepted it.
    pub delivered: bool,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

/// The latest deliveries.
#[derive(Debug, Default)]
pub(crate) struct Log(Mutex<VecDeque<Delivery>>);

impl Log {
    /// Stores a delivery.
    pub(crate) fn put(&self, delivery: Delivery) {
        let mut deliveries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if deliveries.len() == CAPACITY {
            deliveries.pop_front();
        }
        deliveries.push_back(delivery);
    }

    /// Returns all stored deliveries, the oldest first.
    pub(crate) fn all(&self) -> Vec<Delivery> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
