//! `GET /api/v1/audit-events`

use builder_core::id::{InvoiceId, OrderId, PaymentId, ProductId, RefundId};
use builder_core::keys::{AGGREGATES, INVOICE, ORDER, PAYMENT, PRODUCT, REFUND, USER};
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Many, Query, Reply, Resources, Result, Route};
use builder_store::audit::{Search, search};
use builder_store::id::UserId;
use builder_store::keys::{EVENTS, FEEDS_OF_OWNERS};
use garde::Validate;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::TrailEvent;

/// Filters for events. An event must match all of them.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListAuditEvents {
    /// The maximum number of items; 20 if omitted.
    #[garde(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100)]
    limit: Option<u8>,
    /// The cursor of the previous page.
    #[garde(inner(custom(builder_runtime::is_cursor)))]
    cursor: Option<String>,
    /// Only events that this user caused, directly or with one of their API keys.
    #[garde(skip)]
    actor: Option<UserId>,
    /// Only events of resources that belong to this user, such as the account, its sessions and its
    /// orders.
    #[garde(skip)]
    owner: Option<UserId>,
    /// Only events of the user, order, product, payment, refund or invoice with this ID.
    #[garde(inner(custom(is_resource)))]
    #[schema(
        pattern = "^(inv|ord|pay|prd|rfd|usr)_[0-7][0-9a-hjkmnp-tv-z]{25}$",
        example = "ord_01h455vb4pex5vsknk084sn02q"
    )]
    resource: Option<String>,
    /// Only events of this type.
    #[serde(rename = "type")]
    #[garde(length(bytes, min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "order.cancelled")]
    kind: Option<String>,
    /// Only events at or after this time.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Only events before this time.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "list-audit-events",
            "/api/v1/audit-events",
            Access::Permit(Permission::EventsAdmin),
            list_audit_events,
        )
        .summary("List audit events")
        .description(
            "Returns all events of the deployment, newest first. A filtered page can contain fewer \
             items than the limit, or none, and still be followed by another page.",
        ),
        Resources::new()
            .secrets(["CURSOR_SECRET"])
            .batch_get(AGGREGATES)
            .query([FEEDS_OF_OWNERS, INVOICE, ORDER, PAYMENT, PRODUCT, REFUND, USER])
            .query_index("gsi1", [EVENTS])
            .query_index("gsi2", [EVENTS])
            .query_index("gsi3", [EVENTS]),
    )
}

async fn list_audit_events(
    call: Call,
    Query(query): Query<ListAuditEvents>,
) -> Result<Reply<Many<TrailEvent>>> {
    let resource = query.resource.as_deref().and_then(|id| Some((resource(id)?, id.to_owned())));
    let wanted = Search {
        actor: query.actor,
        owner: query.owner,
        resource,
        kind: query.kind,
        from: query.from,
        to: query.to,
    };
    let paging = call.paging(query.limit, query.cursor.as_deref(), format!("{wanted:?}")).await?;
    let page = search(call.table(), &wanted, paging.after.as_deref(), paging.limit).await?;
    call.page(&page.map(TrailEvent::from), &paging).await
}

/// Returns the resource type that an ID belongs to.
fn resource(id: &str) -> Option<&'static str> {
    let kinds = [
        ("user", id.parse::<UserId>().is_ok()),
        ("order", id.parse::<OrderId>().is_ok()),
        ("product", id.parse::<ProductId>().is_ok()),
        ("payment", id.parse::<PaymentId>().is_ok()),
        ("refund", id.parse::<RefundId>().is_ok()),
        ("invoice", id.parse::<InvoiceId>().is_ok()),
    ];
    kinds.into_iter().find(|(_, is)| *is).map(|(kind, _)| kind)
}

fn is_resource(id: &str, _: &()) -> garde::Result {
    let detail = "must be the ID of a user, an order, a product, a payment, a refund or an \
                  invoice; to find events of a session, filter by its owner";
    resource(id).map(drop).ok_or_else(|| garde::Error::new(detail))
}
