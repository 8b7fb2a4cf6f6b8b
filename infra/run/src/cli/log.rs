//! The log of a stack in a terminal: short lines on standard error, without metrics.

use builder_local::LogLines;
use builder_runtime::telemetry;
use jiff::Timestamp;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Starts logging.
pub(crate) fn init(level: LevelFilter) {
    let shown = Targets::new()
        .with_default(level.min(LevelFilter::INFO))
        .with_targets(
            builder_run::CRATES.into_iter().chain(["builder_local"]).map(|ours| (ours, level)),
        )
        // // It logs errors that it returns to a caller, such as NoSuchKey, as its own errors.
        .with_target("s3s", LevelFilter::OFF)
        .with_target(telemetry::METRICS, LevelFilter::OFF);
    let lines = tracing_subscriber::fmt::layer()
        .compact()
        .with_target(false)
        .with_timer(TimeOfDay)
        .with_writer(std::io::stderr);
    if let Err(error) =
        tracing_subscriber::registry().with(shown).with(lines).with(LogLines).try_init()
    {
        eprintln!("no log: {error}");
    }
}

/// The time without the date, which is obvious in a terminal.
struct TimeOfDay;

impl FormatTime for TimeOfDay {
    fn format_time(&self, line: &mut Writer<'_>) -> std::fmt::Result {
        write!(line, "{}", Timestamp::now().strftime("%H:%M:%S%.3f"))
    }
}
