//! Logs and metrics: one JSON line each on standard output, where CloudWatch picks them up.

pub(crate) mod trace;

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// The service's name in every line.
const SERVICE: &str = "builder-api";
/// The CloudWatch namespace of our metrics.
pub const NAMESPACE: &str = "BuilderApi";
/// The tracing target of metrics; a subscriber may treat them apart.
pub const METRICS: &str = "builder::metrics";

/// Crates that log whole events, requests and items at lower levels, including passwords, tokens
/// and keys.
const TELLTALES: [&str; 6] = ["aws_", "h2", "hyper", "lambda_", "rustls", "tower"];

/// Starts logging for a Lambda function: JSON lines at `level` (`error` to `trace`) and above.
/// Called once per process; later calls change nothing.
pub fn init(level: &str) {
    let filter = filter(level.parse().unwrap_or(LevelFilter::INFO));
    // A second subscriber in one process is rejected; the first one stays.
    drop(tracing::subscriber::set_global_default(
        tracing_subscriber::registry().with(JsonLines.with_filter(filter)),
    ));
}

/// Returns the filter of a level. Metrics are always written, since alarms depend on them.
fn filter(level: LevelFilter) -> Targets {
    let capped = TELLTALES.map(|target| (target, level.min(LevelFilter::INFO)));
    Targets::new().with_default(level).with_targets(capped).with_target(METRICS, LevelFilter::INFO)
}

/// The metrics of one invocation.
#[derive(Debug, Clone, Copy)]
pub struct Measured<'a> {
    /// The function.
    pub function: &'a str,
    /// The route's key, or the job's name.
    pub route: &'a str,
    /// The response's status, of a route.
    pub status: Option<u16>,
    /// The duration.
    pub elapsed: Duration,
    /// Whether it was the instance's first invocation.
    pub cold: bool,
    /// Whether it failed with an internal error.
    pub failed: bool,
}

/// Writes the metrics of one invocation in CloudWatch's embedded format.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
pub fn measure(measured: &Measured<'_>) {
    tracing::info!(target: METRICS, emf = %embedded(measured, Timestamp::now()));
}

fn embedded(measured: &Measured<'_>, now: Timestamp) -> Value {
    let metric = |name: &str, unit: &str| json!({ "Name": name, "Unit": unit });
    json!({
        "_aws": {
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [["Route"], []],
                "Metrics": [
                    metric("Latency", "Milliseconds"),
                    metric("Requests", "Count"),
                    metric("Errors", "Count"),
                    metric("Throttles", "Count"),
                    metric("ColdStarts", "Count"),
                ],
            }],
        },
        "Route": measured.route,
        "function": measured.function,
        "Latency": milliseconds(measured.elapsed),
        "Requests": 1,
        "Errors": u8::from(measured.failed),
        "Throttles": u8::from(measured.status == Some(429)),
        "ColdStarts": u8::from(measured.cold),
    })
}

/// Writes counts of a stage that alarms listen to, in the same format.
pub fn count(stage: &str, counts: &[(&str, u64)]) {
    tracing::info!(target: METRICS, emf = %counted(stage, counts, Timestamp::now()));
}

fn counted(stage: &str, counts: &[(&str, u64)], now: Timestamp) -> Value {
    let metrics: Vec<Value> =
        counts.iter().map(|(name, _)| json!({ "Name": name, "Unit": "Count" })).collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [{ "Namespace": NAMESPACE, "Dimensions": [["Stage"]], "Metrics": metrics }],
        },
        "Stage": stage,
    });
    for (name, count) in counts {
        line[name] = json!(count);
    }
    line
}

/// Milliseconds with three decimals.
#[must_use]
pub fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1_000_000.0).round() / 1000.0
}

/// An error with all that it came of, outermost first. An error's own text rightly leaves out its
/// cause; the log needs it.
pub(crate) fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Writes each event as one flat JSON line: time, level, service, the fields of the spans around
/// it, its own fields.
struct JsonLines;

/// The fields of a span.
struct Fields(Map<String, Value>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for JsonLines {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields(Map::new());
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            record.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut own = Fields(Map::new());
        event.record(&mut own);
        let line = match own.0.remove("emf") {
            Some(Value::String(emf)) if event.metadata().target() == METRICS => emf,
            _ => {
                let mut line = Map::new();
                line.insert("timestamp".into(), Timestamp::now().to_string().into());
                line.insert("level".into(), event.metadata().level().as_str().into());
                line.insert("service".into(), SERVICE.into());
                for span in context
                    .event_scope(event)
                    .into_iter()
                    .flat_map(tracing_subscriber::registry::Scope::from_root)
                {
                    if let Some(fields) = span.extensions().get::<Fields>() {
                        line.extend(fields.0.clone());
                    }
                }
                line.extend(own.0);
                mask(&Value::Object(line).to_string())
            }
        };
        // A log that can't be written must not take the request with it.
        drop(writeln!(std::io::stdout().lock(), "{line}"));
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.insert(field, Value::String(format!("{value:?}")));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, value.into());
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, value.into());
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value.into());
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value.into());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value.into());
    }
}

impl Fields {
    /// `request_id` becomes `requestId`, as in the API.
    fn insert(&mut self, field: &Field, value: Value) {
        let mut name = String::with_capacity(field.name().len());
        let mut upper = false;
        for letter in field.name().chars() {
            match letter {
                '_' => upper = true,
                _ if upper => {
                    name.push(letter.to_ascii_uppercase());
                    upper = false;
                }
                _ => name.push(letter),
            }
        }
        self.0.insert(name, value);
    }
}

/// The last line of defence: whatever looks like an e-mail address, a token or a key is masked in a
/// finished log line. (The first line is types whose debug output says nothing.)
#[must_use]
pub fn mask(line: &str) -> String {
    let mut masked = String::with_capacity(line.len());
    let mut rest = line;
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !is_word(letter)).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(end);
        match kind_of(word) {
            Some(kind) => drop(write!(masked, "[{kind}]")),
            None => masked.push_str(word),
        }
        let separator = tail.find(is_word).unwrap_or(tail.len());
        masked.push_str(&tail[..separator]);
        rest = &tail[separator..];
    }
    masked
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || "@._-+%".contains(letter)
}

fn kind_of(word: &str) -> Option<&'static str> {
    if word.starts_with("eyJ") && word.len() > 20 {
        return Some("token");
    }
    if ["rt_", "vt_", "pt_", "ec_", "eu_", "ch_", "of_", "bk_live_", "bk_test_", "whsec_", "edge_"]
        .iter()
        .any(|prefix| word.starts_with(prefix) && word.len() > prefix.len() + 8)
    {
        return Some("secret");
    }
    let (name, domain) = word.split_once('@')?;
    (!name.is_empty() && domain.contains('.')).then_some("email")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_tokens_are_masked_and_the_rest_stands() {
        let line = r#"{"message":"mail to ada.l+x@mail.example.com failed","token":"eyJhbGciOiJFZERTQSJ9.e30.c2ln","refresh":"rt_AAAAAAAAAAAAAAAA","edge":"edge_AAAAAAAAAAAAAAAA","id":"ord_01h455vb4pex5vsknk084sn02q"}"#;
        let masked = mask(line);
        assert_eq!(
            masked,
            r#"{"message":"mail to [email] failed","token":"[token]","refresh":"[secret]","edge":"[secret]","id":"ord_01h455vb4pex5vsknk084sn02q"}"#
        );
    }

    #[test]
    fn metrics_are_written_at_every_level_of_logging() {
        use tracing::Level;
        for level in [LevelFilter::ERROR, LevelFilter::WARN, LevelFilter::INFO, LevelFilter::DEBUG]
        {
            let filter = filter(level);
            assert!(filter.would_enable(METRICS, &Level::INFO), "{level}");
            assert_eq!(
                filter.would_enable("builder_runtime", &Level::INFO),
                level >= LevelFilter::INFO,
                "{level}"
            );
            assert!(!filter.would_enable("aws_smithy_runtime", &Level::DEBUG), "{level}");
        }
    }

    #[test]
    fn the_causes_of_an_error_are_told() {
        let error = builder_store::Error::internal("no table");
        assert_eq!(with_causes(&error), "internal error: no table");
    }

    #[test]
    fn counts_belong_to_their_stage() {
        let emf = counted("prod", &[("Differences", 3), ("Repairs", 0)], Timestamp::UNIX_EPOCH);
        let declared = &emf["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(declared["Dimensions"], json!([["Stage"]]));
        assert_eq!(declared["Metrics"][1], json!({ "Name": "Repairs", "Unit": "Count" }));
        assert_eq!(
            (&emf["Stage"], &emf["Differences"], &emf["Repairs"]),
            (&json!("prod"), &json!(3), &json!(0))
        );
    }

    #[test]
    fn the_embedded_metrics_name_every_value_they_declare() {
        let measured = Measured {
            function: "get-order",
            route: "GET /api/v1/orders/{id}",
            status: Some(429),
            elapsed: Duration::from_micros(1500),
            cold: true,
            failed: false,
        };
        let emf = embedded(&measured, Timestamp::UNIX_EPOCH);
        for metric in emf["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap() {
            assert!(emf[metric["Name"].as_str().unwrap()].is_number(), "{metric}");
        }
        assert_eq!((&emf["Throttles"], &emf["Latency"]), (&json!(1), &json!(1.5)));
    }
}
