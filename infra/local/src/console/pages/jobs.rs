//! Jobs: the functions without a route, which can be run by a button.

use serde_json::{Value, json};

use super::requests;
use crate::console::answer::{Answer, Trouble, see};
use crate::console::parameters::{Parameters, link};
use crate::console::site::Site;
use crate::mappings::scheduled_event;
use crate::recorder::Subject;
use crate::template::{Function, Trigger};

const HERE: &str = "/_local/jobs";

/// Returns the functions without a route.
fn jobs(site: &Site) -> impl Iterator<Item = &Function> {
    let model = &site.setup.model;
    model
        .functions
        .iter()
        .filter(|function| model.api.routes.iter().all(|route| route.function != function.name))
}

/// `/_local/jobs`.
pub(in crate::console) fn list(site: &Site) -> Answer {
    let rows: Vec<Value> = jobs(site).map(|job| row(site, job)).collect();
    site.page("jobs.html", "Jobs", HERE, json!({ "jobs": rows, "job": Value::Null }))
}

/// `/_local/jobs/{name}`: one job, with the event to run it with.
pub(in crate::console) fn show(site: &Site, name: &str) -> Answer {
    let job = find(site, name)?;
    let event = serde_json::to_string_pretty(&sample(site, job)).unwrap_or_default();
    let latest = site.setup.recorder.invocations();
    let latest = latest.iter().filter(|recording| {
        let notes = recording.notes();
        matches!(notes.subject, Subject::Invocation { .. })
            && notes.function.as_deref() == Some(name)
    });
    let latest: Vec<Value> = latest.take(10).map(|recording| requests::row(recording)).collect();
    let content = json!({ "jobs": [], "job": row(site, job), "event": event, "requests": latest });
    site.page("jobs.html", name, HERE, content)
}

/// `POST /_local/jobs/{name}/run`: invokes it with the event in the form, or else with its sample.
pub(in crate::console) async fn run(site: &Site, name: &str, form: &Parameters) -> Answer {
    let job = find(site, name)?;
    let event = match form.get("event") {
        Some(text) => serde_json::from_str(text).map_err(|error| {
            Trouble::Refused(format!("The event is not JSON: {error}. Go back and correct it."))
        })?,
        None => sample(site, job),
    };
    let function = site.setup.lambda.function(name).ok_or(Trouble::Missing)?;
    // The page of the invocation shows the result.
    let (recording, _) = function.invoke_recorded(event).await;
    Ok(see(&link(&["invocations", &recording.number().to_string()], &[])))
}

fn find<'a>(site: &'a Site, name: &str) -> Result<&'a Function, Trouble> {
    jobs(site).find(|job| job.name == name).ok_or(Trouble::Missing)
}

/// Returns the event of its schedule, or the one in the repository's `events/`.
fn sample(site: &Site, job: &Function) -> Value {
    let schedule = job.triggers.iter().find_map(|trigger| match trigger {
        Trigger::Schedule(schedule) => Some(schedule),
        _ => None,
    });
    if let Some(schedule) = schedule {
        return scheduled_event(schedule, site.setup.clock.now(), &site.setup.aws);
    }
    let path = site.setup.template_root.join("events").join(format!("{}.json", job.name));
    let text = std::fs::read_to_string(path).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_else(|_| json!({}))
}

fn row(site: &Site, job: &Function) -> Value {
    let triggers = job.triggers.iter().map(|trigger| match trigger {
        Trigger::Queue(queue) => format!("messages of {}", queue.queue),
        Trigger::Stream(stream) => format!("changes of {}", stream.table),
        Trigger::Schedule(schedule) => schedule.expression.clone(),
        Trigger::Bucket(bucket) => format!("objects of {}", bucket.bucket),
    });
    let triggers: Vec<String> = triggers.collect();
    let latest = site
        .setup
        .recorder
        .invocations()
        .into_iter()
        .find(|recording| recording.notes().function.as_deref() == Some(job.name.as_str()));
    json!({
        "name": job.name,
        "href": link(&["jobs", &job.name], &[]),
        "run": link(&["jobs", &job.name, "run"], &[]),
        "trigger": if triggers.is_empty() { "an operator".to_owned() } else { triggers.join(", ") },
        "timeout": job.timeout.as_secs(),
        "latest": latest.map(|recording| requests::row(&recording)),
    })
}
