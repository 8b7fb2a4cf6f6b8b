//! `cargo run --release -p builder-bench --bin cold-start`: the time to start and call each
//! function, its memory, and the size of its package.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use builder_bench::function::events::World;
use builder_bench::function::package::zip_size;
use builder_bench::function::proxy::Proxy;
use builder_bench::function::runtime_api::Instance;
use builder_bench::function::tls::Identity;
use builder_bench::stack::{Stack, binaries};
use builder_bench::stats::{median, mib, ms, percentile};
use builder_local::meter::Calls;
use clap::Parser;
use serde_json::{Value, json};

/// The baseline of all comparisons. It is started alternately with each function, so that both run
/// under the same conditions.
const BASELINE: &str = "hello";

/// Starts release binaries with its own Runtime API and measures them.
#[derive(Debug, Parser)]
struct Arguments {
    /// What to measure besides the baseline
    #[arg(long, value_delimiter = ',', default_values_t = [
        "health", "get-order", "place-order", "list-orders", "list-order-events", "cancel-order", "get-product", "list-products", "get-me",
        "list-oidc-providers", "list-identities", "list-events", "list-audit-events", "login", "refresh-token", "relay-events", "send-email",
    ].map(str::to_owned))]
    functions: Vec<String>,
    /// Number of starts of each function
    #[arg(long, default_value_t = 30)]
    starts: usize,
    /// Number of calls of each function once it is warm
    #[arg(long, default_value_t = 500)]
    warm: usize,
    /// Directory of the binaries; default: that of this program
    #[arg(long)]
    binaries: Option<PathBuf>,
    /// The directory of sample events
    #[arg(long, default_value = "events")]
    events: PathBuf,
    /// Let the functions call AWS over TLS, as in the cloud: they read the machine's root
    /// certificates, and perform handshakes
    #[arg(long)]
    tls: bool,
    /// File to write the figures to as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

/// The stack's own limits that a benchmark would reach.
const PARAMETERS: [(&str, &str); 2] =
    [("CallerLimitPerHour", "100000000"), ("IpLimitPerMinute", "100000000")];

/// The measurements of one function.
struct Row {
    function: String,
    started: Start,
    /// The baseline's starts between those of the function.
    baseline: Start,
    warm: [Duration; 3],
    warm_cpu: Duration,
    peak: u64,
    zip: u64,
    calls: [Calls; 3],
}

/// Medians of many starts.
#[derive(Default)]
struct Start {
    init: Duration,
    first: Duration,
    /// Init and first call of the same start.
    both: Duration,
    /// Processor time of both.
    cpu: Duration,
}

/// The starts whose medians are computed.
#[derive(Default)]
struct Starts {
    init: Vec<Duration>,
    first: Vec<Duration>,
    both: Vec<Duration>,
    cpu: Vec<Duration>,
}

impl Starts {
    fn medians(mut self) -> Start {
        Start {
            init: median(&mut self.init),
            first: median(&mut self.first),
            both: median(&mut self.both),
            cpu: median(&mut self.cpu),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let binaries = arguments.binaries.clone().map_or_else(binaries, Ok)?;
    let stack = Stack::start(&binaries, &PARAMETERS, "warn").await?;
    let world = World::prepare(&stack).await?;
    let mut environment = stack.environment()?;
    let identity = arguments.tls.then(Identity::generate).transpose()?;
    let proxy = Proxy::start(&stack.aws_url, identity.as_ref()).await?;
    if let Some(identity) = &identity {
        environment.insert("SSL_CERT_FILE".to_owned(), identity.bundle().display().to_string());
        environment.insert("AWS_ENDPOINT_URL".to_owned(), proxy.url.clone());
    }
    let bench = Bench { proxy, environment, world, binaries, arguments };
    let mut rows = Vec::new();
    for function in
        std::iter::once(BASELINE).chain(bench.arguments.functions.iter().map(String::as_str))
    {
        eprintln!("{function} …");
        rows.push(bench.measure(function).await.with_context(|| function.to_owned())?);
    }
    print!("{}", table(&rows)?);
    if let Some(path) = &bench.arguments.json {
        std::fs::write(path, format!("{:#}\n", Value::from_iter(rows.iter().map(to_json))))
            .context("the figures can't be written")?;
    }
    stack.stop().await
}

struct Bench {
    proxy: Proxy,
    environment: BTreeMap<String, String>,
    world: World,
    binaries: PathBuf,
    arguments: Arguments,
}

impl Bench {
    async fn measure(&self, function: &str) -> Result<Row> {
        let binary = self.binaries.join(function);
        let zip = zip_size(&binary)?;
        let (mut starts, mut baseline) = (Starts::default(), Starts::default());
        let mut peak = 0;
        let mut instance = None;
        for _ in 0..self.arguments.starts {
            drop(instance.take());
            drop(self.start(BASELINE, &mut baseline).await?);
            let started = self.start(function, &mut starts).await?;
            peak = peak.max(started.peak_memory()?);
            instance = Some(started);
        }
        let mut instance = instance.context("--starts must be at least 1")?;
        let (mut warm, mut warm_cpu) = (Vec::new(), Duration::ZERO);
        // One bcrypt of cost 12 is a quarter of a second.
        let times =
            if function == "login" { self.arguments.warm.min(20) } else { self.arguments.warm };
        if times > 0 {
            let before = instance.cpu().await?;
            for _ in 0..times {
                warm.push(self.call(function, &mut instance).await?);
            }
            warm_cpu = (instance.cpu().await? - before) / u32::try_from(times)?;
        }
        peak = peak.max(instance.peak_memory()?);
        drop(instance);
        Ok(Row {
            function: function.to_owned(),
            started: starts.medians(),
            baseline: baseline.medians(),
            warm: [50.0, 95.0, 99.0].map(|percent| percentile(&mut warm, percent)),
            warm_cpu,
            peak,
            zip,
            calls: self.count(function, &binary).await?,
        })
    }

    /// Starts a function, calls it once, and records the times.
    async fn start(&self, function: &str, starts: &mut Starts) -> Result<Instance> {
        let (mut instance, init) =
            Instance::start(&self.binaries.join(function), &self.environment).await?;
        let first = self.call(function, &mut instance).await?;
        starts.cpu.push(instance.cpu().await?);
        starts.init.push(init);
        starts.first.push(first);
        starts.both.push(init + first);
        Ok(instance)
    }

    /// Counts the AWS calls of init, of the first call and of a later one. Separate from the
    /// timing, since the proxy takes time.
    async fn count(&self, function: &str, binary: &Path) -> Result<[Calls; 3]> {
        let mut environment = self.environment.clone();
        environment.insert("AWS_ENDPOINT_URL".to_owned(), self.proxy.url.clone());
        drop(self.proxy.take());
        let (mut instance, _) = Instance::start(binary, &environment).await?;
        let init = self.proxy.take();
        self.call(function, &mut instance).await?;
        let first = self.proxy.take();
        self.call(function, &mut instance).await?;
        Ok([init, first, self.proxy.take()])
    }

    async fn call(&self, function: &str, instance: &mut Instance) -> Result<Duration> {
        let (answer, time) =
            instance.invoke(&self.world.event(&self.arguments.events, function)?).await?;
        let succeeded = match answer.get("statusCode") {
            // A cancelled order can't be cancelled again, and is refused after the same reads.
            Some(status) => status.as_u64().is_some_and(|status| {
                (200..300).contains(&status) || (function == "cancel-order" && status == 409)
            }),
            None => answer["batchItemFailures"].as_array().is_none_or(Vec::is_empty),
        };
        if !succeeded {
            bail!("{answer}");
        }
        self.world.learn(function, &answer);
        Ok(time)
    }
}

fn table(rows: &[Row]) -> Result<String> {
    let mut table = String::from(
        "| function | init ms | first ms | init + first ÷ hello's init | CPU of both, ms | warm \
         p50 / p95 / p99 ms | warm CPU ms | peak MiB | zip MiB | AWS calls: init; first; warm | \
         read / write units, warm |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|---|--:|\n",
    );
    for row in rows {
        let Row { started, baseline, warm: [p50, p95, p99], .. } = row;
        writeln!(
            table,
            "| {} | {:.2} | {:.2} | {:.2} | {:.2} ({:.2}×) | {:.2} / {:.2} / {:.2} | {:.2} | \
             {:.1} | {:.2} | {} | {} / {} |",
            row.function,
            ms(started.init),
            ms(started.first),
            started.both.as_secs_f64() / baseline.init.as_secs_f64(),
            ms(started.cpu),
            started.cpu.as_secs_f64() / baseline.cpu.as_secs_f64(),
            ms(*p50),
            ms(*p95),
            ms(*p99),
            ms(row.warm_cpu),
            mib(row.peak),
            mib(row.zip),
            row.calls.each_ref().map(Calls::to_string).join("; "),
            row.calls[2].read_units,
            row.calls[2].write_units,
        )?;
    }
    Ok(table)
}

fn to_json(row: &Row) -> Value {
    let Row { started, baseline, warm: [p50, p95, p99], .. } = row;
    let [init, first, warm] = &row.calls;
    json!({
        "function": row.function,
        "initMs": ms(started.init), "firstMs": ms(started.first), "initAndFirstMs": ms(started.both), "cpuMs": ms(started.cpu),
        "helloInitMs": ms(baseline.init), "helloCpuMs": ms(baseline.cpu),
        "warmP50Ms": ms(*p50), "warmP95Ms": ms(*p95), "warmP99Ms": ms(*p99), "warmCpuMs": ms(row.warm_cpu),
        "peakBytes": row.peak, "zipBytes": row.zip,
        "calls": { "init": init.operations, "first": first.operations, "warm": warm.operations },
        "readUnits": warm.read_units, "writeUnits": warm.write_units,
    })
}
