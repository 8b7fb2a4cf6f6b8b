//! The list of all users, as admins look through it.

use builder_store::aggregate::Versioned;
use builder_store::error::{Error, Result};
use builder_store::id::UserId;
use builder_store::listing::{self, Index, Listing, Page};
use builder_store::table::Table;

use crate::account::user::{Status, User};
use crate::keys;
use crate::role::Role;

/// Users read at a time when some are left out.
const BATCH: usize = 100;

/// Which users to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those of this role.
    pub role: Option<Role>,
    /// The status. Erased accounts are never listed, pending ones only if requested.
    pub status: Option<Status>,
    /// The beginning of the address, in lower case.
    pub email: Option<String>,
}

impl Filter {
    fn accepts(&self, user: &User) -> bool {
        self.role.is_none_or(|role| user.role == role)
            && self.status.is_none_or(|status| user.status == status)
    }
}

/// Reads a page of users, newest first, or by address if filtered by it. `after` is the last one of
/// the previous page.
///
/// # Errors
/// As [`Table::call`].
pub async fn list(
    table: &Table,
    filter: &Filter,
    after: Option<UserId>,
    limit: usize,
) -> Result<Page<Versioned<User>>> {
    if let Some(prefix) = filter.email.as_deref().filter(|prefix| !prefix.is_empty()) {
        return by_address(table, filter, prefix, after, limit).await;
    }
    let listing = match (filter.role, filter.status) {
        (None, None) => Listing::of_all::<User>(),
        (role, status) => {
            let roles = role.map_or(vec![Role::Guest, Role::User, Role::Admin], |role| vec![role]);
            let statuses =
                status.map_or(vec![Status::Active, Status::Disabled], |status| vec![status]);
            let pairs =
                roles.iter().flat_map(|role| statuses.iter().map(move |status| (role, status)));
            let partitions: Vec<_> =
                pairs.map(|(role, status)| keys::users_like(role, status)).collect();
            Listing::sharded_any(Index::Status, partitions)
        }
    };
    listing::page(table, &listing, after.map(|after| after.to_string()).as_deref(), limit).await
}

/// The cursor is the last user's ID, not the address, since cursors are in URLs, which are logged.
async fn by_address(
    table: &Table,
    filter: &Filter,
    prefix: &str,
    after: Option<UserId>,
    limit: usize,
) -> Result<Page<Versioned<User>>> {
    let mut after = match after {
        Some(after) => {
            let last =
                table.load::<User>(&keys::state("user", after)).await?.map(|last| last.state.email);
            let gone = || {
                Error::invalid(
                    "?cursor",
                    "refers to a user who has been erased: start again without it",
                )
            };
            Some(last.filter(|email| !email.is_empty()).ok_or_else(gone)?)
        }
        None => None,
    };
    let mut items: Vec<Versioned<User>> = Vec::new();
    loop {
        let (found, more) = listing::named::<User>(
            table,
            &keys::addresses_like(prefix),
            prefix,
            after.as_deref(),
            BATCH,
        )
        .await?;
        after = found.last().map(|last| last.state.email.clone());
        items.extend(found.into_iter().filter(|user| filter.accepts(&user.state)));
        if items.len() > limit || !more {
            let next =
                items.get(limit).and(items.get(limit - 1)).map(|last| last.state.id.to_string());
            items.truncate(limit);
            return Ok(Page { items, next });
        }
    }
}
