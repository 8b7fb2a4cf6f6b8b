//! Sending e-mail.

use async_trait::async_trait;
use aws_sdk_sesv2::primitives::Blob;
use aws_sdk_sesv2::types::{
    Attachment as Attached, AttachmentContentTransferEncoding, Body, Content, Destination,
    EmailContent, Message,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use builder_store::aws::{CALL_LIMIT, outcome};
use builder_store::error::{Error, Result};

/// An e-mail to one person, as text and HTML.
#[derive(Clone)]
pub struct Email {
    /// The recipient's address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
    /// The sender's name; its address is the [`Mailer`]'s.
    pub from_name: Option<String>,
    /// The Reply-To address, if it isn't the sender.
    pub reply_to: Option<String>,
    /// The attachments.
    pub attachments: Vec<Attachment>,
}

/// An attachment of an e-mail. SES limits a mail to 40 MB, including its attachments in base64.
#[derive(Clone)]
pub struct Attachment {
    /// The file name.
    pub name: String,
    /// The media type, such as `application/pdf`.
    pub content_type: &'static str,
    /// The content.
    pub bytes: Vec<u8>,
}

/// Shows only the subject: the rest is personal.
impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Email").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// A service that sends e-mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Submits a mail for delivery; returns the provider's ID of it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if a later attempt may succeed, [`Error::Internal`] if the provider
    /// refuses the mail.
    async fn send(&self, mail: &Email) -> Result<String>;
}

/// Amazon SES.
#[derive(Debug, Clone)]
pub struct Ses {
    client: aws_sdk_sesv2::Client,
    from: String,
}

impl Ses {
    /// Creates a mailer that sends from `from`, an address or domain that SES has verified.
    #[must_use]
    pub fn new(client: aws_sdk_sesv2::Client, from: &str) -> Self {
        Self { client, from: from.to_owned() }
    }
}

#[async_trait]
impl Mailer for Ses {
    async fn send(&self, mail: &Email) -> Result<String> {
        let content = |data: &str| {
            Content::builder().data(data).charset("UTF-8").build().map_err(Error::internal)
        };
        let body = Body::builder().text(content(&mail.text)?).html(content(&mail.html)?).build();
        let attachments = mail.attachments.iter().map(attached).collect::<Result<Vec<_>>>()?;
        let message = Message::builder().subject(content(&mail.subject)?).body(body);
        let message =
            message.set_attachments((!attachments.is_empty()).then_some(attachments)).build();
        let request = self
            .client
            .send_email()
            .from_email_address(mailbox(mail.from_name.as_deref(), &self.from))
            .set_reply_to_addresses(mail.reply_to.clone().map(|address| vec![address]))
            .destination(Destination::builder().to_addresses(&mail.to).build())
            .content(EmailContent::builder().simple(message).build());
        match tokio::time::timeout(CALL_LIMIT, request.send()).await {
            Ok(answer) => Ok(answer.map_err(outcome)?.message_id.unwrap_or_default()),
            Err(elapsed) => Err(Error::Unavailable(elapsed.into())),
        }
    }
}

fn attached(attachment: &Attachment) -> Result<Attached> {
    let builder =
        Attached::builder().file_name(&attachment.name).content_type(attachment.content_type);
    // By default, SES encodes an attachment as 7-bit text.
    let builder = builder.content_transfer_encoding(AttachmentContentTransferEncoding::Base64);
    builder.raw_content(Blob::new(attachment.bytes.clone())).build().map_err(Error::internal)
}

/// Formats a sender for a header field (RFC 5322, section 3.4): `"Engines & More"
/// <shop@example.com>`. A name with non-ASCII characters is written as encoded words (RFC 2047), as
/// SES requires.
fn mailbox(name: Option<&str>, address: &str) -> String {
    match name {
        None => address.to_owned(),
        Some(name) if name.is_ascii() => {
            let escaped = name.replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"{escaped}\" <{address}>")
        }
        Some(name) => format!("{} <{address}>", encoded_words(name)),
    }
}

/// The maximum number of bytes whose base64 fits into an encoded word of 75 characters, with
/// `=?UTF-8?B?` and `?=` around it.
const WORD_BYTES: usize = 45;

/// Converts a text to encoded words, without splitting a character.
fn encoded_words(text: &str) -> String {
    let mut words = vec![String::new()];
    for character in text.chars() {
        if words.last().is_some_and(|word| word.len() + character.len_utf8() > WORD_BYTES) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(character);
        }
    }
    let words: Vec<String> =
        words.iter().map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word))).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senders_are_formatted_for_the_header() {
        let written = |name| mailbox(name, "shop@example.com");
        assert_eq!(written(None), "shop@example.com");
        assert_eq!(
            written(Some("Engines & More, Inc.")),
            r#""Engines & More, Inc." <shop@example.com>"#
        );
        assert_eq!(written(Some(r#"The "Shop" \"#)), r#""The \"Shop\" \\" <shop@example.com>"#);
        assert_eq!(written(Some("Café")), "=?UTF-8?B?Q2Fmw6k=?= <shop@example.com>");
    }

    #[test]
    fn long_names_are_encoded_without_splitting_characters() {
        let name = "ü".repeat(100);
        let words = encoded_words(&name);
        let decoded = words.split(' ').map(|word| {
            assert!(word.len() <= 75, "{word}");
            let base64 =
                word.strip_prefix("=?UTF-8?B?").and_then(|rest| rest.strip_suffix("?=")).unwrap();
            String::from_utf8(STANDARD.decode(base64).unwrap()).unwrap()
        });
        assert_eq!(decoded.collect::<String>(), name);
    }
}
