//! The command line of the local stack.

mod banner;
mod clock;
mod decode;
mod doctor;
mod fault;
pub(crate) mod log;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use builder_local::cloud::Faults;
use builder_local::demo::{self, Demo};
use builder_local::{Mode, Options, Stack, time};
use builder_stripe::Options as StripeOptions;
use clap::{Parser, Subcommand, ValueEnum};
use tracing::level_filters::LevelFilter;

use crate::signals::stop_signal;
use crate::watch;

/// The whole system on this machine: API Gateway, Lambda, DynamoDB, S3, SQS, Secrets Manager and
/// SES, read from the template.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
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
    /// Begin with a shop: company, products, buyers, and orders in every state
    #[arg(long)]
    demo: bool,
    /// Keep everything in memory
    #[arg(long, conflicts_with_all = ["data_dir", "fresh"])]
    in_memory: bool,
    /// Use another AWS endpoint, such as `MiniStack`; policies are not enforced then
    #[arg(long, value_name = "URL")]
    aws: Option<String>,
    /// The account at that endpoint, 12 digits; without it, the one that it gives everybody
    #[arg(long, value_name = "ID", requires = "aws", value_parser = account)]
    aws_account: Option<String>,
    /// Hold the limits of requests per address and per user, as when deployed
    #[arg(long)]
    limits: bool,
    /// How functions run
    #[arg(long, value_enum, default_value_t = Lambda::InProcess)]
    lambda: Lambda,
    /// A parameter of the template
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter)]
    parameter: Vec<(String, String)>,
    /// How far everything's time is ahead of the machine's, such as `+25h`, `+90m` or `+3d`. Data
    /// never goes back: a later start without it goes on where the data was
    #[arg(long, value_name = "+TIME", value_parser = clock::parse, allow_hyphen_values = true)]
    clock: Option<Duration>,
    /// What goes wrong at the AWS endpoint: OPERATION=KIND[:MS][@PROBABILITY], such as
    /// `dynamodb:*=throttle@0.05`, `sqs:SendMessage=drop@0.01`, `*=delay:50`,
    /// `dynamodb:Query=stale-index:300`; kinds: throttle, error, drop, delay, stale-index
    #[arg(long, value_name = "SPEC", value_parser = fault::parse)]
    fault: Vec<builder_local::cloud::faults::Rule>,
    /// Which calls a fault strikes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What the log shows: error, warn, info, debug, trace or off
    #[arg(long, default_value = "info")]
    pub(crate) log_level: LevelFilter,
    /// Create no administrator; the function bootstrap-admin does it when invoked
    #[arg(long)]
    no_admin: bool,
    /// E-mail address of the first administrator
    #[arg(long, env = "BUILDER_ADMIN_EMAIL", default_value = "admin@example.com")]
    admin_email: String,
    /// Password of the first administrator; made up and shown once if absent
    #[arg(long, env = "BUILDER_ADMIN_PASSWORD", hide_env_values = true)]
    admin_password: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say whether a stack can start here, and what to do if not
    Doctor,
    /// Show the documents in items that `aws dynamodb` has printed, read from standard input
    Decode,
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
    if let Some(Command::Decode) = arguments.command {
        return decode::run();
    }
    let here = std::env::current_dir().context("the current directory can't be read")?;
    let template_root = template_root(&here)?;
    if arguments.watch {
        return watch::run(&template_root).await;
    }
    let password = match arguments.admin_password {
        Some(password) => password,
        None => made_up_password()?,
    };
    let data_dir = (!arguments.in_memory).then(|| template_root.join(&arguments.data_dir));
    let ahead = time::move_ahead(
        arguments.clock.unwrap_or_default(),
        data_dir.as_deref(),
        arguments.fresh,
    )?;
    if !ahead.is_zero() && matches!(arguments.lambda, Lambda::Process) {
        anyhow::bail!(
            "with --lambda process, functions use the machine's clock; omit --clock, and delete \
             data with later times with --fresh"
        );
    }
    let stripe = StripeOptions::default();
    stripe.clock.advance(ahead);
    let options = Options {
        data_dir,
        stripe,
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
        limits: arguments.limits,
        faults: Faults { seed: arguments.seed, rules: arguments.fault },
        admin: (!arguments.no_admin).then_some((arguments.admin_email, password)),
        log: true,
        ..Options::in_memory("", builder_run::functions)
    };
    if let Some(Command::Doctor) = arguments.command {
        return doctor::report(&options);
    }
    let data_dir = options.data_dir.clone();
    let mut stop = std::pin::pin!(stop_signal());
    let stack = tokio::select! {
        started = Stack::start(options) => started?,
        signal = &mut stop => return signal,
    };
    let demo = match arguments.demo {
        true => tokio::select! {
            demo = demo(&stack, data_dir.as_deref()) => Some(demo?),
            signal = &mut stop => return signal,
        },
        false => None,
    };
    banner::show(&stack, data_dir.as_deref(), demo.as_ref());
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

/// Makes the demonstration, as the administrator of the first start.
async fn demo(stack: &Stack, data_dir: Option<&Path>) -> Result<Demo> {
    let admin = match (stack.administrator(), data_dir) {
        (Some(created), _) => created.clone(),
        (None, Some(data_dir)) => builder_local::stack::administrator::read(data_dir)?,
        (None, None) => anyhow::bail!("--demo needs an administrator; omit --no-admin"),
    };
    demo::prepare(stack, &admin).await
}

/// The workspace's directory, or else the nearest one upwards that has a `template.yaml`: those of
/// the domains are nested in the workspace's.
fn template_root(here: &Path) -> Result<PathBuf> {
    let templates =
        || here.ancestors().filter(|directory| directory.join("template.yaml").is_file());
    let is_workspace = |directory: &&Path| {
        let manifest = std::fs::read_to_string(directory.join("Cargo.toml"));
        manifest.is_ok_and(|manifest| manifest.lines().any(|line| line.trim() == "[workspace]"))
    };
    templates().find(is_workspace).or_else(|| templates().next()).map(Path::to_owned).with_context(
        || {
            format!(
                "there is no template.yaml in {} or above it; run this in the repository",
                here.display()
            )
        },
    )
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
    getrandom::fill(&mut drawn).map_err(|error| {
        anyhow::anyhow!(
            "the operating system's random number generator failed: \
         {error}"
        )
    })?;
    Ok(drawn.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 63)])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspaces_template_is_found_from_every_directory_of_it() {
        let base = tempfile::tempdir().unwrap();
        let nested = base.path().join("functions/orders");
        std::fs::create_dir_all(nested.join("src")).unwrap();
        for (path, text) in [
            ("Cargo.toml", "[workspace]\n"),
            ("template.yaml", ""),
            ("functions/orders/template.yaml", ""),
        ] {
            std::fs::write(base.path().join(path), text).unwrap();
        }
        std::fs::write(nested.join("Cargo.toml"), "[package]\n").unwrap();
        for here in [base.path(), &nested, &nested.join("src")] {
            assert_eq!(template_root(here).unwrap(), base.path());
        }
        std::fs::remove_file(base.path().join("Cargo.toml")).unwrap();
        assert_eq!(template_root(&nested.join("src")).unwrap(), nested, "templates alone");
        assert!(
            template_root(Path::new("/"))
                .unwrap_err()
                .to_string()
                .contains("there is no template.yaml")
        );
    }
}
