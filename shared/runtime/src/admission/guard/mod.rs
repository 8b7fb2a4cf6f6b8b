//! Who is calling, and may they go on? One write per request.
//!
//! A token is verified right here, against public keys. Then ONE `UpdateItem` on the caller's guard
//! item counts the request and brings back the role, status, epoch and ended sessions as they are
//! now: so sign-out, a role change or a disabled account takes effect on the very next request at
//! no further round trip.
//!
//! The guard item is a copy. The account and its sessions in the data table are what counts: a
//! missing guard is rebuilt from them (under a check of the account's version) and never made out
//! of nothing, so a lost table revives nobody.

mod window;

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use builder_identity::account::user::Status;
use builder_identity::api_keys::key_use;
use builder_identity::keys::{self, Key};
use builder_identity::role::{Permission, Role};
use builder_identity::sessions::access::{standing, standing_of_key};
use builder_identity::tokens::claims::AccessClaims;
use builder_store::commit::Commit;
use builder_store::error::Error;
use builder_store::event::{Actor, Context};
use builder_store::id::UserId;
use builder_store::table::{self, Item, Table};
use http::StatusCode;
use jiff::Timestamp;

use crate::admission::access::Access;
use crate::admission::caller::{Caller, Via};
use crate::response::problem::Problem;

pub(crate) use window::{Blocked, Limit, RateLimitStatus};

/// How often a guard that others are writing to is tried again.
const ATTEMPTS: u32 = 8;
/// The attribute of a key's guard that holds from when on the key is no longer good, in seconds
/// since 1970.
const KEY_EXPIRY: &str = "keyExpiresAt";
/// How many ended sessions a new window forgets at most: an expression has its limits (4 KB).
const FORGOTTEN: usize = 50;

/// Counts a request by address.
pub(crate) async fn count_address(
    table: &Table,
    address: &str,
    limit: Limit,
    now: Timestamp,
) -> Result<RateLimitStatus, Problem> {
    let guard =
        Guard { table, key: keys::guard(bucket(address)), limit, now, owner: GuardOwner::Address };
    let (_, count) = guard.count().await?;
    if count.allowed { Ok(count) } else { Err(limit.exceeded(&count)) }
}

/// What a caller brings along, verified as far as that goes without the store.
#[derive(Debug)]
pub(crate) enum Credential {
    /// An access token of ours.
    Token(AccessClaims),
    /// The hash of an API key in its right form.
    ApiKey(String),
}

impl Credential {
    /// Whose guard counts it.
    pub(crate) fn guard(&self) -> Key {
        match self {
            Self::Token(claims) => keys::guard(claims.sub),
            Self::ApiKey(hash) => keys::guard_of_key(hash),
        }
    }
}

/// Counts a request of the credential's owner, and says where the count stands and who that is, or
/// why this is not for them (403).
///
/// A request whose credential no longer stands isn't counted: whoever took it from its owner could
/// use up the owner's requests with it.
///
/// # Errors
/// 401 when the credential has been revoked or is unknown, 503 when there is no telling.
pub(crate) async fn count_caller(
    table: &Table,
    credential: &Credential,
    access: Access,
    limit: Limit,
    now: Timestamp,
) -> Result<(RateLimitStatus, Result<Caller, Problem>), Problem> {
    let guard =
        Guard { table, key: credential.guard(), limit, now, owner: GuardOwner::Caller(credential) };
    let (item, count) = guard.count().await?;
    Ok((count, admit(&item, credential, access, now)))
}

/// Whether the credential still stands, going by the guard's `item`, and is good for this.
fn admit(
    item: &Item,
    credential: &Credential,
    access: Access,
    now: Timestamp,
) -> Result<Caller, Problem> {
    let standing = GuardState::read(item)?;
    let caller = match credential {
        Credential::Token(claims) => {
            if standing.status != Status::Active
                || !standing.admits(&claims.sid.to_string(), claims.epoch)
            {
                return Err(Problem::unauthenticated(
                    "This access token has been revoked. Sign in again.",
                ));
            }
            Caller {
                user: claims.sub,
                role: standing.role,
                second_factor: standing.second_factor,
                via: Via::Session(claims.sid),
            }
        }
        Credential::ApiKey(_) => {
            if standing.status != Status::Active {
                return Err(Problem::unauthenticated("The account of this API key is disabled."));
            }
            if table::number(item, KEY_EXPIRY).is_some_and(|expiry| expiry <= now.as_second()) {
                return Err(Problem::unauthenticated(
                    "This API key has expired. Create another one.",
                ));
            }
            let id = table::text(item, "keyId")?.parse().map_err(Error::internal)?;
            let user = table::text(item, "keyOwner")?.parse().map_err(Error::internal)?;
            let scopes = table::text(item, "scopes")?
                .split_whitespace()
                .filter_map(Permission::from_scope)
                .collect();
            Caller {
                user,
                role: standing.role,
                second_factor: standing.second_factor,
                via: Via::ApiKey { id, scopes },
            }
        }
    };
    match access {
        Access::Permit(permission) | Access::PublicOr(permission) if !caller.may(permission) => {
            let who = if caller.role.permits(permission) {
                "this API key".to_owned()
            } else {
                format!("the role {}", caller.role)
            };
            let detail =
                format!("This requires the permission {permission}, which {who} doesn't have.");
            Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail))
        }
        _ => Ok(caller),
    }
}

/// The account's side of a guard item.
struct GuardState<'a> {
    role: Role,
    status: Status,
    second_factor: bool,
    epoch: u64,
    ended: Option<&'a HashMap<String, AttributeValue>>,
    kept: Option<(&'a str, i64)>,
}

impl<'a> GuardState<'a> {
    fn read(item: &'a Item) -> Result<Self, Error> {
        let of = |name| serde_json::Value::from(table::text(item, name).unwrap_or_default());
        Ok(Self {
            role: serde_json::from_value(of("role")).map_err(Error::internal)?,
            status: serde_json::from_value(of("status")).map_err(Error::internal)?,
            second_factor: table::number(item, "secondFactor").is_some_and(|has| has > 0),
            epoch: table::number(item, "epoch")
                .and_then(|epoch| u64::try_from(epoch).ok())
                .unwrap_or(u64::MAX),
            ended: item.get("ended").and_then(|ended| ended.as_m().ok()),
            kept: table::text(item, "keptSession").ok().zip(table::number(item, "keptEpoch")),
        })
    }

    /// Whether a token of this session and epoch is still good.
    fn admits(&self, session: &str, epoch: u64) -> bool {
        let kept = i64::try_from(epoch).is_ok_and(|epoch| self.kept == Some((session, epoch)));
        (epoch == self.epoch || kept)
            && !self.ended.is_some_and(|ended| ended.contains_key(session))
    }

    /// Ended sessions whose tokens have all expired, so that nobody needs to know of them any more.
    fn outlived(&self, now: Timestamp) -> Vec<&'a String> {
        let ended = self.ended.into_iter().flatten();
        let is_past = |until: &AttributeValue| {
            until.as_n().ok()?.parse::<i64>().ok().map(|until| until <= now.as_second())
        };
        ended
            .filter(|(_, until)| is_past(until).unwrap_or(false))
            .map(|(session, _)| session)
            .take(FORGOTTEN)
            .collect()
    }
}

/// The owner of a guard, which decides what happens when the item is missing.
#[derive(Clone, Copy)]
enum GuardOwner<'a> {
    /// An address: a new count begins.
    Address,
    /// The account or the key that a credential is of: the guard is rebuilt from it.
    Caller(&'a Credential),
}

struct Guard<'a> {
    table: &'a Table,
    key: Key,
    limit: Limit,
    now: Timestamp,
    owner: GuardOwner<'a>,
}

impl Guard<'_> {
    /// Counts this request. Gives the item as it is now, and where the count stands.
    async fn count(&self) -> Result<(Item, RateLimitStatus), Problem> {
        let mut window = self.limit.window(self.now);
        for _ in 0..ATTEMPTS {
            match self.add(window).await? {
                Added::Counted(item) => return Ok(self.judged(item, window)),
                // A sign-out or a role change is being written to this item right now.
                Added::Contended => {
                    tokio::time::sleep(Duration::from_millis(fastrand::u64(5..=50))).await
                }
                Added::Missing => match self.owner {
                    GuardOwner::Address => {
                        return Err(Problem::unavailable(
                            1,
                            Some("could not create the guard of an address".into()),
                        ));
                    }
                    GuardOwner::Caller(Credential::Token(claims)) => {
                        self.rebuild(claims.sub, window).await?
                    }
                    GuardOwner::Caller(Credential::ApiKey(hash)) => {
                        self.rebuild_of_key(hash, window).await?
                    }
                },
                Added::Uncounted(item) => {
                    if let GuardOwner::Caller(credential) = self.owner {
                        admit(&item, credential, Access::Public, self.now)?;
                    }
                    let present = table::number(&item, "currentWindow").unwrap_or(0);
                    if present > window {
                        // Another instance's clock is ahead of ours: count where it counts.
                        window = present;
                    } else if let Some(item) = self.roll(&item, present, window).await? {
                        return Ok(self.judged(item, window));
                    }
                }
            }
        }
        // Never open: a caller that can't be counted isn't let in.
        Err(Problem::unavailable(1, Some("a guard was contended for too long".into())))
    }

    /// When the guard may be forgotten if nothing more comes, in seconds since 1970. A key's
    /// remembers when it was last used.
    fn expiry(&self, window: i64) -> i64 {
        let memory = match self.owner {
            GuardOwner::Caller(Credential::ApiKey(_)) => key_use::MEMORY,
            _ => 0,
        };
        self.limit.expiry(window) + memory
    }

    fn judged(&self, item: Item, window: i64) -> (Item, RateLimitStatus) {
        let number = |name| table::number(&item, name).unwrap_or(0);
        let count =
            self.limit.standing(number("previousCount"), number("currentCount"), window, self.now);
        (item, count)
    }

    /// The one write: one more in the present window, if the token still stands.
    async fn add(&self, window: i64) -> Result<Added, Error> {
        let request = self.table.client().update_item().table_name(self.table.name(self.key.table));
        let request = match self.owner {
            GuardOwner::Caller(Credential::ApiKey(_)) => request
                .update_expression("SET #lastUsed = :now ADD currentCount :one")
                .condition_expression(
                    "currentWindow = :window AND (attribute_not_exists(#expiry) \
                     OR #expiry > :now)",
                )
                .expression_attribute_names("#lastUsed", key_use::LAST_USED)
                .expression_attribute_names("#expiry", KEY_EXPIRY)
                .expression_attribute_values(":now", n(self.now.as_second())),
            GuardOwner::Caller(Credential::Token(claims)) => request
                .update_expression("ADD currentCount :one")
                .condition_expression(
                    "currentWindow = :window AND attribute_not_exists(ended.#session) \
                     AND (epoch = :epoch OR (keptSession = :session AND keptEpoch = :epoch))",
                )
                .expression_attribute_names("#session", claims.sid.to_string())
                .expression_attribute_values(":session", AttributeValue::S(claims.sid.to_string()))
                .expression_attribute_values(":epoch", AttributeValue::N(claims.epoch.to_string())),
            GuardOwner::Address => request
                .update_expression(
                    "SET currentWindow = :window, expiresAt = :expires, previousCount = \
                     if_not_exists(previousCount, :zero) ADD currentCount :one",
                )
                .condition_expression("attribute_not_exists(pk) OR currentWindow = :window")
                .expression_attribute_values(":expires", n(self.expiry(window)))
                .expression_attribute_values(":zero", n(0)),
        };
        let request = request
            .key("pk", AttributeValue::S(self.key.pk.clone()))
            .key("sk", AttributeValue::S(self.key.sk.clone()))
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":window", n(window))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        self.conditional(request.send()).await.map(|answer| match answer {
            Ok(item) => Added::Counted(item),
            Err(Unwritten::Present(item)) => Added::Uncounted(item),
            Err(Unwritten::Absent) => Added::Missing,
            Err(Unwritten::Contended) => Added::Contended,
        })
    }

    /// The second write, only when a window begins: the past window's count becomes the previous
    /// one, and sessions that ended long ago are forgotten.
    async fn roll(&self, item: &Item, from: i64, to: i64) -> Result<Option<Item>, Error> {
        let previous = if from == to - 1 {
            self.limit.capped(table::number(item, "currentCount").unwrap_or(0))
        } else {
            0
        };
        let outlived =
            GuardState::read(item).map(|standing| standing.outlived(self.now)).unwrap_or_default();
        let removed: Vec<String> =
            (0..outlived.len()).map(|number| format!("ended.#session{number}")).collect();
        let mut update = "SET currentWindow = :to, currentCount = :one, previousCount = \
             :previous, expiresAt = :expires"
            .to_owned();
        if let GuardOwner::Caller(Credential::ApiKey(_)) = self.owner {
            update = format!("{update}, {} = :now", key_use::LAST_USED);
        }
        if !removed.is_empty() {
            update = format!("{update} REMOVE {}", removed.join(", "));
        }
        let names = (0..)
            .map(|number| format!("#session{number}"))
            .zip(outlived.into_iter().cloned())
            .collect::<HashMap<_, _>>();
        let request = self
            .table
            .client()
            .update_item()
            .table_name(self.table.name(self.key.table))
            .key("pk", AttributeValue::S(self.key.pk.clone()))
            .key("sk", AttributeValue::S(self.key.sk.clone()))
            .update_expression(update)
            .set_expression_attribute_names((!names.is_empty()).then_some(names))
            .condition_expression("currentWindow = :from")
            .expression_attribute_values(":from", n(from))
            .expression_attribute_values(":to", n(to))
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":previous", n(previous))
            .expression_attribute_values(":expires", n(self.expiry(to)))
            .return_values(ReturnValue::AllNew);
        let request = match self.owner {
            GuardOwner::Caller(Credential::ApiKey(_)) => {
                request.expression_attribute_values(":now", n(self.now.as_second()))
            }
            _ => request,
        };
        Ok(self.conditional(request.send()).await?.ok())
    }

    /// `Ok(Ok(item))` when it was written, `Ok(Err(why))` when its condition failed or a
    /// transaction held the item.
    async fn conditional(
        &self,
        call: impl Future<
            Output = Result<
                aws_sdk_dynamodb::operation::update_item::UpdateItemOutput,
                SdkError<UpdateItemError>,
            >,
        >,
    ) -> Result<Result<Item, Unwritten>, Error> {
        let limited = async {
            match call.await {
                Ok(output) => Ok(Ok(output.attributes.unwrap_or_default())),
                Err(error) => match error.as_service_error() {
                    Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                        Ok(Err(failed.item.clone().map_or(Unwritten::Absent, Unwritten::Present)))
                    }
                    Some(UpdateItemError::TransactionConflictException(_)) => {
                        Ok(Err(Unwritten::Contended))
                    }
                    _ => Err(error),
                },
            }
        };
        self.table.call(limited).await
    }

    /// Makes the guard again from the account. If the account changes meanwhile, nothing is written
    /// and the next attempt looks again.
    async fn rebuild(&self, user: UserId, window: i64) -> Result<(), Problem> {
        let Some(standing) = standing(self.table, user, self.now).await? else {
            return Err(Problem::unauthenticated("This account no longer exists."));
        };
        let ended = standing
            .ended
            .iter()
            .map(|(session, until)| (session.to_string(), n(*until)))
            .collect();
        let mut item = self.fresh(standing.role, standing.status, standing.second_factor, window);
        item.insert("epoch".to_owned(), n(i64::try_from(standing.epoch).unwrap_or(i64::MAX)));
        item.insert("ended".to_owned(), AttributeValue::M(ended));
        if let Some(kept) = standing.kept {
            item.insert("keptSession".to_owned(), text(kept.id));
            item.insert("keptEpoch".to_owned(), n(i64::try_from(kept.epoch).unwrap_or(i64::MAX)));
        }
        self.make(item, |commit| standing.require_unchanged(commit)).await
    }

    /// Makes the guard of an API key again from its owner's account.
    async fn rebuild_of_key(&self, hash: &str, window: i64) -> Result<(), Problem> {
        let Some(standing) = standing_of_key(self.table, hash).await? else {
            return Err(Problem::unauthenticated(
                "There is no such API key, or it has been revoked.",
            ));
        };
        let scopes: Vec<_> = standing.key.scopes.iter().map(|scope| scope.scope()).collect();
        let mut item = self.fresh(standing.role, standing.status, standing.second_factor, window);
        item.insert("keyId".to_owned(), text(standing.key.id));
        item.insert("keyOwner".to_owned(), text(standing.user));
        item.insert("scopes".to_owned(), text(scopes.join(" ")));
        item.extend(
            standing.key.expires_at.map(|expiry| (KEY_EXPIRY.to_owned(), n(expiry.as_second()))),
        );
        self.make(item, |commit| standing.require_unchanged(commit)).await
    }

    /// What every caller's guard begins with.
    fn fresh(&self, role: Role, status: Status, second_factor: bool, window: i64) -> Item {
        HashMap::from([
            ("pk".to_owned(), AttributeValue::S(self.key.pk.clone())),
            ("sk".to_owned(), AttributeValue::S(self.key.sk.clone())),
            ("role".to_owned(), text(role)),
            ("status".to_owned(), text(status)),
            ("secondFactor".to_owned(), n(i64::from(second_factor))),
            ("currentWindow".to_owned(), n(window)),
            ("currentCount".to_owned(), n(0)),
            ("previousCount".to_owned(), n(0)),
            ("expiresAt".to_owned(), n(self.expiry(window))),
        ])
    }

    async fn make(
        &self,
        item: Item,
        require_unchanged: impl FnOnce(&mut Commit),
    ) -> Result<(), Problem> {
        let context = Context {
            actor: Actor::System,
            at: self.now,
            request_id: String::new(),
            traceparent: None,
        };
        let mut commit = Commit::new(&context);
        require_unchanged(&mut commit);
        commit.insert(self.key.clone(), item, Error::VersionConflict);
        match commit.send(self.table).await {
            // Stale: the account has changed, or somebody else made the guard. Either way, look
            // again.
            Ok(()) | Err(Error::VersionConflict) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// What came of counting a request.
enum Added {
    Counted(Item),
    /// Another window has begun, or the token no longer stands.
    Uncounted(Item),
    Missing,
    Contended,
}

/// Why a conditional write wrote nothing.
enum Unwritten {
    /// The item is there, but not as the condition wants it.
    Present(Item),
    /// The item isn't there.
    Absent,
    /// A transaction was writing it.
    Contended,
}

fn text(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

fn n(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// What an address is counted under: itself, or its /64 network for IPv6, which one subscriber has
/// all of.
pub(crate) fn bucket(address: &str) -> String {
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V6(v6)) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.to_string(),
            None => {
                let [a, b, c, d, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        },
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_subscriber_of_ipv6_counts_once() {
        assert_eq!(bucket("2001:db8:1:2:3:4:5:6"), bucket("2001:db8:1:2::1"));
        assert_ne!(bucket("2001:db8:1:2::1"), bucket("2001:db8:1:3::1"));
        assert_eq!(bucket("192.0.2.1"), "192.0.2.1");
        assert_eq!(bucket("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
