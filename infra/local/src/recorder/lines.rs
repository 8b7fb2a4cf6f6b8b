//! The log lines of handlers that run in this process.

use std::fmt::{Debug, Write as _};

use builder_runtime::telemetry::{self, mask};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::recording::{Line, current};

/// The maximum length of a stored line, in characters.
const LONGEST: usize = 4_000;

/// Stores the log lines of each request for the console, masked as in the functions' own log. A
/// layer of the program's subscriber: lines that it filters out are not stored.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogLines;

impl<S: Subscriber> Layer<S> for LogLines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == telemetry::METRICS {
            return;
        }
        let Some(recording) = current() else { return };
        let mut text = Text::default();
        event.record(&mut text);
        recording.log(line(
            event.metadata().level().as_str(),
            &format!("{}{}", text.message, text.fields),
        ));
    }
}

/// Returns a line as it is stored.
pub(crate) fn line(level: &str, text: &str) -> Line {
    let masked = mask(text);
    let text = match masked.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &masked[..end]),
        None => masked,
    };
    Line { time: crate::time::now(), level: level.to_owned(), text }
}

#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Text {
    fn add(&mut self, field: &Field, value: std::fmt::Arguments<'_>) {
        let written = match field.name() {
            "message" => self.message.write_fmt(value),
            name => write!(self.fields, " {name}={value}"),
        };
        // Writing to a string can't fail, unless formatting the value does.
        if written.is_err() {
            self.fields.push_str(" (unreadable)");
        }
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, format_args!("{value}"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::recorder::{Recorder, within};

    #[tokio::test]
    async fn log_lines_are_attributed_to_their_task_and_masked() {
        let subscriber = tracing_subscriber::registry().with(LogLines);
        let _guard = tracing::subscriber::set_default(subscriber);
        let recorder = Recorder::default();
        let [first, second] = ["/one", "/two"].map(|path| recorder.request("GET", path, ""));
        let log = async |recording, email: &str| {
            within(Arc::clone(recording), async {
                tokio::task::yield_now().await;
                tracing::warn!(email, tries = 2, "not sent");
                tracing::info!(target: telemetry::METRICS, emf = "{}");
            })
            .await;
        };
        tokio::join!(log(&first, "ada@example.com"), log(&second, "nobody"));
        tracing::error!("nobody's line");
        let lines = |recording: &crate::recorder::Recording| {
            recording
                .notes()
                .lines
                .iter()
                .map(|line| format!("{} {}", line.level, line.text))
                .collect::<Vec<_>>()
        };
        assert_eq!(lines(&first), ["WARN not sent email=[email] tries=2"]);
        assert_eq!(lines(&second), ["WARN not sent email=nobody tries=2"]);
    }

    #[test]
    fn a_long_line_is_cut() {
        assert_eq!(line("INFO", &"ä".repeat(5_000)).text.chars().count(), LONGEST + 1);
    }
}
