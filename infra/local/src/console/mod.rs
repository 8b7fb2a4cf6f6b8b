//! `/_local` on the API's port: the mailbox, and the pages that links in mails lead to.

mod links;
mod mails;
mod page;

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode, header};
use serde_json::{Value, json};

pub(crate) use mails::Mails;

use crate::cloud::Mail;
use crate::gateway::Body;
use crate::host;

/// How many mails are shown, unless `limit` says otherwise.
const SHOWN: usize = 100;

/// The stack's own pages.
#[derive(Clone)]
pub(crate) struct Console {
    mails: Arc<Mails>,
    aws_url: Arc<str>,
}

impl Console {
    pub(crate) fn new(mails: Arc<Mails>, aws_url: &str) -> Self {
        Self { mails, aws_url: aws_url.into() }
    }

    /// Answers a request below `/_local`.
    pub(crate) async fn respond(&self, request: &Parts) -> Response<Body> {
        if !host::is_ours(request) {
            return answer(StatusCode::FORBIDDEN, "text/plain", host::REFUSAL.to_owned());
        }
        if request.method != Method::GET && request.method != Method::HEAD {
            let mut response = answer(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "only GET\n".to_owned());
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        let query = request.uri.query().unwrap_or_default();
        match request.uri.path().trim_end_matches('/') {
            "/_local" => match self.mails.list(None, SHOWN).await {
                Ok(mails) => answer(StatusCode::OK, HTML, page::mailbox(&mails, &self.aws_url)),
                Err(error) => broken(&error),
            },
            "/_local/emails" => {
                let to = parameter(query, "to");
                let limit = parameter(query, "limit").and_then(|limit| limit.parse().ok()).unwrap_or(SHOWN);
                match self.mails.list(to.as_deref(), limit).await {
                    Ok(mails) => {
                        let mails: Vec<Value> = mails.iter().map(to_json).collect();
                        answer(StatusCode::OK, "application/json", json!({ "data": mails }).to_string())
                    }
                    Err(error) => broken(&error),
                }
            }
            path if path.starts_with("/_local/emails/") => self.attachment(path).await,
            path => match links::page(path.trim_start_matches("/_local/"), query, &address(request)) {
                Some(page) => answer(StatusCode::OK, HTML, page),
                None => missing(),
            },
        }
    }
}

impl Console {
    /// Answers `/_local/emails/{id}/attachments/{place}`.
    async fn attachment(&self, path: &str) -> Response<Body> {
        let parts: Vec<&str> = path.split('/').skip(3).collect();
        let [id, "attachments", place] = parts.as_slice() else { return missing() };
        let Ok(place) = place.parse() else { return missing() };
        match self.mails.attachment(id, place).await {
            Ok(Some(attachment)) => {
                let mut response = answer(StatusCode::OK, "application/octet-stream", attachment.bytes);
                let headers = response.headers_mut();
                if let Ok(kind) = HeaderValue::from_str(&attachment.content_type) {
                    headers.insert(header::CONTENT_TYPE, kind);
                }
                // It is saved, not shown: it must not be a page of this stack.
                let name: String = attachment.name.chars().filter(|letter| *letter != '"' && *letter != '\\').collect();
                let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
                headers.insert(header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment")));
                headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
                response
            }
            Ok(None) => missing(),
            Err(error) => broken(&error),
        }
    }
}

const HTML: &str = "text/html; charset=utf-8";

fn to_json(mail: &Mail) -> Value {
    let attachments = mail.attachments.iter().enumerate().map(|(place, attachment)| {
        json!({
            "name": attachment.name,
            "contentType": attachment.content_type,
            "bytes": attachment.bytes.len(),
            "url": attachment_url(mail, place),
        })
    });
    json!({
        "id": mail.message_id,
        "attachments": attachments.collect::<Vec<_>>(),
        "to": mail.to,
        "from": mail.from,
        "replyTo": mail.reply_to,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "sentAt": format!("{:.3}", mail.sent_at),
    })
}

/// Where an attachment is read.
fn attachment_url(mail: &Mail, place: usize) -> String {
    format!("/_local/emails/{}/attachments/{place}", mail.message_id)
}

/// The API's base URL, as the request names it.
fn address(request: &Parts) -> String {
    let host = request.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    format!("http://{host}")
}

fn missing() -> Response<Body> {
    answer(StatusCode::NOT_FOUND, "text/plain", "there is no such page; see /_local\n".to_owned())
}

fn parameter(query: &str, name: &str) -> Option<String> {
    let found = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty())
}

fn broken(error: &anyhow::Error) -> Response<Body> {
    answer(StatusCode::BAD_GATEWAY, "text/plain", format!("the mailbox can't be read: {error:#}\n"))
}

fn answer(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
