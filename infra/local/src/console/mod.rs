//! The console: pages that show what the stack is doing, at `/` for browsers and below `/_local`.
//!
//! They are rendered here, need no script and load nothing from elsewhere; only the pages that
//! links in mails open have a script (`links`). Requests for another host name are refused, and
//! buttons only work from the console's own pages. `/_local/emails` is for programs.

mod answer;
mod cross_site;
mod mails;
mod pages;
mod parameters;
mod render;
mod site;
mod stripe;

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};

use answer::{Answer, Body, TEXT, Trouble};
use pages::{buckets, emails, jobs, links, mailbox, overview, payments, queues, requests, tables};
use parameters::Parameters;
use site::Site;

pub(crate) use mails::Mails;
pub(crate) use site::Setup;
pub(crate) use stripe::StripeAccount;

use crate::host;

/// The maximum size of a form, which may contain an event for a job, in bytes.
const LARGEST_FORM: usize = 1024 * 1024;

/// The stack's own pages.
#[derive(Clone)]
pub(crate) struct Console(Arc<Site>);

impl Console {
    /// # Errors
    /// If the operating system returns no random bytes.
    pub(crate) fn new(setup: Setup) -> anyhow::Result<Self> {
        Ok(Self(Arc::new(Site::new(setup)?)))
    }

    /// Returns whether a request is for the console: any path below `/_local`, and `/` for a
    /// browser. For programs, `/` belongs to the API.
    pub(crate) fn answers(request: &Parts) -> bool {
        let path = request.uri.path();
        let mut accepts = request.headers.get_all(header::ACCEPT).iter();
        path == "/_local"
            || path.starts_with("/_local/")
            || (path == "/"
                && (request.method == Method::GET || request.method == Method::HEAD)
                && accepts
                    .any(|accept| accept.to_str().is_ok_and(|accept| accept.contains("text/html")))
                && host::is_ours(request))
    }

    /// Responds to a request.
    pub(crate) async fn respond<B>(&self, request: &Parts, body: B) -> Response<Body>
    where
        B: hyper::body::Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if !host::is_ours(request) {
            return answer::answer(StatusCode::FORBIDDEN, TEXT, host::REFUSAL);
        }
        let site = &*self.0;
        let query = Parameters::parse(request.uri.query().unwrap_or_default().as_bytes());
        let segments = parameters::segments(request.uri.path());
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let answer = match request.method {
            Method::GET | Method::HEAD => show(site, &segments, &query).await,
            Method::POST if is_button(&segments) => {
                match Limited::new(body, LARGEST_FORM).collect().await {
                    Ok(form) => {
                        let form = Parameters::parse(&form.to_bytes());
                        match cross_site::check(request, &form, &site.token) {
                            Ok(()) => press(site, request, &segments, &form).await,
                            Err(refusal) => site.text(StatusCode::FORBIDDEN, "Refused", refusal),
                        }
                    }
                    Err(_) => site.text(
                        StatusCode::PAYLOAD_TOO_LARGE,
                        "Too large",
                        "A form has at most one megabyte.",
                    ),
                }
            }
            _ => return not_allowed(),
        };
        let answer = match answer {
            Err(Trouble::Missing) => {
                site.text(StatusCode::NOT_FOUND, "Not found", "There is nothing of this name.")
            }
            Err(Trouble::Refused(text)) => {
                site.text(StatusCode::UNPROCESSABLE_ENTITY, "Not done", &text)
            }
            Err(Trouble::Broken(error)) => {
                site.text(StatusCode::BAD_GATEWAY, "Out of order", &format!("{error:#}"))
            }
            Ok(answer) => Ok(answer),
        };
        answer.unwrap_or_else(|trouble| {
            answer::answer(StatusCode::INTERNAL_SERVER_ERROR, TEXT, format!("{trouble:?}\n"))
        })
    }
}

async fn show(site: &Site, segments: &[&str], query: &Parameters) -> Answer {
    match segments {
        [] => overview::show(site).await,
        ["style.css"] => {
            Ok(answer::answer(StatusCode::OK, "text/css; charset=utf-8", render::STYLE))
        }
        ["link.js"] => Ok(answer::answer(
            StatusCode::OK,
            "text/javascript; charset=utf-8",
            render::LINK_SCRIPT,
        )),
        ["requests"] => requests::list(site, query),
        ["requests" | "invocations", number] => requests::show(site, number),
        ["mails"] => mailbox::list(site, query).await,
        ["mails", id] => mailbox::show(site, id).await,
        ["mails", id, "html"] => mailbox::html(site, id).await,
        ["emails"] => emails::list(site, query).await,
        ["emails", id, "attachments", place] => emails::attachment(site, id, place).await,
        ["queues"] => queues::list(site).await,
        ["queues", name] => queues::show(site, name, query).await,
        ["tables"] => tables::list(site).await,
        ["tables", name] => tables::show(site, name, query).await,
        ["tables", name, "item"] => tables::item(site, name, query).await,
        ["buckets"] => buckets::list(site).await,
        ["buckets", name] => buckets::show(site, name, query).await,
        ["buckets", name, "object"] => buckets::object(site, name, query).await,
        ["buckets", name, "download"] => buckets::download(site, name, query).await,
        ["jobs"] => jobs::list(site),
        ["jobs", name] => jobs::show(site, name),
        ["payments"] => payments::list(site).await,
        ["payments", intent] => payments::show(site, intent).await,
        _ => links::show(site, segments, query),
    }
}

fn is_button(segments: &[&str]) -> bool {
    matches!(segments, ["queues", _, "redrive"] | ["jobs", _, "run"] | ["payments", _, "pay"])
}

async fn press(site: &Site, request: &Parts, segments: &[&str], form: &Parameters) -> Answer {
    match segments {
        ["queues", name, "redrive"] => queues::redrive(site, name).await,
        ["jobs", name, "run"] => jobs::run(site, name, form).await,
        ["payments", intent, "pay"] => payments::pay(site, intent, form, request).await,
        _ => Err(Trouble::Missing),
    }
}

fn not_allowed() -> Response<Body> {
    let mut response =
        answer::answer(StatusCode::METHOD_NOT_ALLOWED, TEXT, "only GET, and POST for buttons\n");
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    response
}
