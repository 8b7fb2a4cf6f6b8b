//! `/`: what is running, its addresses, and its health.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{mailbox, queues, requests};
use crate::cloud::ADMINISTRATOR;
use crate::console::answer::Answer;
use crate::console::site::{Site, span, time};
use crate::data_dir::ADMINISTRATOR as ADMINISTRATOR_FILE;
use crate::lambda::Mode;
use crate::template::Trigger;

/// How many of the latest requests and mails are shown.
const LATEST: usize = 8;

/// Shows the page.
pub(in crate::console) async fn show(site: &Site) -> Answer {
    let setup = &site.setup;
    let queues = queues::all(site).await?;
    let (failures, others): (Vec<_>, Vec<_>) =
        queues.iter().partition(|queue| queue.holds_failures());
    let requests: Vec<Value> = setup
        .recorder
        .requests()
        .iter()
        .take(LATEST)
        .map(|recording| requests::row(recording))
        .collect();
    let mails: Vec<Value> =
        setup.mails.list(None, LATEST).await?.iter().map(mailbox::row).collect();
    let content = json!({
        "lead": lead(site),
        "signIn": sign_in(site),
        "addresses": addresses(site),
        "facts": facts(site),
        "health": {
            "waiting": others.iter().map(|queue| queue.waiting + queue.delayed).sum::<u64>(),
            "inFlight": others.iter().map(|queue| queue.in_flight).sum::<u64>(),
            "deadLetters": failures.iter().map(|queue| queue.waiting + queue.in_flight).sum::<u64>(),
        },
        "requests": requests,
        "mails": mails,
    });
    site.page("overview.html", "Local stack", "/_local", content)
}

fn lead(site: &Site) -> &'static str {
    match (&site.setup.cloud, &site.setup.stripe) {
        (Some(_), Some(_)) => {
            "The whole system on this machine, and its activity. Nothing leaves the machine: \
             mails are stored here, and payments go to a local Stripe."
        }
        _ => {
            "The whole system on this machine, and its activity. It calls external services: see \
             the addresses."
        }
    }
}

/// Returns a command that signs the administrator in; empty if the administrator is unknown.
fn sign_in(site: &Site) -> String {
    let file = site
        .setup
        .data_dir
        .as_ref()
        .map(|data_dir| data_dir.join(ADMINISTRATOR_FILE))
        .filter(|file| file.exists());
    let command = |file: PathBuf| {
        let url = format!("{}/api/v1/auth/login", site.setup.api_url);
        format!("curl -s {url} -H 'content-type: application/json' -d '@{}'", file.display())
    };
    file.map(command).unwrap_or_default()
}

fn addresses(site: &Site) -> Vec<Value> {
    let setup = &site.setup;
    let address =
        |name: &str, href: String, note: &str| json!({ "name": name, "href": href, "note": note });
    let api = &setup.api_url;
    let aws_note = match setup.cloud {
        Some(_) => format!("access key and secret: {ADMINISTRATOR}"),
        None => "another endpoint: policies are not enforced".to_owned(),
    };
    let mut addresses = vec![
        address("API", format!("{api}/api/v1"), ""),
        address("Documentation", format!("{api}/docs"), "try out every route"),
        address("OpenAPI", format!("{api}/openapi.json"), ""),
        address("Health", format!("{api}/health/ready"), ""),
        address("AWS endpoint", setup.aws_url.clone(), &aws_note),
    ];
    match &setup.stripe {
        Some(stripe) => {
            addresses.push(address("Stripe", stripe.url.clone(), "local: docs/local-stripe.md"))
        }
        None => addresses.push(address(
            "Stripe",
            "https://dashboard.stripe.com/test".to_owned(),
            "not local",
        )),
    }
    addresses
}

fn facts(site: &Site) -> Vec<Value> {
    let setup = &site.setup;
    let triggers = setup.model.functions.iter().flat_map(|function| &function.triggers);
    let (mut queues, mut streams, mut schedules) = (0, 0, 0);
    for trigger in triggers {
        match trigger {
            Trigger::Queue(_) => queues += 1,
            Trigger::Stream(_) => streams += 1,
            Trigger::Schedule(_) => schedules += 1,
            Trigger::Bucket(_) => {}
        }
    }
    let functions = format!(
        "{} for {} routes, {queues} queues, {streams} streams, {schedules} schedules",
        setup.model.functions.len(),
        setup.model.api.routes.len()
    );
    let mode = match setup.mode {
        Mode::InProcess => "handlers in this process",
        Mode::Process => "binaries, one process each",
    };
    let data = setup.data_dir.as_ref().map_or_else(
        || "in memory; discarded when the stack stops".to_owned(),
        |data| data.display().to_string(),
    );
    let uptime = span(i64::try_from(site.started.elapsed().as_secs()).unwrap_or(i64::MAX));
    [
        ("Functions", functions),
        ("Run as", mode.to_owned()),
        ("Running for", uptime),
        ("Clock", time(setup.clock.now())),
        ("Data", data),
    ]
    .map(|(name, value)| json!({ "name": name, "value": value }))
    .to_vec()
}
