//! Mails, as the mailbox of the stack shows them.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::Client;
use crate::stack::PATIENCE;

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The recipient.
    pub to: String,
    /// The sender.
    pub from: String,
    /// Where answers go, if not to the sender.
    pub reply_to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// The files that came with it.
    pub attachments: Vec<Attachment>,
}

/// A file that came with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub content_type: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// Where these are read.
    pub url: String,
}

impl Mail {
    /// The `token` of the link in it.
    #[must_use]
    pub fn token(&self) -> String {
        let (_, rest) = self
            .text
            .split_once("token=")
            .unwrap_or_else(|| panic!("no link with a token in {self:?}"));
        rest.split(|letter: char| letter.is_whitespace() || letter == '&')
            .next()
            .unwrap_or_default()
            .to_owned()
    }
}

/// The mails to an address, the latest first.
pub(crate) async fn to(client: &Client, address: &str) -> Vec<Mail> {
    let address = address.replace('%', "%25").replace('+', "%2B").replace('&', "%26");
    let answer = client.get(format!("/_local/emails?to={address}")).await.expect(200);
    let text = |mail: &Value, member: &str| mail[member].as_str().unwrap_or_default().to_owned();
    let mails = answer.data().as_array().cloned().unwrap_or_default();
    let addresses = |mail: &Value, member: &str| {
        let addresses = mail[member].as_array().into_iter().flatten();
        addresses.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let attachments = |mail: &Value| {
        let attachments = mail["attachments"].as_array().into_iter().flatten();
        let read = |attachment| Attachment {
            name: text(attachment, "name"),
            content_type: text(attachment, "contentType"),
            bytes: attachment["bytes"].as_u64().unwrap_or_default(),
            url: text(attachment, "url"),
        };
        attachments.map(read).collect()
    };
    let read = |mail| Mail {
        to: text(mail, "to"),
        from: text(mail, "from"),
        reply_to: addresses(mail, "replyTo"),
        subject: text(mail, "subject"),
        text: text(mail, "text"),
        html: text(mail, "html"),
        attachments: attachments(mail),
    };
    mails.iter().map(read).collect()
}

/// Waits for a mail whose subject contains `subject`, other than the oldest `known` mails to this
/// address.
pub(crate) async fn wait(client: &Client, address: &str, subject: &str, known: usize) -> Mail {
    let started = Instant::now();
    let mut pause = Duration::from_millis(20);
    loop {
        let mails = to(client, address).await;
        let new = &mails[..mails.len().saturating_sub(known)];
        if let Some(mail) = new.iter().find(|mail| mail.subject.contains(subject)) {
            return mail.clone();
        }
        let subjects: Vec<_> = mails.iter().map(|mail| &mail.subject).collect();
        assert!(
            started.elapsed() < PATIENCE,
            "no mail about {subject:?} to {address} in {PATIENCE:?}; there are {subjects:?}"
        );
        tokio::time::sleep(pause).await;
        // Another endpoint lists all its mails at each question.
        pause = (pause * 2).min(Duration::from_millis(160));
    }
}
