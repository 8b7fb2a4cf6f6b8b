//! `GET /.well-known/security.txt`: how to report a vulnerability (RFC 9116), from the settings.

use builder_core::settings::Settings;
use builder_identity::keys::SETTINGS;
use builder_identity::policy::Disclosure;
use builder_runtime::{Access, Call, Function, Raw, Reply, Resources, Result, Route};
use builder_store::Error;
use jiff::{SignedDuration, Timestamp};

/// How many hours the file is valid: RFC 9116, section 2.5.5, recommends less than a year.
const GOOD_FOR_HOURS: i64 = 180 * 24;

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get("security-txt", "/.well-known/security.txt", Access::Public, security_txt)
            .summary("Get security.txt")
            .description(
                "Returns how to report a vulnerability (RFC 9116). The response is 404 until the \
                 settings contain a contact.",
            )
            .answers_with("text/plain")
            .example(|| {
                "Contact: mailto:security@example.com\nExpires: \
                 2027-05-29T00:00:00Z\nCanonical: https://api.example.com/.well-known/security.txt\n"
                    .into()
            })
            .error_with(404, "not-found", "The settings contain no contact.")
            .with_head(),
        Resources::new().memory(128).variables(["PUBLIC_URL"]).get([SETTINGS]),
    )
}

async fn security_txt(call: Call) -> Result<Reply<Raw>> {
    let settings = call.cached::<Settings>().await?;
    let disclosure = &settings.state.document.security.disclosure;
    if disclosure.contacts.is_empty() {
        return Err(Error::NotFound { what: "contact for vulnerability reports" }.into());
    }
    let text = written(disclosure, call.env().require("PUBLIC_URL")?, call.now());
    Ok(Reply::raw("text/plain; charset=utf-8", text).header("cache-control", "public, max-age=300"))
}

fn written(disclosure: &Disclosure, public_url: &str, now: Timestamp) -> String {
    let mut lines: Vec<String> =
        disclosure.contacts.iter().map(|contact| format!("Contact: {contact}")).collect();
    let expires =
        now.saturating_add(SignedDuration::from_hours(GOOD_FOR_HOURS)).unwrap_or(Timestamp::MAX);
    lines.push(format!("Expires: {}", expires.strftime("%Y-%m-%dT00:00:00Z")));
    lines.push(format!("Canonical: {public_url}/.well-known/security.txt"));
    lines.extend(disclosure.policy.iter().map(|policy| format!("Policy: {policy}")));
    if !disclosure.languages.is_empty() {
        lines.push(format!("Preferred-Languages: {}", disclosure.languages.join(", ")));
    }
    lines.into_iter().map(|line| line + "\n").collect()
}
