//! The holders of e-mail addresses: the account with the address, or one that had it and can change
//! back.
//! The lock of an address contains its holder, and `reservedUntil` (in seconds since 1970) while it
//! is reserved for an account that had the address. After that time, another account can overwrite
//! the lock, so no cleanup is needed.

use builder_store::commit::Commit;
use builder_store::error::{Error, Result};
use builder_store::id::UserId;
use builder_store::table::{Item, Table, numeric, primary, text, textual};
use jiff::Timestamp;

use crate::account::user::User;
use crate::keys;

/// The kind of lock that makes an address unique.
const EMAIL: &str = "email";
/// Returns the account in the lock of an address. Its state shows whether it has the address or had
/// it.
///
/// # Errors
/// As [`Table::call`].
pub async fn holder(table: &Table, email: &str) -> Result<Option<UserId>> {
    let Some(lock) = table.get(&keys::unique(EMAIL, email)).await? else { return Ok(None) };
    text(&lock, "holder")?.parse().map(Some).map_err(Error::internal)
}

/// Lets an account be known by an address. `taken` is the outcome when another holds it, unless
/// that is `rival`, which gives it up in the same commit.
pub fn claim(commit: &mut Commit, email: &str, user: UserId, rival: Option<UserId>, taken: Error) {
    let key = keys::unique(EMAIL, email);
    let mut item = primary(&key);
    item.insert("holder".to_owned(), textual(user.to_string()));
    let values = Item::from([
        (":now".to_owned(), numeric(commit.context().at.as_second())),
        (":user".to_owned(), textual(user.to_string())),
        (":rival".to_owned(), textual(rival.unwrap_or(user).to_string())),
    ]);
    let free =
        "attribute_not_exists(pk) OR reservedUntil <= :now OR holder = :user OR holder = :rival";
    commit.put_if(key, item, free, values, taken);
}

/// Adds to `commit` that an account is known by another address, and what becomes of those that it
/// held or holds. `rival` gives the address up in the same commit.
pub(super) fn follow(commit: &mut Commit, before: &User, after: &User, rival: Option<UserId>) {
    claim(commit, &after.email, after.id, rival, address_taken());
    for former in after.former_emails.iter().filter(|former| !before.former_emails.contains(former))
    {
        let values = Item::from([
            (":until".to_owned(), numeric(former.expires_at.as_second())),
            (":user".to_owned(), textual(after.id.to_string())),
        ]);
        let key = keys::unique(EMAIL, &former.email);
        commit.update(
            key,
            "SET reservedUntil = :until",
            "holder = :user",
            values,
            Error::VersionConflict,
        );
    }
    let now = commit.context().at;
    let kept = |email: &str| {
        after.email == email || after.former_emails.iter().any(|former| former.email == email)
    };
    let gone: Vec<String> =
        held(before, now).filter(|email| !kept(email)).map(str::to_owned).collect();
    for email in gone {
        free(commit, &email, before.id);
    }
}

/// Adds to `commit` that an account holds no address any more.
pub(super) fn release(commit: &mut Commit, user: &User) {
    let now = commit.context().at;
    let held: Vec<String> = held(user, now).map(str::to_owned).collect();
    for email in held {
        free(commit, &email, user.id);
    }
}

/// Returns the addresses that an account holds: its own and those that it can change back to. Older
/// ones may belong to other accounts.
fn held(user: &User, now: Timestamp) -> impl Iterator<Item = &str> {
    let former = user
        .former_emails
        .iter()
        .filter(move |former| now < former.expires_at)
        .map(|former| former.email.as_str());
    std::iter::once(user.email.as_str()).chain(former)
}

fn free(commit: &mut Commit, email: &str, user: UserId) {
    let values = Item::from([(":user".to_owned(), textual(user.to_string()))]);
    commit.delete_if(
        keys::unique(EMAIL, email),
        "attribute_not_exists(pk) OR holder = :user",
        values,
        Error::VersionConflict,
    );
}

fn address_taken() -> Error {
    Error::refused(
        "address-taken",
        "There is already an account with this address. Sign in to it, or use another address.",
    )
}
