//! Client request tokens: a transaction that is sent again is not done again.
//!
//! The engine has this too, but looks through all tokens of ten minutes at every call. Here the oldest are forgotten
//! after ten minutes, or when the requests kept for comparison exceed a few megabytes; clients retry within seconds.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::Value;

use crate::cloud::error::AwsError;

const KEPT_FOR: Duration = Duration::from_secs(600);
const KEPT_BYTES: usize = 4 * 1024 * 1024;

/// What was done under which token.
#[derive(Debug, Default, Clone)]
pub(super) struct Once {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    slots: HashMap<String, Slot>,
    /// Finished tokens, oldest first.
    done: VecDeque<(Instant, String)>,
    bytes: usize,
}

#[derive(Debug)]
struct Slot {
    request: Bytes,
    /// `None` while the first call runs.
    answer: Option<Bytes>,
}

/// What to do with a call that has a token.
pub(super) enum Begun {
    /// Do it, and say when it is done.
    Now(Ticket),
    /// It was done before, with this answer.
    Before(Bytes),
}

/// A call in progress. Dropped without [`Ticket::done`], the call may be tried again.
pub(super) struct Ticket {
    once: Once,
    token: Option<String>,
}

impl Once {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a call.
    ///
    /// # Errors
    /// If the same token came with another request, or its first call is still running.
    pub(super) fn begin(&self, token: &str, request: &Bytes) -> Result<Begun, AwsError> {
        let mut kept = self.lock();
        kept.forget_old();
        match kept.slots.get(token) {
            None => {
                kept.slots.insert(token.to_owned(), Slot { request: request.clone(), answer: None });
                Ok(Begun::Now(Ticket { once: self.clone(), token: Some(token.to_owned()) }))
            }
            Some(slot) if !same(&slot.request, request) => Err(AwsError::invalid(
                "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException",
                "The request uses the same client token as a previous, but non-identical request.",
            )),
            Some(Slot { answer: Some(answer), .. }) => Ok(Begun::Before(answer.clone())),
            Some(Slot { answer: None, .. }) => Err(AwsError::invalid(
                "com.amazonaws.dynamodb.v20120810#TransactionInProgressException",
                "The transaction with the given request token is already in progress.",
            )),
        }
    }
}

impl Ticket {
    /// Keeps the answer for later calls.
    pub(super) fn done(mut self, answer: Bytes) {
        let Some(token) = self.token.take() else {
            return;
        };
        let mut kept = self.once.lock();
        if let Some(slot) = kept.slots.get_mut(&token) {
            let size = slot.request.len() + answer.len();
            slot.answer = Some(answer);
            kept.bytes += size;
            kept.done.push_back((Instant::now(), token));
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(token) = self.token.take() {
            self.once.lock().slots.remove(&token);
        }
    }
}

impl Kept {
    fn forget_old(&mut self) {
        while let Some((since, _)) = self.done.front()
            && (self.bytes > KEPT_BYTES || since.elapsed() > KEPT_FOR)
        {
            let slot = self.done.pop_front().and_then(|(_, token)| self.slots.remove(&token));
            self.bytes -= slot.map_or(0, |slot| slot.request.len() + slot.answer.map_or(0, |answer| answer.len()));
        }
    }
}

/// Clients write the members of an object in any order.
fn same(one: &Bytes, other: &Bytes) -> bool {
    one == other
        || matches!(
            (serde_json::from_slice::<Value>(one), serde_json::from_slice::<Value>(other)),
            (Ok(one), Ok(other)) if one == other
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_used_once() {
        let once = Once::default();
        let request = Bytes::from_static(br#"{"a": 1, "b": 2}"#);
        let Ok(Begun::Now(ticket)) = once.begin("t", &request) else { panic!("refused") };
        assert!(once.begin("t", &request).is_err(), "still running");
        ticket.done(Bytes::from_static(b"{}"));
        let reordered = Bytes::from_static(br#"{"b": 2, "a": 1}"#);
        assert!(matches!(once.begin("t", &reordered), Ok(Begun::Before(answer)) if answer == "{}"));
        assert!(once.begin("t", &Bytes::from_static(br#"{"a": 2}"#)).is_err());
    }

    #[test]
    fn a_failed_call_may_be_tried_again() {
        let once = Once::default();
        let request = Bytes::from_static(b"{}");
        drop(once.begin("t", &request));
        assert!(matches!(once.begin("t", &request), Ok(Begun::Now(_))));
    }

    #[test]
    fn memory_is_bounded() {
        let once = Once::default();
        let large = Bytes::from(vec![b' '; KEPT_BYTES / 4]);
        for token in 0..20 {
            let Ok(Begun::Now(ticket)) = once.begin(&token.to_string(), &large) else { panic!("refused") };
            ticket.done(Bytes::new());
        }
        assert!(once.lock().slots.len() <= 6);
    }
}
