//! Flows in the ephemeral table, each under the hash of its state.

use builder_store::commit::Commit;
use builder_store::error::{Error, Result};
use builder_store::event::Context;
use builder_store::table::{Item, Table, number, numeric, primary, text, textual};

use super::flow::Flow;
use crate::keys;

/// Stores a started flow.
///
/// # Errors
/// As [`Commit::send`].
pub async fn keep(table: &Table, context: &Context, state: &str, flow: &Flow) -> Result<()> {
    let key = keys::oidc_flow(state);
    let mut item = primary(&key);
    item.insert("provider".to_owned(), textual(&flow.provider));
    item.insert("secretHash".to_owned(), textual(&flow.secret_hash));
    item.insert("expiresAt".to_owned(), numeric(flow.expires_at));
    if let Some((user, session)) = flow.linking {
        item.insert("userId".to_owned(), textual(user.to_string()));
        item.insert("sessionId".to_owned(), textual(session.to_string()));
    }
    if let Some(return_to) = &flow.return_to {
        item.insert("returnTo".to_owned(), textual(return_to));
    }
    let mut commit = Commit::new(context);
    commit.insert(key, item, Error::VersionConflict);
    commit.send(table).await
}

/// Finds the flow of this state, if it hasn't expired.
///
/// # Errors
/// As [`Table::call`].
pub async fn find(table: &Table, context: &Context, state: &str) -> Result<Option<Flow>> {
    let Some(item) = table.get(&keys::oidc_flow(state)).await? else { return Ok(None) };
    // TTL deletes with a delay.
    let expires_at = number(&item, "expiresAt").unwrap_or(0);
    if expires_at <= context.at.as_second() {
        return Ok(None);
    }
    let optional = |name: &str| {
        item.contains_key(name).then(|| text(&item, name).map(str::to_owned)).transpose()
    };
    let linking = match (optional("userId")?, optional("sessionId")?) {
        (Some(user), Some(session)) => Some((
            user.parse().map_err(Error::internal)?,
            session.parse().map_err(Error::internal)?,
        )),
        _ => None,
    };
    let (provider, secret_hash) =
        (text(&item, "provider")?.to_owned(), text(&item, "secretHash")?.to_owned());
    Ok(Some(Flow { provider, linking, return_to: optional("returnTo")?, expires_at, secret_hash }))
}

/// Consumes a flow; returns whether it existed. If several requests present the same code, only one
/// continues, before the provider is called.
///
/// # Errors
/// As [`Commit::send`].
pub async fn consume(table: &Table, context: &Context, state: &str) -> Result<bool> {
    let mut commit = Commit::new(context);
    commit.delete_if(
        keys::oidc_flow(state),
        "attribute_exists(pk)",
        Item::new(),
        Error::VersionConflict,
    );
    match commit.send(table).await {
        Ok(()) => Ok(true),
        Err(Error::VersionConflict) => Ok(false),
        Err(error) => Err(error),
    }
}
