//! The log of a function's process for a terminal and the console: its JSON lines in a short form,
//! without metrics.

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::ChildStdout;

use crate::recorder::{self, Recorder};

/// Fields of every line that are omitted in a terminal.
const COMMON: [&str; 7] =
    ["timestamp", "level", "message", "service", "function", "traceId", "coldStart"];

/// Shows the output of a process until it ends.
pub(super) async fn show(output: ChildStdout, function: String, recorder: Recorder) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(short) = shorten(&line, &function) {
            eprintln!("{short}");
            keep(&recorder, &line);
        }
    }
}

/// Adds a line to the request or invocation that it names. `requestId` is omitted because the page
/// already shows it.
fn keep(recorder: &Recorder, line: &str) {
    let Ok(Value::Object(fields)) = serde_json::from_str(line) else { return };
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let Some(recording) = recorder.of_log_line(text("requestId"), text("traceId")) else { return };
    let mut short = text("message").to_owned();
    for (name, value) in
        fields.iter().filter(|(name, _)| !COMMON.contains(&name.as_str()) && *name != "requestId")
    {
        short.push_str(&format!(
            " {name}={}",
            value.as_str().map_or_else(|| value.to_string(), str::to_owned)
        ));
    }
    recording.log(recorder::line(text("level"), &short));
}

fn shorten(line: &str, function: &str) -> Option<String> {
    let Ok(Value::Object(fields)) = serde_json::from_str(line) else {
        return Some(format!("{function}: {line}"));
    };
    if fields.contains_key("_aws") {
        return None;
    }
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let time =
        text("timestamp").split_once('T').map_or("", |(_, time)| time.get(..12).unwrap_or(time));
    let mut short = format!("{time} {:>5} {function}: {}", text("level"), text("message"));
    for (name, value) in fields.iter().filter(|(name, _)| !COMMON.contains(&name.as_str())) {
        short.push_str(&format!(" {name}={value}"));
    }
    Some(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_lines_are_attributed_to_their_invocation() {
        let recorder = Recorder::default();
        let recording = recorder.invocation("health", "by hand", "");
        recording.invoked_as("r");
        keep(
            &recorder,
            r#"{"level":"WARN","message":"slow","requestId":"r","to":"ada@example.com","ms":7}"#,
        );
        keep(&recorder, r#"{"level":"INFO","message":"another's","requestId":"s"}"#);
        keep(&recorder, "panicked");
        let lines: Vec<String> =
            recording.notes().lines.into_iter().map(|line| line.text).collect();
        assert_eq!(lines, ["slow ms=7 to=[email]"]);
    }

    #[test]
    fn log_lines_are_shortened_and_metrics_removed() {
        let line = r#"{"timestamp":"2026-11-21T02:43:35.001311757Z","level":"INFO","service":"builder-api","function":"health","message":"answered","status":200,"requestId":"r"}"#;
        assert_eq!(
            shorten(line, "health").as_deref(),
            Some("02:43:35.001  INFO health: answered requestId=\"r\" status=200")
        );
        assert_eq!(shorten(r#"{"_aws":{}}"#, "health"), None);
        assert_eq!(shorten("panicked", "health").as_deref(), Some("health: panicked"));
    }
}
