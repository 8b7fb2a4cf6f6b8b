//! The latest requests of the API and invocations of jobs, each with its log lines and its AWS
//! calls.

use serde_json::{Value, json};

use crate::console::answer::{Answer, Trouble};
use crate::console::parameters::{Parameters, link};
use crate::console::site::{Site, time};
use crate::recorder::{Call, KEPT, Outcome, Recording, Subject, Verdict};

const HERE: &str = "/_local/requests";

/// `/_local/requests?find=&errors=`: the latest requests and invocations.
pub(in crate::console) fn list(site: &Site, query: &Parameters) -> Answer {
    let find = query.get("find").unwrap_or_default();
    let only_errors = query.get("errors").is_some();
    let rows = |recordings: Vec<std::sync::Arc<Recording>>| {
        let rows = recordings.iter().map(|recording| row(recording));
        let wanted = rows.filter(|row| {
            holds(row, find) && (!only_errors || row["bad"] == true || row["refused"] == true)
        });
        wanted.collect::<Vec<_>>()
    };
    let recorder = &site.setup.recorder;
    let content = json!({
        "requests": rows(recorder.requests()),
        "invocations": rows(recorder.invocations()),
        "find": find,
        "errors": only_errors,
        "most": KEPT,
    });
    site.page("requests.html", "Requests", HERE, content)
}

/// `/_local/requests/{number}`: one of them.
pub(in crate::console) fn show(site: &Site, number: &str) -> Answer {
    let recorder = &site.setup.recorder;
    let all = recorder.requests().into_iter().chain(recorder.invocations());
    let recording = all
        .into_iter()
        .find(|recording| recording.number().to_string() == number)
        .ok_or(Trouble::Missing)?;
    let notes = recording.notes();
    let lines = notes.lines.iter().map(|line| {
        let bad = ["ERROR", "WARN"].contains(&line.level.as_str());
        json!({ "time": line.time.strftime("%H:%M:%S%.3f").to_string(), "level": line.level, "text": line.text, "bad": bad })
    });
    let result = match &notes.outcome {
        Some(Outcome::Returned(text) | Outcome::Failed(text)) => pretty(text),
        Some(Outcome::Answered(_)) | None => String::new(),
    };
    let row = row(&recording);
    let title = row["what"].as_str().unwrap_or_default().to_owned();
    let content = json!({
        "lines": lines.collect::<Vec<_>>(),
        "calls": notes.calls.iter().map(call).collect::<Vec<_>>(),
        "leftOut": notes.left_out,
        "result": result,
        "trace": recording.trace(),
        "row": row,
    });
    site.page("request.html", &title, HERE, content)
}

/// Returns a request or an invocation as a row of a table.
pub(super) fn row(recording: &Recording) -> Value {
    let notes = recording.notes();
    let (kind, what) = match &notes.subject {
        Subject::Request { method, target } => ("requests", format!("{method} {target}")),
        Subject::Invocation { source } => (
            "invocations",
            format!("{} by {source}", notes.function.as_deref().unwrap_or_default()),
        ),
    };
    let (status, bad) = match &notes.outcome {
        Some(Outcome::Answered(status)) => (status.to_string(), *status >= 400),
        Some(Outcome::Returned(_)) => ("done".to_owned(), false),
        Some(Outcome::Failed(_)) => ("failed".to_owned(), true),
        None => ("no end yet".to_owned(), false),
    };
    let refused = notes
        .calls
        .iter()
        .any(|call| call.decisions.iter().any(|decision| is_refused(&decision.verdict)));
    json!({
        "href": link(&[kind, &recording.number().to_string()], &[]),
        "time": time(recording.started()),
        "clock": recording.started().strftime("%H:%M:%S").to_string(),
        "what": what,
        "function": notes.function.unwrap_or_default(),
        "requestId": notes.request_id.or(notes.invocation_id).unwrap_or_default(),
        "status": status,
        "bad": bad,
        "refused": refused,
        "ms": notes.elapsed.map(milliseconds).unwrap_or_default(),
        "calls": notes.calls.len(),
        "lines": notes.lines.len(),
    })
}

/// Returns whether a row contains this text, ignoring case.
fn holds(row: &Value, text: &str) -> bool {
    let text = text.to_lowercase();
    ["what", "function", "requestId", "status"].iter().any(|column| {
        row[*column].as_str().is_some_and(|column| column.to_lowercase().contains(&text))
    })
}

fn call(call: &Call) -> Value {
    let decisions = call.decisions.iter().map(|decision| {
        let (allowed, by) = match &decision.verdict {
            Verdict::Allowed(statement) => (true, pretty(statement)),
            Verdict::Refused(why) => (false, why.clone()),
        };
        json!({ "action": decision.action, "resource": decision.resource, "allowed": allowed, "by": by })
    });
    let action = call.decisions.first().map(|decision| decision.action.as_str());
    let named = if call.operation.is_empty() {
        action.unwrap_or("unknown")
    } else {
        call.operation.as_str()
    };
    json!({
        "operation": named,
        "status": call.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string()),
        "error": call.error.as_deref().unwrap_or_default(),
        "bad": call.status.is_none_or(|status| status >= 400),
        "ms": milliseconds(call.elapsed),
        "decisions": decisions.collect::<Vec<_>>(),
    })
}

fn is_refused(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Refused(_))
}

fn milliseconds(elapsed: std::time::Duration) -> String {
    format!("{:.1}", elapsed.as_secs_f64() * 1_000.0)
}

/// Indents JSON; returns any other text unchanged.
pub(super) fn pretty(text: &str) -> String {
    let value: Option<Value> = serde_json::from_str(text).ok();
    value
        .and_then(|value| serde_json::to_string_pretty(&value).ok())
        .unwrap_or_else(|| text.to_owned())
}
