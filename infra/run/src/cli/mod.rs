//! The command line of the local stack.

mod banner;
mod fault;
pub(crate) mod log;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use builder_local::cloud::Faults;
use builder_local::{Mode, Options, Stack};
use clap::{Parser, ValueEnum};
use tracing::level_filters::LevelFilter;

use crate::watch;

/// The whole system on this machine: API Gateway, Lambda, DynamoDB, S3, SQS, Secrets Manager and SES, read from the template.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// Port of the HTTP API; 0 takes any free one
    #[arg(long, default_value_t = 3000)]
    api_port: u16,
    /// Port of the AWS endpoint; 0 takes any free one
    #[arg(long, default_value_t = 4566)]
    aws_port: u16,
    /// Port of the local Stripe; 0 takes any free one
    #[arg(long, default_value_t = 12111)]
    stripe_port: u16,
    /// Where data is kept, relative to the template
    #[arg(long, default_value = ".local")]
    data_dir: PathBuf,
    /// Delete the data first
    #[arg(long)]
    fresh: bool,
    /// Build again and restart when a source changes; data and sign-ins are kept
    #[arg(long, conflicts_with_all = ["in_memory", "fresh"])]
    watch: bool,
    /// Keep everything in memory
    #[arg(long, conflicts_with_all = ["data_dir", "fresh"])]
    in_memory: bool,
    /// Use another AWS endpoint, such as `MiniStack`; policies are not enforced then
    #[arg(long, value_name = "URL")]
    aws: Option<String>,
    /// The account at that endpoint, 12 digits; without it, the one that it gives everybody
    #[arg(long, value_name = "ID", requires = "aws", value_parser = account)]
    aws_account: Option<String>,
    /// How functions run
    #[arg(long, value_enum, default_value_t = Lambda::InProcess)]
    lambda: Lambda,
    /// A parameter of the template
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter)]
    parameter: Vec<(String, String)>,
    /// What goes wrong at the AWS endpoint: OPERATION=KIND[:MS][@PROBABILITY], such as `dynamodb:*=throttle@0.05`,
    /// `sqs:SendMessage=drop@0.01`, `*=delay:50`, `dynamodb:Query=stale-index:300`; kinds: throttle, error, drop, delay, stale-index
    #[arg(long, value_name = "SPEC", value_parser = fault::parse)]
    fault: Vec<builder_local::cloud::faults::Rule>,
    /// Which calls a fault strikes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What the log shows: error, warn, info, debug, trace or off
    #[arg(long, default_value = "info")]
    pub(crate) log_level: LevelFilter,
    /// E-mail address of the first administrator
    #[arg(long, env = "BUILDER_ADMIN_EMAIL", default_value = "admin@example.com")]
    admin_email: String,
    /// Password of the first administrator; made up and shown once if absent
    #[arg(long, env = "BUILDER_ADMIN_PASSWORD", hide_env_values = true)]
    admin_password: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Lambda {
    /// Handlers in this process
    InProcess,
    /// The real binaries, one process per concurrent request
    Process,
}

/// Starts the stack, says where it is, and stops it at Ctrl-C or SIGTERM.
pub(crate) async fn run(arguments: Arguments) -> Result<()> {
    let template_root = template_root()?;
    if arguments.watch {
        return watch::run(&template_root).await;
    }
    let password = match arguments.admin_password {
        Some(password) => password,
        None => made_up_password()?,
    };
    let options = Options {
        data_dir: (!arguments.in_memory).then(|| template_root.join(&arguments.data_dir)),
        template_root,
        api_port: arguments.api_port,
        aws_port: arguments.aws_port,
        stripe_port: arguments.stripe_port,
        fresh: arguments.fresh,
        aws_url: arguments.aws,
        aws_account: arguments.aws_account,
        lambda: match arguments.lambda {
            Lambda::InProcess => Mode::InProcess,
            Lambda::Process => Mode::Process,
        },
        parameters: arguments.parameter.into_iter().collect(),
        faults: Faults { seed: arguments.seed, rules: arguments.fault },
        admin: Some((arguments.admin_email, password)),
        log: true,
        ..Options::in_memory("", builder_run::functions)
    };
    let data_dir = options.data_dir.clone();
    let mut stop = std::pin::pin!(stop_signal());
    let stack = tokio::select! {
        started = Stack::start(options) => started?,
        signal = &mut stop => return signal,
    };
    banner::show(&stack, data_dir.as_deref());
    stop.await?;
    eprintln!("stopping; press Ctrl-C again to stop at once");
    let mut again = std::pin::pin!(stop_signal());
    tokio::select! {
        () = stack.stop() => {}
        signal = &mut again => return signal,
    }
    eprintln!("stopped");
    Ok(())
}

/// Returns at Ctrl-C or SIGTERM.
pub(crate) async fn stop_signal() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("no handler for SIGTERM")?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.context("no handler for Ctrl-C"),
        _ = terminate.recv() => Ok(()),
    }
}

/// The nearest directory upwards with a `template.yaml`.
fn template_root() -> Result<PathBuf> {
    let here = std::env::current_dir().context("the current directory can't be read")?;
    let found = here.ancestors().find(|directory| directory.join("template.yaml").is_file());
    found
        .map(std::path::Path::to_owned)
        .with_context(|| format!("there is no template.yaml in {} or above it; run this in the repository", here.display()))
}

fn account(text: &str) -> Result<String, String> {
    match text.len() {
        12 if text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(text.to_owned()),
        _ => Err("write 12 digits".to_owned()),
    }
}

fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

/// Twenty letters out of 64: 120 bits.
fn made_up_password() -> Result<String> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut drawn = [0_u8; 20];
    getrandom::fill(&mut drawn).map_err(|error| anyhow::anyhow!("the operating system gives no randomness: {error}"))?;
    Ok(drawn.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 63)])).collect())
}
