//! The sent mail: stored here instead of being delivered.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::cloud::database::store::Store;

/// The number of mails that are stored; the oldest are deleted first.
const CAPACITY: i64 = 10_000;

/// The mail that was sent. Copies are handles of the same mailbox.
#[derive(Clone)]
pub struct Mailbox {
    store: Store,
}

/// One mail to one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mail {
    /// The message ID that SES returned.
    pub message_id: String,
    /// The recipient.
    pub to: String,
    /// The sender.
    pub from: String,
    /// The addresses for replies, if not the sender.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reply_to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The text part, if there is one.
    pub text: Option<String>,
    /// The HTML part, if there is one.
    pub html: Option<String>,
    /// The attachments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// When it was sent.
    pub sent_at: Timestamp,
}

/// An attachment of a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// The file name.
    pub name: String,
    /// The media type, as the sender specified it.
    pub content_type: String,
    /// The content.
    #[serde(with = "in_base64")]
    pub bytes: Vec<u8>,
}

/// Bytes as Base64.
mod in_base64 {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Mailbox {
    pub(in crate::cloud) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Returns the latest mails first, at most `limit`; to one recipient (case-insensitively) or to
    /// all.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn list(&self, to: Option<&str>, limit: usize) -> anyhow::Result<Vec<Mail>> {
        let to = to.map(str::to_owned);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let documents = self.store.run(move |store| read(store, to.as_deref(), limit)).await??;
        documents.iter().map(|document| Ok(serde_json::from_str(document)?)).collect()
    }

    /// Returns the mail with this message ID, to the first of its recipients.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn find(&self, message_id: &str) -> anyhow::Result<Option<Mail>> {
        let message_id = message_id.to_owned();
        let document = self.store.run(move |store| read_one(store, &message_id)).await??;
        document.map(|document| Ok(serde_json::from_str(&document)?)).transpose()
    }

    /// Stores mails, all or none.
    pub(in crate::cloud) async fn put(&self, mails: Vec<Mail>) -> anyhow::Result<()> {
        let rows: Vec<(String, String)> = mails
            .into_iter()
            .map(|mail| Ok((mail.to.clone(), serde_json::to_string(&mail)?)))
            .collect::<serde_json::Result<_>>()?;
        Ok(self.store.run(move |store| write(store, &rows)).await??)
    }
}

fn read(store: &Connection, to: Option<&str>, limit: i64) -> rusqlite::Result<Vec<String>> {
    match to {
        Some(to) => store
            .prepare_cached(
                "SELECT document FROM mails WHERE recipient = ?1 ORDER BY id DESC LIMIT ?2",
            )?
            .query_map(params![to, limit], |row| row.get(0))?
            .collect(),
        None => store
            .prepare_cached("SELECT document FROM mails ORDER BY id DESC LIMIT ?1")?
            .query_map(params![limit], |row| row.get(0))?
            .collect(),
    }
}

fn read_one(store: &Connection, message_id: &str) -> rusqlite::Result<Option<String>> {
    let by_number = "SELECT document FROM mails WHERE json_extract(document, '$.messageId') = ?1 \
         ORDER BY id LIMIT 1";
    store.prepare_cached(by_number)?.query_row([message_id], |row| row.get(0)).optional()
}

fn write(store: &mut Connection, rows: &[(String, String)]) -> rusqlite::Result<()> {
    let transaction = store.transaction()?;
    for (to, document) in rows {
        transaction
            .prepare_cached("INSERT INTO mails (recipient, document) VALUES (?1, ?2)")?
            .execute(params![to, document])?;
    }
    let last: Option<i64> = transaction
        .prepare_cached("SELECT max(id) FROM mails")?
        .query_row([], |row| row.get(0))
        .optional()?
        .flatten();
    transaction
        .prepare_cached("DELETE FROM mails WHERE id <= ?1")?
        .execute(params![last.unwrap_or(0) - CAPACITY])?;
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::database::store;

    fn mail(to: &str, subject: &str) -> Mail {
        Mail {
            message_id: "1".into(),
            to: to.into(),
            from: "shop@example.com".into(),
            reply_to: Vec::new(),
            subject: subject.into(),
            text: Some("hello".into()),
            html: None,
            attachments: Vec::new(),
            sent_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[tokio::test]
    async fn a_mail_keeps_its_attachments() {
        let mailbox = Mailbox::new(store::open(None).unwrap());
        let attachment = Attachment {
            name: "a.pdf".into(),
            content_type: "application/pdf".into(),
            bytes: vec![0, 255, 10],
        };
        let sent = Mail {
            message_id: "7".into(),
            attachments: vec![attachment],
            ..mail("ann@example.com", "one")
        };
        mailbox.put(vec![mail("ann@example.com", "two"), sent.clone()]).await.unwrap();
        assert_eq!(mailbox.find("7").await.unwrap(), Some(sent));
        assert_eq!(mailbox.find("8").await.unwrap(), None);
    }

    #[tokio::test]
    async fn the_latest_mail_of_a_recipient_comes_first() {
        let mailbox = Mailbox::new(store::open(None).unwrap());
        mailbox
            .put(vec![mail("ann@example.com", "one"), mail("bob@example.com", "one")])
            .await
            .unwrap();
        mailbox.put(vec![mail("ann@example.com", "two")]).await.unwrap();
        let subjects =
            |mails: Vec<Mail>| mails.into_iter().map(|mail| mail.subject).collect::<Vec<_>>();
        assert_eq!(
            subjects(mailbox.list(Some("Ann@Example.com"), 10).await.unwrap()),
            ["two", "one"]
        );
        assert_eq!(mailbox.list(None, 2).await.unwrap().len(), 2);
        assert!(mailbox.list(Some("eve@example.com"), 10).await.unwrap().is_empty());
    }
}
