//! The sent mail, in this process or at another AWS endpoint.

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

use crate::aws::Aws;
use crate::cloud::{Attachment, Mail, Mailbox};

/// Where `MiniStack` lists the mail sent through its SES.
const MINISTACK: &str = "/_ministack/ses/messages";

/// The source of sent mail.
pub(crate) enum Mails {
    /// The mailbox of the cloud in this process.
    Local(Mailbox),
    /// The mailbox of another endpoint, if it has one.
    Remote(Aws),
}

#[derive(Deserialize)]
struct Listing {
    /// By account.
    messages: BTreeMap<String, Vec<Message>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    message_id: String,
    source: String,
    to: Vec<String>,
    subject: String,
    body_text: Option<String>,
    body_html: Option<String>,
    /// Unix time in seconds.
    timestamp: f64,
}

impl Mails {
    /// Returns the latest mails first; to one recipient or to all.
    pub(crate) async fn list(&self, to: Option<&str>, limit: usize) -> Result<Vec<Mail>> {
        match self {
            Self::Local(mailbox) => mailbox.list(to, limit).await,
            Self::Remote(aws) => {
                let (status, body) =
                    aws.get(&format!("{MINISTACK}?account={}", aws.account())).await?;
                if !status.is_success() {
                    bail!(
                        "the AWS endpoint has no mailbox that can be read ({status} at {MINISTACK})"
                    );
                }
                let listing: Listing = serde_json::from_slice(&body)
                    .with_context(|| format!("the answer of {MINISTACK}"))?;
                Ok(newest(listing, to, limit))
            }
        }
    }
}

impl Mails {
    /// Returns the mail with this message ID, to the first of its recipients.
    pub(crate) async fn find(&self, message_id: &str) -> Result<Option<Mail>> {
        match self {
            Self::Local(mailbox) => mailbox.find(message_id).await,
            Self::Remote(_) => {
                let all = self.list(None, usize::MAX).await?;
                Ok(all.into_iter().find(|mail| mail.message_id == message_id))
            }
        }
    }

    /// Returns an attachment, by the mail's message ID and its index in the mail.
    pub(crate) async fn attachment(
        &self,
        message_id: &str,
        place: usize,
    ) -> Result<Option<Attachment>> {
        let mail = self.find(message_id).await?;
        Ok(mail.and_then(|mail| mail.attachments.into_iter().nth(place)))
    }
}

fn newest(listing: Listing, to: Option<&str>, limit: usize) -> Vec<Mail> {
    let mut mails: Vec<Mail> = Vec::new();
    for message in listing.messages.into_values().flatten() {
        for recipient in message.to {
            if to.is_none_or(|to| to.eq_ignore_ascii_case(&recipient)) {
                mails.push(Mail {
                    message_id: message.message_id.clone(),
                    to: recipient,
                    from: message.source.clone(),
                    // The listing doesn't include it.
                    reply_to: Vec::new(),
                    subject: message.subject.clone(),
                    text: message.body_text.clone(),
                    html: message.body_html.clone(),
                    attachments: Vec::new(),
                    #[expect(
                        clippy::cast_possible_truncation,
                        reason = "milliseconds of this age fit"
                    )]
                    sent_at: Timestamp::from_millisecond((message.timestamp * 1000.0) as i64)
                        .unwrap_or_default(),
                });
            }
        }
    }
    mails.sort_by_key(|mail| std::cmp::Reverse(mail.sent_at));
    mails.truncate(limit);
    mails
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_endpoints_mails_come_newest_first() {
        let listing = r#"{"messages":{"000000000000":[
            {"MessageId":"1","Source":"a@b","To":["X@y.z","q@y.z"],"CC":[],"BCC":[],"Subject":"one","BodyText":"t","BodyHtml":null,"Timestamp":1.5,"Type":"v2"},
            {"MessageId":"2","Source":"a@b","To":["x@y.z"],"CC":[],"BCC":[],"Subject":"two","BodyText":"t","BodyHtml":"<p>","Timestamp":2.5,"Type":"v2"}]}}"#;
        let subjects: Vec<_> = newest(serde_json::from_str(listing).unwrap(), Some("x@y.z"), 9)
            .into_iter()
            .map(|mail| mail.subject)
            .collect();
        assert_eq!(subjects, ["two", "one"]);
    }
}
