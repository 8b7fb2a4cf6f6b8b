//! `GET /api/v1/events`

use builder_core::keys::AGGREGATES;
use builder_identity::role::Permission;
use builder_runtime::{Access, Call, Function, Many, Query, Reply, Resources, Result, Route};
use builder_store::error::Error;
use builder_store::feed::{self, Wanted};
use builder_store::keys::{FEED_LOG, FEEDS_OF_OWNERS};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::TrailEvent;

/// The maximum number of types in a request.
const MOST_TYPES: usize = 50;

/// The position in the feed, and filters.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListEvents {
    /// The maximum number of items; 20 if omitted.
    #[garde(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100)]
    limit: Option<u8>,
    /// The cursor of the previous part. If omitted, the list starts at the first event.
    #[garde(inner(custom(builder_runtime::is_cursor)))]
    cursor: Option<String>,
    /// Only events of these types, separated by commas.
    #[garde(length(bytes, min = 1, max = 3_200), inner(custom(are_types)))]
    #[schema(
        max_length = 3200,
        pattern = r"^[a-z_]+\.[a-z_]+(,[a-z_]+\.[a-z_]+){0,49}$",
        example = "order.placed,order.cancelled"
    )]
    types: Option<String>,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get(
            "list-events",
            "/api/v1/events",
            Access::Permit(Permission::EventsRead),
            list_events,
        )
        .summary("List events of the change feed")
        .description(
            "Returns the events of the caller's resources, oldest first; for admins, all events. \
             The response always contains a cursor to continue with, even if no event follows yet.",
        ),
        Resources::new()
            .secrets(["CURSOR_SECRET"])
            .batch_get(AGGREGATES)
            .query([FEEDS_OF_OWNERS, FEED_LOG]),
    )
}

async fn list_events(
    call: Call,
    Query(query): Query<ListEvents>,
) -> Result<Reply<Many<TrailEvent>>> {
    let caller = call.caller()?;
    let owner = (!caller.may(Permission::EventsAdmin)).then_some(caller.user);
    let wanted = Wanted { owner, kinds: query.types.as_deref().map(types).unwrap_or_default() };
    let paging = call.paging(query.limit, query.cursor.as_deref(), format!("{owner:?}")).await?;
    let after = paging.after.as_deref().map_or(Ok(0), str::parse).map_err(Error::internal)?;
    let part = feed::read(call.table(), &wanted, after, paging.limit).await?;
    call.part(
        part.events.into_iter().map(TrailEvent::from).collect(),
        part.position,
        part.more,
        &paging,
    )
    .await
}

fn types(list: &str) -> Vec<String> {
    list.split(',').map(|kind| kind.trim().to_owned()).collect()
}

fn are_types(list: &str, _: &()) -> garde::Result {
    let types = types(list);
    if types.len() > MOST_TYPES {
        return Err(garde::Error::new(format!("must contain at most {MOST_TYPES} types")));
    }
    let is_type = |kind: &String| {
        kind.split_once('.')
            .is_some_and(|parts| [parts.0, parts.1].iter().all(|part| !part.is_empty()))
            && kind.bytes().all(|byte| byte.is_ascii_lowercase() || b"._".contains(&byte))
    };
    if !types.iter().all(is_type) {
        return Err(garde::Error::new(
            "must be a comma-separated list of types such as order.placed",
        ));
    }
    Ok(())
}
