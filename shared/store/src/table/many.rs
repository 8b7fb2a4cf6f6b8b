//! Many items in one call.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::{KeysAndAttributes, PutRequest, WriteRequest};
use futures::future::try_join_all;

use super::{Item, Table, event, key, primary};
use crate::error::{Error, Result};
use crate::event::Envelope;
use crate::keys::{Key, TableName};

/// The maximum number of keys in a `BatchGetItem` call.
const BATCH_GET_KEYS: usize = 100;
/// The maximum number of items in a `BatchWriteItem` call.
const BATCH_WRITE_ITEMS: usize = 25;

impl Table {
    /// Reads many items consistently, in no particular order. Items that don't exist are omitted.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn get_all(&self, keys: &[Key]) -> Result<HashMap<Key, Item>> {
        let mut found = HashMap::with_capacity(keys.len());
        for chunk in keys.chunks(BATCH_GET_KEYS) {
            let mut wanted = self.batch(chunk)?;
            let mut pauses = Pauses::default();
            while !wanted.is_empty() {
                let answer = self
                    .call(self.client.batch_get_item().set_request_items(Some(wanted)).send())
                    .await?;
                for (table, items) in answer.responses.unwrap_or_default() {
                    let table =
                        if *table == *self.data { TableName::Data } else { TableName::Ephemeral };
                    for item in items {
                        found.insert(Key { table, ..key(&item)? }, item);
                    }
                }
                wanted = answer.unprocessed_keys.unwrap_or_default();
                if !wanted.is_empty() {
                    pauses.wait(self.limit()).await?;
                }
            }
        }
        Ok(found)
    }

    /// Reads the events at these keys, in the same order.
    ///
    /// # Errors
    /// [`Error::Internal`] if one doesn't exist; as [`Self::call`].
    pub async fn events_at(&self, keys: &[Key]) -> Result<Vec<Envelope>> {
        let chunks = keys.chunks(BATCH_GET_KEYS).map(|keys| async move {
            let mut items = self.get_all(keys).await?;
            let gone = |key| Error::internal(format!("the event {key:?} is missing"));
            keys.iter()
                .map(|key| event(items.remove(key).ok_or_else(|| gone(key))?))
                .collect::<Result<Vec<_>>>()
        });
        Ok(try_join_all(chunks).await?.into_iter().flatten().collect())
    }

    fn batch(&self, keys: &[Key]) -> Result<HashMap<String, KeysAndAttributes>> {
        let mut wanted: HashMap<String, Vec<Item>> = HashMap::new();
        for key in keys {
            wanted.entry(self.name(key.table).to_owned()).or_default().push(primary(key));
        }
        wanted
            .into_iter()
            .map(|(table, keys)| {
                let keys =
                    KeysAndAttributes::builder().consistent_read(true).set_keys(Some(keys)).build();
                Ok((table, keys.map_err(Error::internal)?))
            })
            .collect()
    }

    /// Puts items into a table, replacing existing ones, in no particular order and not atomically:
    /// if it fails, some may have been written. Keys must be distinct.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn put_all(&self, table: TableName, items: Vec<Item>) -> Result<()> {
        for chunk in items.chunks(BATCH_WRITE_ITEMS) {
            let put = |item: &Item| {
                let put = PutRequest::builder()
                    .set_item(Some(item.clone()))
                    .build()
                    .map_err(Error::internal)?;
                Ok(WriteRequest::builder().put_request(put).build())
            };
            let writes = chunk.iter().map(put).collect::<Result<Vec<_>>>()?;
            let mut wanted = HashMap::from([(self.name(table).to_owned(), writes)]);
            let mut pauses = Pauses::default();
            while !wanted.is_empty() {
                let answer = self
                    .call(self.client.batch_write_item().set_request_items(Some(wanted)).send())
                    .await?;
                wanted = answer.unprocessed_items.unwrap_or_default();
                if !wanted.is_empty() {
                    pauses.wait(self.limit()).await?;
                }
            }
        }
        Ok(())
    }
}

/// The pauses between parts of a batch, which DynamoDB processes in part under load. Each pause is
/// twice as long as the previous one.
struct Pauses(Duration);

impl Default for Pauses {
    fn default() -> Self {
        Self(Duration::from_millis(20))
    }
}

impl Pauses {
    /// Waits before the next part, unless the pause is longer than the time that is left.
    async fn wait(&mut self, limit: Duration) -> Result<()> {
        if self.0 > limit {
            return Err(Error::Unavailable("part of a batch was not processed".into()));
        }
        tokio::time::sleep(self.0).await;
        self.0 *= 2;
        Ok(())
    }
}
