//! The only way to write: state, events, locks, stock and the idempotency record in one DynamoDB
//! transaction.
//!
//! Because they are one write, the audit trail, the outbox that the relay reads from the table's
//! stream, and the response that a repeated request receives can't differ from the state, be lost,
//! or be duplicated.

pub mod idempotency;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update,
};
use serde_json::Value;

use crate::aggregate::{Aggregate, Versioned};
use crate::aws::{is_throttling, outcome};
use crate::error::{Error, Result};
use crate::event::chain::Link;
use crate::event::{self, Context, Envelope};
use crate::id::EventId;
use crate::keys::{self, Key};
use crate::listing::{self, Index};
use crate::personal::{PersonKey, holds_clear_values};
use crate::table::{Item, Table, document, event_item, numeric, primary, textual};

/// The maximum number of actions in a DynamoDB transaction.
pub const MAX_ACTIONS: usize = 100;
/// The maximum size of a DynamoDB item, in bytes.
pub const MAX_ITEM_BYTES: usize = 400 * 1024;
/// The maximum size of a DynamoDB transaction, in bytes.
pub const MAX_TRANSACTION_BYTES: usize = 4 * 1024 * 1024;

/// The maximum number of retries of a transaction that conflicts with another one on the same item.
const CONFLICT_RETRIES: u32 = 12;

/// A write that is being prepared.
#[derive(Debug)]
pub struct Commit {
    context: Context,
    writes: Vec<Write>,
}

/// An action, and the error if its condition fails.
#[derive(Debug)]
struct Write {
    key: Key,
    action: Action,
    condition: Option<Condition>,
    failure: Error,
}

#[derive(Debug)]
enum Action {
    Put(Item),
    Update(Cow<'static, str>),
    Delete,
    Check,
}

#[derive(Debug, Default)]
struct Condition {
    /// Empty if there is no condition.
    expression: &'static str,
    names: HashMap<String, String>,
    values: Item,
}

/// The response for repetitions of the request, encrypted by the caller.
#[derive(Debug, Clone)]
pub struct IdempotencyRecord {
    /// Hash of caller, route and key.
    pub key_hash: String,
    /// A keyed hash of the request, which distinguishes a repetition from another request with the
    /// same key.
    pub fingerprint: Vec<u8>,
    /// The sealed response.
    pub sealed_reply: Vec<u8>,
    /// When the key may be used again, in seconds since 1970.
    pub expires_at: i64,
    /// The claim that the response replaces, if there is one.
    pub lease: Option<String>,
}

impl Commit {
    /// Creates an empty write in this context.
    #[must_use]
    pub fn new(context: &Context) -> Self {
        Self { context: context.clone(), writes: Vec::new() }
    }

    /// Returns the context.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Stores `events` and the state that they produce, on condition that it still has the version
    /// that was read (`None`: it doesn't exist yet). Personal values are sealed with `key`. Returns
    /// the new state.
    ///
    /// # Errors
    /// [`Error::Internal`] if there are no events, they don't produce a state, or there are
    /// personal values but no key.
    pub fn save<A: Aggregate>(
        &mut self,
        before: Option<&Versioned<A>>,
        events: &[A::Event],
        key: Option<&PersonKey>,
    ) -> Result<Versioned<A>> {
        let version = before.map_or(0, |before| before.version);
        let state = crate::aggregate::fold(before.map(|before| before.state.clone()), events)
            .ok_or_else(|| Error::internal(format!("the events don't produce a {}", A::KIND)))?;
        let mut link = before.map_or(Link::NONE, |before| before.link);
        for (number, event) in (version + 1..).zip(events) {
            link = self.append::<A>(&state, event, number, link, key)?;
        }
        let after = Versioned { state, version: version + events.len() as u64, link };
        let item = state_item(&after)?;
        let condition = if before.is_some() {
            Condition {
                expression: "version = :version",
                values: HashMap::from([(
                    ":version".to_owned(),
                    AttributeValue::N(version.to_string()),
                )]),
                ..Condition::default()
            }
        } else {
            Condition { expression: "attribute_not_exists(pk)", ..Condition::default() }
        };
        self.push(after.state.key(), Action::Put(item), Some(condition), Error::VersionConflict);
        Ok(after)
    }

    fn append<A: Aggregate>(
        &mut self,
        state: &A,
        event: &A::Event,
        version: u64,
        previous: Link,
        key: Option<&PersonKey>,
    ) -> Result<Link> {
        let mut envelope = envelope(&self.context, state, event, version, key)?;
        let data = envelope.data.take().to_string();
        envelope.previous = previous;
        envelope.link = envelope.link_of(&data)?;
        let at = Key { sk: format!("{}{version:010}", state.event_prefix()), ..state.key() };
        let mut item = primary(&at);
        listing::list_event(&mut item, &envelope);
        item.extend(event_item(&envelope, &data)?);
        self.insert(at, item, Error::VersionConflict);
        Ok(envelope.link)
    }

    /// Makes `value` unique among its kind: the write fails with `taken` if another holder has it.
    pub fn claim(&mut self, kind: &str, value: &str, holder: &str, taken: Error) {
        let key = keys::unique(kind, value);
        let mut item = primary(&key);
        item.insert("holder".to_owned(), AttributeValue::S(holder.to_owned()));
        self.insert(key, item, taken);
    }

    /// Releases a unique value.
    pub fn release(&mut self, kind: &str, value: &str) {
        self.push(keys::unique(kind, value), Action::Delete, None, Error::VersionConflict);
    }

    /// Puts an item that must not exist yet; the write fails with `exists` if it does.
    pub fn insert(&mut self, key: Key, item: Item, exists: Error) {
        let condition =
            Condition { expression: "attribute_not_exists(pk)", ..Condition::default() };
        self.push(key, Action::Put(item), Some(condition), exists);
    }

    /// Puts an item under a condition; the write fails with `failure` if it doesn't hold.
    pub fn put_if(
        &mut self,
        key: Key,
        item: Item,
        condition: &'static str,
        values: Item,
        failure: Error,
    ) {
        let condition = Condition { expression: condition, values, ..Condition::default() };
        self.push(key, Action::Put(item), Some(condition), failure);
    }

    /// Removes an item, whether it exists or not.
    pub fn delete(&mut self, key: Key) {
        self.push(key, Action::Delete, None, Error::VersionConflict);
    }

    /// Removes an item under a condition; the write fails with `failure` if it doesn't hold.
    pub fn delete_if(&mut self, key: Key, condition: &'static str, values: Item, failure: Error) {
        let condition = Condition { expression: condition, values, ..Condition::default() };
        self.push(key, Action::Delete, Some(condition), failure);
    }

    /// Makes the write fail with [`Error::VersionConflict`] unless the aggregate still has this
    /// version.
    pub fn require_version(&mut self, key: Key, version: u64) {
        let condition = Condition {
            expression: "version = :version",
            values: HashMap::from([(
                ":version".to_owned(),
                AttributeValue::N(version.to_string()),
            )]),
            ..Condition::default()
        };
        self.push(key, Action::Check, Some(condition), Error::VersionConflict);
    }

    /// Makes the write fail with `failure` unless an item meets a condition.
    pub fn require(&mut self, key: Key, condition: &'static str, values: Item, failure: Error) {
        let condition = Condition { expression: condition, values, ..Condition::default() };
        self.push(key, Action::Check, Some(condition), failure);
    }

    /// Changes an item by an update expression under a condition; the write fails with `failure` if
    /// it doesn't hold.
    pub fn update(
        &mut self,
        key: Key,
        update: &'static str,
        condition: &'static str,
        values: Item,
        failure: Error,
    ) {
        self.update_named(key, update, condition, HashMap::new(), values, failure);
    }

    /// As [`Self::update`], with placeholders for attribute names that are reserved words.
    pub fn update_named(
        &mut self,
        key: Key,
        update: &'static str,
        condition: &'static str,
        names: HashMap<String, String>,
        values: Item,
        failure: Error,
    ) {
        let condition = Condition { expression: condition, names, values };
        self.push(key, Action::Update(update.into()), Some(condition), failure);
    }

    /// Adds to the numbers of an item, which may not exist yet.
    pub fn add(&mut self, key: Key, update: String, values: Item) {
        // DynamoDB takes values of an update only beside its expression.
        let condition = Condition { expression: "", values, ..Condition::default() };
        self.push(key, Action::Update(update.into()), Some(condition), Error::VersionConflict);
    }

    /// Stores the response to this request, so that a repetition receives it again. The write fails
    /// with [`Error::AlreadyRecorded`] if there already is one that hasn't expired.
    pub fn record(&mut self, record: &IdempotencyRecord) {
        let key = keys::idempotency(&record.key_hash);
        let mut item = primary(&key);
        item.insert(
            "fingerprint".to_owned(),
            AttributeValue::B(Blob::new(record.fingerprint.clone())),
        );
        item.insert("reply".to_owned(), AttributeValue::B(Blob::new(record.sealed_reply.clone())));
        item.insert("expiresAt".to_owned(), AttributeValue::N(record.expires_at.to_string()));
        // TTL deletes late, so an expired record may still be there.
        let (expression, values) = match &record.lease {
            None => (
                "attribute_not_exists(pk) OR expiresAt < :now",
                (":now", numeric(self.context.at.as_second())),
            ),
            Some(lease) => ("lease = :lease", (":lease", textual(lease))),
        };
        let values = HashMap::from([(values.0.to_owned(), values.1)]);
        let condition = Condition { expression, values, ..Condition::default() };
        self.push(key, Action::Put(item), Some(condition), Error::AlreadyRecorded);
    }

    /// Returns the number of actions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    /// Returns whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    fn push(&mut self, key: Key, action: Action, condition: Option<Condition>, failure: Error) {
        self.writes.push(Write { key, action, condition, failure });
    }

    /// As [`Self::send`], but does nothing if there is nothing to write.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn send_unless_empty(self, table: &Table) -> Result<()> {
        if self.is_empty() { Ok(()) } else { self.send(table).await }
    }

    /// Writes everything, or nothing.
    ///
    /// A transaction that conflicts with another one on the same item is retried with growing,
    /// jittered pauses.
    ///
    /// # Errors
    /// The error given with the action whose condition failed; [`Error::TooLarge`] beyond
    /// DynamoDB's limits; [`Error::Unavailable`] if DynamoDB didn't respond in time or the
    /// conflicts persisted.
    pub async fn send(self, table: &Table) -> Result<()> {
        self.check_limits()?;
        let actions =
            self.writes.iter().map(|write| write.to_action(table)).collect::<Result<Vec<_>>>()?;
        let started = tokio::time::Instant::now();
        let limit = table.limit();
        let mut attempt = 0;
        loop {
            let request =
                table.client.transact_write_items().set_transact_items(Some(actions.clone()));
            let answer =
                match tokio::time::timeout(limit.saturating_sub(started.elapsed()), request.send())
                    .await
                {
                    Ok(Ok(_)) => return Ok(()),
                    Ok(Err(error)) => error,
                    Err(elapsed) => return Err(Error::Unavailable(elapsed.into())),
                };
            let Some(reasons) = cancellation(answer.as_service_error()) else {
                return Err(outcome(answer));
            };
            if reasons.iter().any(|reason| *reason == "ConditionalCheckFailed") {
                return Err(self.failure(&reasons));
            }
            let conflict = reasons
                .iter()
                .any(|reason| *reason == "TransactionConflict" || is_throttling(reason));
            if !conflict {
                return Err(outcome(answer));
            }
            attempt += 1;
            let pause = backoff(attempt);
            if attempt > CONFLICT_RETRIES || started.elapsed() + pause >= limit {
                return Err(Error::Unavailable(
                    format!("{attempt} attempts conflicted with other transactions").into(),
                ));
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Returns the error of the failed conditions. A repeated request takes precedence, since its
    /// first run may have caused the other failures; errors with the same code are merged.
    fn failure(self, reasons: &[String]) -> Error {
        let mut failed: Vec<Error> = self
            .writes
            .into_iter()
            .zip(reasons)
            .filter(|(_, reason)| *reason == "ConditionalCheckFailed")
            .map(|(write, _)| write.failure)
            .collect();
        if failed.iter().any(|error| matches!(error, Error::AlreadyRecorded)) {
            return Error::AlreadyRecorded;
        }
        // Later writes have more specific errors (a unique value, stock) than the states and events
        // before them.
        let Some(mut first) = failed.pop() else { return Error::VersionConflict };
        if let Error::Refused { code, errors, .. } = &mut first {
            for other in failed.into_iter().rev() {
                match other {
                    Error::Refused { code: same, errors: more, .. } if same == *code => {
                        errors.extend(more)
                    }
                    _ => {}
                }
            }
            errors.sort_by(|left, right| left.pointer.cmp(&right.pointer));
        }
        first
    }

    /// Checks the limits of DynamoDB transactions. [`Self::send`] calls this first.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond its limits; [`Error::Internal`] if an item is written twice.
    pub fn check_limits(&self) -> Result<()> {
        if self.writes.len() > MAX_ACTIONS {
            let detail = format!(
                "this has {} actions; a transaction can have at most {MAX_ACTIONS}: split it",
                self.writes.len()
            );
            return Err(Error::TooLarge(detail.into()));
        }
        let mut seen = HashSet::new();
        let mut total = 0;
        for write in &self.writes {
            if !seen.insert(&write.key) {
                return Err(Error::internal(format!(
                    "{:?} is written twice in one commit",
                    write.key
                )));
            }
            let size = write.size();
            if size > MAX_ITEM_BYTES {
                let detail = format!(
                    "an item would have {size} bytes; it can have at most {MAX_ITEM_BYTES}: \
                     shorten it"
                );
                return Err(Error::TooLarge(detail.into()));
            }
            total += size;
        }
        if total > MAX_TRANSACTION_BYTES {
            let detail = format!(
                "this writes {total} bytes; a transaction can write at most \
                 {MAX_TRANSACTION_BYTES}: split it"
            );
            return Err(Error::TooLarge(detail.into()));
        }
        Ok(())
    }
}

impl Write {
    fn size(&self) -> usize {
        match &self.action {
            Action::Put(item) => {
                item.iter().map(|(name, value)| name.len() + value_size(value)).sum()
            }
            _ => self.key.pk.len() + self.key.sk.len() + 4,
        }
    }

    fn to_action(&self, table: &Table) -> Result<TransactWriteItem> {
        let name = table.name(self.key.table);
        let condition = self.condition.as_ref();
        let expression = condition
            .map(|condition| condition.expression.to_owned())
            .filter(|expression| !expression.is_empty());
        let names =
            condition.map(|condition| condition.names.clone()).filter(|names| !names.is_empty());
        let values =
            condition.map(|condition| condition.values.clone()).filter(|values| !values.is_empty());
        let action = TransactWriteItem::builder();
        Ok(match &self.action {
            Action::Put(item) => action.put(
                Put::builder()
                    .table_name(name)
                    .set_item(Some(item.clone()))
                    .set_condition_expression(expression)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()
                    .map_err(Error::internal)?,
            ),
            Action::Update(update) => action.update(
                Update::builder()
                    .table_name(name)
                    .set_key(Some(primary(&self.key)))
                    .update_expression(update.as_ref())
                    .set_condition_expression(expression)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()
                    .map_err(Error::internal)?,
            ),
            Action::Delete => action.delete(
                Delete::builder()
                    .table_name(name)
                    .set_key(Some(primary(&self.key)))
                    .set_condition_expression(expression)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()
                    .map_err(Error::internal)?,
            ),
            Action::Check => action.condition_check(
                ConditionCheck::builder()
                    .table_name(name)
                    .set_key(Some(primary(&self.key)))
                    .set_condition_expression(expression)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()
                    .map_err(Error::internal)?,
            ),
        }
        .build())
    }
}

/// Creates the envelope of an event, with its personal values sealed.
fn envelope<A: Aggregate>(
    context: &Context,
    state: &A,
    event: &A::Event,
    version: u64,
    key: Option<&PersonKey>,
) -> Result<Envelope> {
    let mut value = serde_json::to_value(event).map_err(Error::internal)?;
    let Some(Value::String(kind)) = value.get_mut("type").map(Value::take) else {
        return Err(Error::internal(format!("an event of a {} has no type", A::KIND)));
    };
    let mut data = value
        .get_mut("data")
        .map(Value::take)
        .unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    if let Some(key) = key {
        key.seal(&event::place(A::KIND, &state.id(), version), &mut data)?;
    }
    if holds_clear_values(&data) {
        return Err(Error::internal(format!(
            "the event {kind} has personal values but no key to encrypt them"
        )));
    }
    Ok(Envelope {
        id: EventId::new(context.at),
        kind,
        aggregate: A::KIND.to_owned(),
        aggregate_id: state.id(),
        owner: state.owner(),
        version,
        at: context.at,
        actor: context.actor,
        request_id: context.request_id.clone(),
        traceparent: context.traceparent.clone(),
        previous: Link::NONE,
        link: Link::NONE,
        data,
    })
}

/// Returns events of the aggregate's type from their envelopes. Personal values are decrypted with
/// `key` where it matches.
///
/// # Errors
/// [`Error::Internal`] if this version can't parse an event.
pub fn reopen<A: Aggregate>(envelope: &Envelope, key: Option<&PersonKey>) -> Result<A::Event> {
    let mut data = envelope.data.clone();
    if let Some(key) = key {
        key.open(&envelope.place(), &mut data)?;
    }
    let bare = data.as_object().is_some_and(serde_json::Map::is_empty);
    let kind = ("type".to_owned(), Value::from(envelope.kind.as_str()));
    let event = serde_json::from_value(Value::Object(serde_json::Map::from_iter([
        kind,
        ("data".to_owned(), data),
    ])));
    // A variant without content rejects even empty content.
    if event.is_err() && bare {
        return serde_json::from_value(serde_json::json!({ "type": envelope.kind }))
            .map_err(Error::internal);
    }
    event.map_err(Error::internal)
}

/// Creates the item of a state, with its index entries. The state is a document: docs/adr/0042.
fn state_item<A: Aggregate>(after: &Versioned<A>) -> Result<Item> {
    let key = after.state.key();
    let mut item = primary(&key);
    item.insert("version".to_owned(), AttributeValue::N(after.version.to_string()));
    item.insert("link".to_owned(), AttributeValue::S(after.link.to_string()));
    let state = serde_json::to_string(&after.state).map_err(Error::internal)?;
    item.insert("state".to_owned(), document(&state)?);
    let listed = after.state.listed();
    let by_id = [
        (Index::Owner, listed.by_owner),
        (Index::All, listed.all),
        (Index::Status, listed.by_status),
    ];
    let by_id = by_id
        .into_iter()
        .filter_map(|(index, partition)| Some((index, partition?, after.state.id())));
    let by_name = listed.by_name.map(|(partition, name)| (Index::Owner, partition, name));
    for (index, partition, sorted_by) in by_id.chain(by_name) {
        item.insert(format!("{}pk", index.name()), AttributeValue::S(partition));
        item.insert(format!("{}sk", index.name()), AttributeValue::S(sorted_by));
    }
    Ok(item)
}

fn cancellation(error: Option<&TransactWriteItemsError>) -> Option<Vec<String>> {
    match error? {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => Some(
            cancelled
                .cancellation_reasons()
                .iter()
                .map(|reason| reason.code().unwrap_or("None").to_owned())
                .collect(),
        ),
        _ => None,
    }
}

/// Full jitter with a doubling maximum: 10 ms, 20 ms … 640 ms.
/// <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>
fn backoff(attempt: u32) -> Duration {
    let ceiling = 10u64 << attempt.saturating_sub(1).min(6);
    Duration::from_millis(fastrand::u64(1..=ceiling))
}

/// Returns the size of a value in bytes, according to
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>.
fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number.len() / 2 + 2,
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::L(items) => {
            3 + items.iter().map(|item| 1 + value_size(item)).sum::<usize>()
        }
        AttributeValue::M(fields) => {
            3 + fields.iter().map(|(name, item)| 1 + name.len() + value_size(item)).sum::<usize>()
        }
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::Ns(numbers) => numbers.iter().map(|number| number.len() / 2 + 2).sum(),
        AttributeValue::Bs(blobs) => blobs.iter().map(|blob| blob.as_ref().len()).sum(),
        _ => 1,
    }
}
