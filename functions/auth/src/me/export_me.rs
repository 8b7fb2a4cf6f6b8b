//! `GET /api/v1/me/export`

use std::time::Duration;

use builder_core::invoices::store as invoices;
use builder_core::keys::{INVOICE, INVOICES, ORDERS, PAYMENT};
use builder_core::orders::store as orders;
use builder_core::payments::store as payments;
use builder_identity::account::store::{self, Account};
use builder_identity::api_keys::key_use;
use builder_identity::api_keys::key_view::ApiKeyView;
use builder_identity::export;
use builder_identity::keys::{GUARD, USER};
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Query, Reply, Resources, Result, Route};
use builder_store::aggregate::Owner;
use builder_store::error::Error;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::identities::view::IdentityView;
use crate::me::export::{Export, Row};
use crate::me::view::Me;

/// How many rows are read at a time.
const PAGE: usize = 50;
/// With less time than this remaining, reading stops; the next part continues.
const LEAST_TIME: Duration = Duration::from_secs(4);

/// The part to export.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExportQuery {
    /// The cursor of the previous part. If omitted, the first part is returned.
    #[garde(inner(custom(builder_runtime::is_cursor)))]
    cursor: Option<String>,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "export-me",
            "/api/v1/me/export",
            Access::Permit(Permission::ProfileRead),
            export_me,
        )
        .summary("Export personal data")
        .description(
            "Returns everything that is stored about the caller, in parts of about 2 MB. Not \
             available to API keys.",
        )
        .error_with(404, "not-found", "The account has just been erased."),
        Resources::new()
            .memory(512)
            .timeout(29)
            .secrets(["CURSOR_SECRET"])
            .batch_get([GUARD, INVOICE, PAYMENT, USER])
            .query_index("gsi1", [INVOICES, ORDERS]),
    )
}

/// The sections of the export, in the order in which they are read.
#[derive(Clone, Copy)]
enum Section {
    Sessions,
    Orders,
    Invoices,
    Events,
}

/// Where a part starts: the section, and the row in it to continue after.
struct Position {
    section: Section,
    after: Option<String>,
}

async fn export_me(call: Call, Query(query): Query<ExportQuery>) -> Result<Reply<Export>> {
    let caller = call.caller()?;
    caller.session()?;
    let paging = call.paging(None, query.cursor.as_deref(), caller.user).await?;
    let account =
        store::load(call.table(), caller.user).await?.ok_or(Error::NotFound { what: "account" })?;
    let mut part = Export::new(call.now());
    let start = match &paging.after {
        Some(after) => Position::read(after)?,
        None => {
            describe(&call, &account, &mut part).await?;
            Position { section: Section::Sessions, after: None }
        }
    };
    if let Some(rest) = fill(&call, &account, &mut part, start).await? {
        part.cursor = Some(call.cursor(&rest.written(), &paging).await?);
    }
    Ok(Reply::ok(&part)?.header("content-disposition", r#"attachment; filename="export.json""#))
}

/// Adds the small sections, which are only in the first part.
async fn describe(call: &Call, account: &Account, part: &mut Export) -> Result<()> {
    let user = &account.user.state;
    let used = key_use::last_used(call.table(), &user.api_keys).await?;
    let view = |key: &builder_identity::api_keys::api_key::ApiKey| {
        ApiKeyView::new(key.clone(), used.get(&key.id).copied())
    };
    part.api_keys = user.api_keys.iter().map(view).collect();
    part.identities = user.identities.iter().map(IdentityView::from).collect();
    part.profile = Some(Me::from(user));
    Ok(())
}

/// Adds rows to `part` from `at` on, and returns where the next part starts, if there is one.
async fn fill(
    call: &Call,
    account: &Account,
    part: &mut Export,
    mut at: Position,
) -> Result<Option<Position>> {
    loop {
        let (rows, more) = read(call, account, &at).await?;
        for (place, row) in rows {
            if !part.take(row)? {
                return Ok(Some(at));
            }
            at.after = Some(place);
        }
        if !more {
            at = match at.section {
                Section::Sessions => Position { section: Section::Orders, after: None },
                Section::Orders => Position { section: Section::Invoices, after: None },
                Section::Invoices => Position { section: Section::Events, after: None },
                Section::Events => return Ok(None),
            };
        }
        if call.remaining() < LEAST_TIME {
            return Ok(Some(at));
        }
    }
}

/// Reads the next rows, each with its position, and returns whether more rows follow.
async fn read(call: &Call, account: &Account, at: &Position) -> Result<(Vec<(String, Row)>, bool)> {
    let (table, user, after) = (call.table(), account.user.state.id, at.after.as_deref());
    Ok(match at.section {
        Section::Sessions => {
            let (rows, more) = export::sessions(table, user, after, PAGE).await?;
            (
                rows.into_iter().map(|(place, session)| (place, Row::Session(session))).collect(),
                more,
            )
        }
        Section::Orders => {
            let page = orders::list(table, Owner::Only(user), None, after, PAGE).await?;
            let mut paid =
                payments::of_orders(table, page.items.iter().map(|order| &order.state)).await?;
            let rows = page.items.into_iter().map(|order| {
                let payment = paid
                    .remove(&order.state.id)
                    .map(serde_json::to_value)
                    .transpose()
                    .map_err(Error::internal)?;
                let written = serde_json::to_value(&order.state).map_err(Error::internal)?;
                Ok((order.state.id.to_string(), Row::Order(written, payment)))
            });
            (rows.collect::<Result<_>>()?, page.next.is_some())
        }
        Section::Invoices => {
            let page = invoices::list(table, Owner::Only(user), None, after, PAGE).await?;
            let mut buyers =
                invoices::buyers(table, page.items.iter().map(|invoice| &invoice.state)).await?;
            let rows = page.items.into_iter().map(|invoice| {
                let id = invoice.state.content.id;
                let mut written = serde_json::to_value(&invoice.state).map_err(Error::internal)?;
                written["buyer"] =
                    serde_json::to_value(buyers.remove(&id)).map_err(Error::internal)?;
                Ok((id.to_string(), Row::Invoice(written)))
            });
            (rows.collect::<Result<_>>()?, page.next.is_some())
        }
        Section::Events => {
            let (rows, more) = export::events(table, user, &account.key, after, PAGE).await?;
            (rows.into_iter().map(|(place, event)| (place, Row::Event(event))).collect(), more)
        }
    })
}

impl Position {
    /// Returns the position as it is encoded in a cursor.
    fn written(&self) -> String {
        let section = match self.section {
            Section::Sessions => "sessions",
            Section::Orders => "orders",
            Section::Invoices => "invoices",
            Section::Events => "events",
        };
        format!("{section} {}", self.after.as_deref().unwrap_or_default())
    }

    /// Parses the position in a cursor whose signature has been verified.
    fn read(written: &str) -> Result<Self, Error> {
        let (section, after) =
            written.split_once(' ').ok_or_else(|| Error::internal("a cursor without a section"))?;
        let section = match section {
            "sessions" => Section::Sessions,
            "orders" => Section::Orders,
            "invoices" => Section::Invoices,
            "events" => Section::Events,
            _ => return Err(Error::internal("a cursor with an unknown section")),
        };
        Ok(Self { section, after: Some(after.to_owned()).filter(|after| !after.is_empty()) })
    }
}
