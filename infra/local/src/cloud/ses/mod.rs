//! SES v2: `POST /v2/email/outbound-emails` with simple content. The mail is stored in the mailbox.

pub(super) mod mailbox;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::request::Parts;
use http::{Method, Response};
use s3s::Body;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::error::{AwsError, json_answer};
use super::iam::Check;
use super::iam::caller::Caller;
use super::{Inner, arn};
use mailbox::{Attachment, Mail};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendEmail {
    from_email_address: Option<String>,
    #[serde(default)]
    reply_to_addresses: Vec<String>,
    #[serde(default)]
    destination: Destination,
    content: Content,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Destination {
    to_addresses: Vec<String>,
    cc_addresses: Vec<String>,
    bcc_addresses: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    simple: Option<Simple>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Simple {
    subject: Text,
    body: Alternatives,
    #[serde(default)]
    attachments: Vec<Attached>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attached {
    file_name: String,
    /// SES's default if the request specifies none.
    #[serde(default = "octets")]
    content_type: String,
    /// In Base64.
    raw_content: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Alternatives {
    text: Option<Text>,
    html: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Text {
    data: String,
}

fn octets() -> String {
    "application/octet-stream".to_owned()
}

pub(super) async fn respond(
    cloud: &Inner,
    caller: &Caller,
    parts: &Parts,
    body: &Bytes,
) -> Result<Response<Body>, AwsError> {
    if parts.method != Method::POST || parts.uri.path() != "/v2/email/outbound-emails" {
        return Err(AwsError::not_found(
            "NotFoundException",
            "the local SES only supports sending \
         e-mail",
        ));
    }
    let request: SendEmail = serde_json::from_slice(body)
        .map_err(|error| AwsError::invalid("BadRequestException", error.to_string()))?;
    let from = request
        .from_email_address
        .ok_or_else(|| AwsError::invalid("BadRequestException", "FromEmailAddress is missing"))?;
    let address = address(&from);
    let domain = address.rsplit_once('@').map_or(address, |(_, domain)| domain);
    let check = |action| {
        Check::new(action, arn::identity(&cloud.region, domain))
            .with("ses:FromAddress", vec![address.to_owned()])
    };
    caller.authorize(&[check("ses:SendEmail")])?;
    let through = cloud.faults_for(caller, "ses:SendEmail").await?;
    let simple = request.content.simple.ok_or_else(|| {
        AwsError::invalid("BadRequestException", "the local SES only supports simple content")
    })?;
    // AWS may check a mail with attachments as a raw mail.
    if !simple.attachments.is_empty() {
        caller.authorize(&[check("ses:SendRawEmail")])?;
    }
    let Destination { to_addresses, cc_addresses, bcc_addresses } = request.destination;
    let recipients: Vec<String> = [to_addresses, cc_addresses, bcc_addresses].concat();
    if recipients.is_empty() || recipients.len() > 50 {
        return Err(AwsError::invalid("BadRequestException", "1 to 50 recipients are needed"));
    }
    if let Some(wrong) = recipients
        .iter()
        .chain(&request.reply_to_addresses)
        .find(|to| !self::address(to).contains('@'))
    {
        return Err(AwsError::invalid("BadRequestException", format!("Illegal address: {wrong}")));
    }
    let attachments =
        simple.attachments.into_iter().map(attachment).collect::<Result<Vec<_>, _>>()?;
    let message_id = format!("{:016x}-{}-000000", fastrand::u64(..), Uuid::now_v7());
    let sent_at = crate::time::now();
    let mails = recipients
        .into_iter()
        .map(|to| Mail {
            message_id: message_id.clone(),
            to: self::address(&to).to_owned(),
            from: from.clone(),
            reply_to: request.reply_to_addresses.clone(),
            subject: simple.subject.data.clone(),
            text: simple.body.text.as_ref().map(|part| part.data.clone()),
            html: simple.body.html.as_ref().map(|part| part.data.clone()),
            attachments: attachments.clone(),
            sent_at,
        })
        .collect();
    cloud.mailbox.put(mails).await?;
    through.finish()?;
    Ok(json_answer("application/json", &json!({"MessageId": message_id})))
}

fn attachment(attached: Attached) -> Result<Attachment, AwsError> {
    let Attached { file_name, content_type, raw_content } = attached;
    let bytes = STANDARD
        .decode(raw_content)
        .map_err(|error| AwsError::invalid("BadRequestException", error.to_string()))?;
    if file_name.is_empty() || file_name.chars().any(char::is_control) {
        return Err(AwsError::invalid("BadRequestException", "an attachment needs a file name"));
    }
    Ok(Attachment { name: file_name, content_type, bytes })
}

/// Returns the address in `Shop <shop@example.com>` or `shop@example.com`.
fn address(mailbox: &str) -> &str {
    match mailbox.rsplit_once('<') {
        Some((_, rest)) => rest.trim_end().trim_end_matches('>'),
        None => mailbox.trim(),
    }
}
