//! Sending e-mail.

use async_trait::async_trait;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};

use crate::aws::CALL_LIMIT;
use crate::error::{Error, Result};
use crate::table::outcome;

/// An e-mail to one person, in both forms.
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
}

/// Names the subject only: the rest is personal.
impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Email").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Somebody who sends e-mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands the mail over for delivery; gives the provider's id of it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when a later attempt may succeed, [`Error::Internal`] when the provider refuses the mail.
    async fn send(&self, mail: &Email) -> Result<String>;
}

/// Amazon SES.
#[derive(Debug, Clone)]
pub struct Ses {
    client: aws_sdk_sesv2::Client,
    from: String,
}

impl Ses {
    /// Sends as `from`, an address or domain that SES has verified.
    #[must_use]
    pub fn new(client: aws_sdk_sesv2::Client, from: &str) -> Self {
        Self { client, from: from.to_owned() }
    }
}

#[async_trait]
impl Mailer for Ses {
    async fn send(&self, mail: &Email) -> Result<String> {
        let content = |data: &str| Content::builder().data(data).charset("UTF-8").build().map_err(Error::internal);
        let body = Body::builder().text(content(&mail.text)?).html(content(&mail.html)?).build();
        let message = Message::builder().subject(content(&mail.subject)?).body(body).build();
        let request = self
            .client
            .send_email()
            .from_email_address(&self.from)
            .destination(Destination::builder().to_addresses(&mail.to).build())
            .content(EmailContent::builder().simple(message).build());
        match tokio::time::timeout(CALL_LIMIT, request.send()).await {
            Ok(answer) => Ok(answer.map_err(outcome)?.message_id.unwrap_or_default()),
            Err(elapsed) => Err(Error::Unavailable(elapsed.into())),
        }
    }
}
