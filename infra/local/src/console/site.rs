//! The data sources of the pages, and their rendering.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use builder_store::clock::Clock;
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::{self, Answer};
use super::mails::Mails;
use super::render::Pages;
use super::stripe::StripeAccount;
use crate::aws::Aws;
use crate::aws::provision::random_text;
use crate::cloud::Cloud;
use crate::lambda::{Lambda, Mode};
use crate::recorder::Recorder;
use crate::template::Model;

/// The data sources of the pages.
pub(crate) struct Setup {
    /// The sent mail.
    pub(crate) mails: Arc<Mails>,
    /// A client of the AWS endpoint, with the administrator's rights.
    pub(crate) aws: Aws,
    /// Its URL.
    pub(crate) aws_url: String,
    /// The cloud in this process, unless another endpoint is used.
    pub(crate) cloud: Option<Cloud>,
    /// The base URL of the API.
    pub(crate) api_url: String,
    /// The functions.
    pub(crate) lambda: Lambda,
    /// How they run.
    pub(crate) mode: Mode,
    /// The parsed template.
    pub(crate) model: Arc<Model>,
    /// The latest requests and invocations.
    pub(crate) recorder: Recorder,
    /// The functions' clock.
    pub(crate) clock: Arc<dyn Clock>,
    /// The local Stripe, unless another server is used.
    pub(crate) stripe: Option<StripeAccount>,
    /// The directory of the data, unless in memory.
    pub(crate) data_dir: Option<PathBuf>,
    /// The directory with the sample events in `events/`.
    pub(crate) template_root: PathBuf,
}

/// The context of all pages.
pub(super) struct Site {
    pub(super) setup: Setup,
    pub(super) started: Instant,
    /// The token of the forms, which proves that a page of this console sent them.
    pub(super) token: String,
    pages: Pages,
}

/// The navigation of each page.
const NAV: [(&str, &str); 8] = [
    ("Overview", "/_local"),
    ("Requests", "/_local/requests"),
    ("Mails", "/_local/mails"),
    ("Queues", "/_local/queues"),
    ("Tables", "/_local/tables"),
    ("Buckets", "/_local/buckets"),
    ("Jobs", "/_local/jobs"),
    ("Payments", "/_local/payments"),
];

impl Site {
    /// # Errors
    /// If the operating system returns no random bytes.
    pub(super) fn new(setup: Setup) -> Result<Self> {
        let alphabet: Vec<char> = ('a'..='z').chain('0'..='9').collect();
        Ok(Self {
            setup,
            started: Instant::now(),
            token: random_text(&alphabet, 32)?,
            pages: Pages::new(),
        })
    }

    /// Renders a page below the navigation entry `here`.
    pub(super) fn page(&self, template: &str, title: &str, here: &str, content: Value) -> Answer {
        self.page_with_status(StatusCode::OK, template, title, here, content)
    }

    /// Renders a page with a script, which is not in the navigation.
    pub(super) fn page_with_script(&self, template: &str, title: &str, content: Value) -> Answer {
        Ok(answer::page_with_script(self.html(template, title, "", content)?))
    }

    /// Renders a page with one paragraph.
    pub(super) fn text(&self, status: StatusCode, title: &str, lead: &str) -> Answer {
        self.text_page(status, title, lead, "")
    }

    /// Renders a page with one paragraph and a preformatted text.
    pub(super) fn text_page(
        &self,
        status: StatusCode,
        title: &str,
        lead: &str,
        text: &str,
    ) -> Answer {
        let content = json!({ "text": text, "lead": lead, "back": { "name": "Overview", "href": "/_local" } });
        self.page_with_status(status, "text.html", title, "", content)
    }

    fn page_with_status(
        &self,
        status: StatusCode,
        template: &str,
        title: &str,
        here: &str,
        content: Value,
    ) -> Answer {
        Ok(answer::page(status, self.html(template, title, here, content)?))
    }

    fn html(&self, template: &str, title: &str, here: &str, mut content: Value) -> Result<String> {
        let nav =
            NAV.map(|(name, href)| json!({ "name": name, "href": href, "here": href == here }));
        content["nav"] = Value::from(nav.to_vec());
        content["title"] = Value::from(title);
        content["token"] = Value::from(self.token.as_str());
        self.pages.render(template, &content)
    }
}

/// Formats a time as `2026-11-30 08:15:00 UTC`.
pub(super) fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Formats a duration: `3 s`, `5 min`, `2 h 5 min`, `4 d 3 h`.
pub(super) fn span(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3_600 => format!("{} min", seconds / 60),
        seconds @ 3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        seconds => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_shown_in_short_form() {
        let spans = [-5, 59, 60, 3_599, 7_500, 360_000].map(span);
        assert_eq!(spans, ["0 s", "59 s", "1 min", "59 min", "2 h 5 min", "4 d 4 h"]);
    }
}
