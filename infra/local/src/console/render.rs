//! The templates of the pages. Values in them are escaped.

use std::fmt::Write as _;

use anyhow::Context as _;
use minijinja::value::Serde;
use minijinja::{
    AutoEscape, Environment, Error, Output, State, UndefinedBehavior, escape_formatter,
};
use serde_json::Value;

const SOURCES: [(&str, &str); 17] = [
    ("layout.html", include_str!("templates/layout.html")),
    ("overview.html", include_str!("templates/overview.html")),
    ("requests.html", include_str!("templates/requests.html")),
    ("request-rows.html", include_str!("templates/request-rows.html")),
    ("request.html", include_str!("templates/request.html")),
    ("mails.html", include_str!("templates/mails.html")),
    ("mail.html", include_str!("templates/mail.html")),
    ("queues.html", include_str!("templates/queues.html")),
    ("queue.html", include_str!("templates/queue.html")),
    ("tables.html", include_str!("templates/tables.html")),
    ("table.html", include_str!("templates/table.html")),
    ("buckets.html", include_str!("templates/buckets.html")),
    ("link.html", include_str!("templates/link.html")),
    ("text.html", include_str!("templates/text.html")),
    ("jobs.html", include_str!("templates/jobs.html")),
    ("payments.html", include_str!("templates/payments.html")),
    ("payment.html", include_str!("templates/payment.html")),
];

/// The pages' style.
pub(super) const STYLE: &str = include_str!("templates/style.css");
/// The script of the forms on the pages that links in mails lead to.
pub(super) const LINK_SCRIPT: &str = include_str!("templates/link.js");

/// The templates of the pages.
pub(super) struct Pages(Environment<'static>);

impl Pages {
    /// Parses every template. An invalid one is reported when it is used; the tests use all of
    /// them.
    pub(super) fn new() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_formatter(escaped);
        for (name, source) in SOURCES {
            if let Err(error) = environment.add_template(name, source) {
                tracing::error!(template = name, %error, "a template of the console is broken");
            }
        }
        Self(environment)
    }

    /// Renders a page.
    pub(super) fn render(&self, template: &str, content: &Value) -> anyhow::Result<String> {
        let template = self.0.get_template(template)?;
        template
            .render(minijinja::Value::from(Serde(content.clone())))
            .with_context(|| format!("the page {}", template.name()))
    }
}

/// Escapes a text for HTML. The library's default escapes each slash, which makes URLs in the
/// source unreadable.
fn escaped(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &minijinja::Value,
) -> Result<(), Error> {
    let Some(text) = value
        .as_str()
        .filter(|_| matches!(state.auto_escape(), AutoEscape::Html) && !value.is_safe())
    else {
        return escape_formatter(out, state, value);
    };
    for letter in text.chars() {
        match letter {
            '&' => out.write_str("&amp;"),
            '<' => out.write_str("&lt;"),
            '>' => out.write_str("&gt;"),
            '"' => out.write_str("&quot;"),
            '\'' => out.write_str("&#39;"),
            other => out.write_char(other),
        }
        .map_err(Error::from)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_escaped_in_pages() {
        let hostile = "</title><script>alert('1')</script>\"&";
        let nav = json!([{ "name": hostile, "href": "/x\" onclick=\"y", "here": true }]);
        let content = json!({ "title": hostile, "nav": nav, "text": hostile, "lead": hostile, "back": { "name": "x", "href": "/" } });
        let page = Pages::new().render("text.html", &content).unwrap();
        assert!(!page.contains("<script") && !page.contains("\" onclick"), "{page}");
        assert!(page.contains("&lt;/title&gt;&lt;script&gt;alert(&#39;1&#39;)"), "{page}");
    }

    #[test]
    fn every_template_parses() {
        let pages = Pages::new();
        for (name, _) in SOURCES {
            assert!(pages.0.get_template(name).is_ok(), "{name}");
        }
    }
}
