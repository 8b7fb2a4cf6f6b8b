//! `/_local/emails`: the mailbox for programs, in JSON.

use http::StatusCode;
use serde_json::{Value, json};

use crate::cloud::Mail;
use crate::console::answer::{Answer, Trouble, answer, download};
use crate::console::parameters::{Parameters, link};
use crate::console::site::Site;

/// How many mails are returned, unless `limit` is set.
pub(super) const SHOWN: usize = 100;

/// `/_local/emails?to=&limit=`: the latest mails.
pub(in crate::console) async fn list(site: &Site, query: &Parameters) -> Answer {
    let limit = query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(SHOWN);
    let mails = site.setup.mails.list(query.get("to"), limit).await?;
    let mails: Vec<Value> = mails.iter().map(to_json).collect();
    Ok(answer(StatusCode::OK, "application/json", json!({ "data": mails }).to_string()))
}

/// `/_local/emails/{id}/attachments/{place}`: an attachment of a mail.
pub(in crate::console) async fn attachment(site: &Site, id: &str, place: &str) -> Answer {
    let place = place.parse().map_err(|_| Trouble::Missing)?;
    let attachment = site.setup.mails.attachment(id, place).await?.ok_or(Trouble::Missing)?;
    Ok(download(&attachment.name, &attachment.content_type, attachment.bytes))
}

fn to_json(mail: &Mail) -> Value {
    json!({
        "id": mail.message_id,
        "attachments": attachments(mail),
        "to": mail.to,
        "from": mail.from,
        "replyTo": mail.reply_to,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "sentAt": format!("{:.3}", mail.sent_at),
    })
}

/// Returns the attachments of a mail with their URLs.
pub(in crate::console) fn attachments(mail: &Mail) -> Vec<Value> {
    let attachments = mail.attachments.iter().enumerate().map(|(place, attachment)| {
        json!({
            "name": attachment.name,
            "contentType": attachment.content_type,
            "bytes": attachment.bytes.len(),
            "url": link(&["emails", &mail.message_id, "attachments", &place.to_string()], &[]),
        })
    });
    attachments.collect()
}
