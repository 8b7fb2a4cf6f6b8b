//! What the functions log, before anything is masked.

use std::sync::{Mutex, Once, PoisonError};

use builder_local::LogLines;
use builder_run::CRATES;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

static LINES: Mutex<Option<Vec<String>>> = Mutex::new(None);

/// The log of this whole program from a moment on: our own code at `debug`, libraries at `info`.
/// The masking of finished lines is left out, since it is only the last line of defence.
#[derive(Debug)]
pub struct Log(());

impl Log {
    /// Begins to listen. Once per program.
    #[must_use]
    pub fn listen() -> Self {
        *LINES.lock().unwrap_or_else(PoisonError::into_inner) = Some(Vec::new());
        Self::subscribe();
        Self(())
    }

    /// Has what is logged reach the consoles of all stacks of this program.
    pub fn subscribe() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let lines = LogLines.with_filter(filter_fn(is_wanted));
            let subscriber = tracing_subscriber::registry().with(Listener).with(lines);
            tracing::subscriber::set_global_default(subscriber).expect("nobody else listens");
        });
    }

    /// The lines so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        LINES.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default()
    }
}

struct Listener;

fn is_wanted(metadata: &tracing::Metadata<'_>) -> bool {
    let root = metadata.target().split("::").next().unwrap_or_default();
    *metadata.level() <= if CRATES.contains(&root) { Level::DEBUG } else { Level::INFO }
}

fn keep(line: String) {
    if let Some(lines) = LINES.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
        lines.push(line);
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Listener {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        if is_wanted(attributes.metadata()) {
            let mut line = Line(format!("span {}", attributes.metadata().name()));
            attributes.record(&mut line);
            keep(line.0);
        }
    }

    fn on_record(&self, _: &Id, record: &Record<'_>, _: Context<'_, S>) {
        let mut line = Line("recorded".to_owned());
        record.record(&mut line);
        keep(line.0);
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if is_wanted(event.metadata()) {
            let mut line =
                Line(format!("{} {}", event.metadata().level(), event.metadata().target()));
            event.record(&mut line);
            keep(line.0);
        }
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push_str(&format!(" {field}={value:?}"));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push_str(&format!(" {field}={value}"));
    }
}
