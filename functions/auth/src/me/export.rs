//! The export of a user's data, in parts that fit into a response of a function.

use builder_identity::api_keys::key_view::ApiKeyView;
use builder_identity::id::SessionId;
use builder_identity::sessions::session::Session;
use builder_store::error::{Error, Result};
use builder_store::event::{Actor, Envelope};
use builder_store::id::EventId;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::identities::view::IdentityView;
use crate::me::view::Me;

/// The maximum size of the rows of one part, in bytes. A Lambda response is limited to 6 MB and
/// contains the body as a JSON string, in which each quote takes two bytes.
const MAX_BYTES: usize = 2 * 1024 * 1024;

/// A part of the data that is stored about the caller.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Export {
    /// When this part was created.
    #[schema(value_type = String, format = DateTime)]
    exported_at: Timestamp,
    /// The account; null in all parts but the first.
    #[schema(required = true)]
    pub(crate) profile: Option<Me>,
    /// The API keys, without their secrets.
    pub(crate) api_keys: Vec<ApiKeyView>,
    /// The identities at OpenID providers that can sign in to the account.
    pub(crate) identities: Vec<IdentityView>,
    /// The sessions that are still stored, active or ended, oldest first.
    sessions: Vec<ExportedSession>,
    /// The orders with all their data, newest first.
    #[schema(value_type = Vec<Object>, example = json!([]))]
    orders: Vec<Value>,
    /// The payments of these orders.
    #[schema(value_type = Vec<Object>, example = json!([]))]
    payments: Vec<Value>,
    /// The invoices and credit notes with their buyer, newest first.
    #[schema(value_type = Vec<Object>, example = json!([]))]
    invoices: Vec<Value>,
    /// The events of the account and of its sessions, each in chronological order.
    events: Vec<ExportedEvent>,
    /// Pass it as `cursor` to get the next part; null in the last part.
    #[schema(required = true)]
    pub(crate) cursor: Option<String>,
    #[serde(skip)]
    bytes: usize,
}

/// A session, active or ended.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportedSession {
    /// Its ID.
    id: SessionId,
    /// The client's `User-Agent` when it signed in.
    #[schema(
        required = true,
        example = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
    )]
    device: Option<String>,
    /// The IP address that it was started from.
    #[schema(example = "203.0.113.7")]
    address: String,
    /// When it was started.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last refreshed.
    #[schema(value_type = String, format = DateTime)]
    last_used_at: Timestamp,
    /// When it expires or expired.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// When it was ended before its expiry; null if it wasn't.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    ended_at: Option<Timestamp>,
}

/// An event.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportedEvent {
    id: EventId,
    /// The type of the event.
    #[serde(rename = "type")]
    #[schema(example = "user.updated")]
    kind: String,
    /// The ID of the account or session that it belongs to.
    #[schema(example = "usr_01h455vb4pex5vsknk084sn02q")]
    subject: String,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    actor: Actor,
    /// The ID of the request that caused it.
    #[schema(example = "0c5f3ab1-6d2e-4f77-9b1d-2f6a8e0c9d41")]
    request_id: String,
    /// What changed, including personal data.
    #[schema(value_type = Object)]
    data: Value,
}

/// A row of an export.
pub(crate) enum Row {
    Session(Session),
    /// An order and its payment, if one was started.
    Order(Value, Option<Value>),
    Invoice(Value),
    Event(Envelope),
}

impl Export {
    /// Creates an empty part.
    pub(crate) fn new(now: Timestamp) -> Self {
        let (api_keys, identities) = (Vec::new(), Vec::new());
        let (sessions, orders, payments) = (Vec::new(), Vec::new(), Vec::new());
        let (invoices, events) = (Vec::new(), Vec::new());
        let (profile, cursor) = (None, None);
        Self {
            exported_at: now,
            profile,
            api_keys,
            identities,
            sessions,
            orders,
            payments,
            invoices,
            events,
            cursor,
            bytes: 0,
        }
    }

    /// Adds a row if it fits, and returns whether it did. The first row always fits: no stored item
    /// exceeds 400 KB.
    pub(crate) fn take(&mut self, row: Row) -> Result<bool> {
        match row {
            Row::Session(session) => {
                let session = ExportedSession::from(session);
                Ok(self.has_room(&session)? && push(&mut self.sessions, session))
            }
            Row::Order(order, payment) => {
                let fits = self.has_room(&(&order, &payment))?;
                if fits {
                    self.payments.extend(payment);
                }
                Ok(fits && push(&mut self.orders, order))
            }
            Row::Invoice(invoice) => {
                Ok(self.has_room(&invoice)? && push(&mut self.invoices, invoice))
            }
            Row::Event(event) => {
                let event = ExportedEvent::from(event);
                Ok(self.has_room(&event)? && push(&mut self.events, event))
            }
        }
    }

    fn has_room(&mut self, row: &impl Serialize) -> Result<bool> {
        let bytes = serde_json::to_string(row).map_err(Error::internal)?.len();
        let fits = self.bytes == 0 || self.bytes + bytes <= MAX_BYTES;
        if fits {
            self.bytes += bytes;
        }
        Ok(fits)
    }
}

fn push<T>(rows: &mut Vec<T>, row: T) -> bool {
    rows.push(row);
    true
}

impl From<Session> for ExportedSession {
    fn from(session: Session) -> Self {
        Self {
            id: session.id,
            last_used_at: session.last_refreshed_at(),
            device: session.device,
            address: session.address,
            created_at: session.created_at,
            expires_at: session.expires_at,
            ended_at: session.ended.map(|end| end.at),
        }
    }
}

impl From<Envelope> for ExportedEvent {
    fn from(event: Envelope) -> Self {
        let Envelope { id, kind, aggregate_id, at, actor, request_id, data, .. } = event;
        Self { id, kind, subject: aggregate_id, at, actor, request_id, data }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_at_least_one_row_and_stays_within_its_size() {
        let text = |bytes: usize| Row::Invoice(Value::String("x".repeat(bytes)));
        let mut part = Export::new(Timestamp::UNIX_EPOCH);
        assert!(part.take(text(MAX_BYTES)).unwrap(), "the first");
        assert!(!part.take(text(1)).unwrap() && part.invoices.len() == 1);
        let mut part = Export::new(Timestamp::UNIX_EPOCH);
        assert!(part.take(text(MAX_BYTES / 2)).unwrap());
        assert!(!part.take(text(MAX_BYTES / 2)).unwrap(), "the quotes count");
        assert!(part.take(text(MAX_BYTES / 2 - 4)).unwrap() && part.invoices.len() == 2);
    }
}
