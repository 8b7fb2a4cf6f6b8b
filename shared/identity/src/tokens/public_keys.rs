//! The public keys that access tokens are verified with, as every function finds them: in one item
//! of the data table.
//!
//! Whoever signs publishes its key there first; whoever verifies reads it from there. So only the
//! two functions that issue tokens can read the secret, and a new secret needs no deployment
//! anywhere else.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use builder_store::commit::Commit;
use builder_store::error::{Error, Result};
use builder_store::event::Context;
use builder_store::table::{Item, Table, from_attribute, number, primary};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::keys;
use crate::tokens::claims;
use crate::tokens::signing_key::PublicKey;

/// How long keys are used before they are read again, so that a withdrawn one is forgotten.
const LIFE: Duration = Duration::from_secs(300);
/// How often an unknown key id may cause a reading: a token with an invented one must not cost a
/// read each time.
const MISS_PAUSE: Duration = Duration::from_secs(2);
/// How long after a key has gone out of use a function may still sign with it: as long as secrets
/// are kept, and a little.
const GRACE: SignedDuration = SignedDuration::from_mins(10);
/// How often publishing is tried when others publish at the same time.
const ATTEMPTS: u32 = 10;

/// The public keys, kept in memory.
#[derive(Debug, Default)]
pub struct PublicKeys(Mutex<Option<Cached>>);

#[derive(Debug)]
struct Cached {
    read: Instant,
    keys: Vec<PublicKey>,
}

impl PublicKeys {
    /// The key with this id, if it is one of ours.
    ///
    /// # Errors
    /// As [`Table::call`].
    pub async fn find(&self, table: &Table, kid: &str) -> Result<Option<PublicKey>> {
        // Held while reading: those who come meanwhile would only read the same.
        let mut kept = self.0.lock().await;
        if let Some(kept) = kept.as_ref() {
            let found = kept.keys.iter().find(|key| key.kid == kid);
            // No keys at all: the first sign-in ever may publish one at any moment, and its token
            // is used at once.
            let fresh = !kept.keys.is_empty()
                && kept.read.elapsed() < if found.is_some() { LIFE } else { MISS_PAUSE };
            if fresh {
                return Ok(found.cloned());
            }
        }
        let keys = published(table).await?.keys;
        let found = keys.iter().find(|key| key.kid == kid).cloned();
        *kept = Some(Cached { read: Instant::now(), keys });
        Ok(found)
    }
}

/// The published keys, and the version that a change to them must still find.
struct Published {
    version: Option<i64>,
    keys: Vec<PublicKey>,
}

async fn published(table: &Table) -> Result<Published> {
    let Some(mut item) = table.get(&keys::jwks()).await? else {
        return Ok(Published { version: None, keys: Vec::new() });
    };
    let version = number(&item, "version");
    let keys = item.remove("keys").map(from_attribute).transpose()?.unwrap_or_default();
    Ok(Published { version, keys })
}

/// All published keys, oldest first.
///
/// # Errors
/// As [`Table::call`].
pub async fn all(table: &Table) -> Result<Vec<PublicKey>> {
    Ok(published(table).await?.keys)
}

/// Publishes a key, unless it is published already. To be done before the first token is signed
/// with it.
///
/// # Errors
/// As [`Table::call`]; [`Error::Unavailable`] when others kept publishing at the same time.
pub async fn publish(table: &Table, key: &PublicKey, context: &Context) -> Result<()> {
    for _ in 0..ATTEMPTS {
        let Published { version, mut keys } = published(table).await?;
        if keys.iter().any(|present| present.kid == key.kid) {
            return Ok(());
        }
        keys.push(key.clone());
        match replace(&keys, version, context)?.send(table).await {
            Err(Error::VersionConflict) => {}
            done => return done,
        }
    }
    Err(Error::Unavailable("the public keys kept changing".into()))
}

/// Makes these the published keys. What was published besides stays until the last token that it
/// may have signed is over.
///
/// # Errors
/// As [`publish`].
pub async fn replace_all(table: &Table, wanted: Vec<PublicKey>, context: &Context) -> Result<()> {
    for _ in 0..ATTEMPTS {
        let Published { version, keys } = published(table).await?;
        let kept = retired(keys, &wanted, context.at);
        let keys: Vec<PublicKey> = kept.into_iter().chain(wanted.iter().cloned()).collect();
        match replace(&keys, version, context)?.send(table).await {
            Err(Error::VersionConflict) => {}
            done => return done,
        }
    }
    Err(Error::Unavailable("the public keys kept changing".into()))
}

/// The keys that are no longer wanted and still needed.
fn retired(keys: Vec<PublicKey>, wanted: &[PublicKey], now: Timestamp) -> Vec<PublicKey> {
    let over =
        now.checked_add(SignedDuration::from_secs(claims::LIFE) + GRACE).unwrap_or(Timestamp::MAX);
    let unwanted =
        keys.into_iter().filter(|key| !wanted.iter().any(|wanted| wanted.kid == key.kid));
    let stamped = unwanted.map(|key| PublicKey { until: key.until.or(Some(over)), ..key });
    stamped.filter(|key| key.until.is_none_or(|until| now < until)).collect()
}

fn replace(keys: &[PublicKey], version: Option<i64>, context: &Context) -> Result<Commit> {
    let at = keys::jwks();
    let list: AttributeValue = serde_dynamo::to_attribute_value(keys).map_err(Error::internal)?;
    let next = AttributeValue::N((version.unwrap_or(0) + 1).to_string());
    let mut commit = Commit::new(context);
    if let Some(version) = version {
        let values = Item::from([
            (":keys".to_owned(), list),
            (":next".to_owned(), next),
            (":version".to_owned(), AttributeValue::N(version.to_string())),
        ]);
        // KEYS is a reserved word of DynamoDB's.
        let names = HashMap::from([("#keys".to_owned(), "keys".to_owned())]);
        commit.update_named(
            at,
            "SET #keys = :keys, version = :next",
            "version = :version",
            names,
            values,
            Error::VersionConflict,
        );
    } else {
        let mut item = primary(&at);
        item.insert("keys".to_owned(), list);
        item.insert("version".to_owned(), next);
        commit.insert(at, item, Error::VersionConflict);
    }
    Ok(commit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_out_of_use_is_kept_until_its_last_token_is_over() {
        let at = |second: i64| Timestamp::from_second(1_795_000_000 + second).unwrap();
        let [old, new] = [1, 2].map(|byte| PublicKey::new(&[byte; 32]));
        let kept = retired(vec![old.clone(), new.clone()], std::slice::from_ref(&new), at(0));
        assert_eq!(kept, [PublicKey { until: Some(at(3600 + 600)), ..old }]);
        assert_eq!(
            retired(kept.clone(), std::slice::from_ref(&new), at(4199)),
            kept,
            "its end doesn't move"
        );
        assert_eq!(retired(kept, &[new], at(4200)), []);
    }
}
