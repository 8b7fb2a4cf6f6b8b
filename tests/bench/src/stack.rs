//! The local stack in a process of its own, so that what it uses can be told from what the
//! measuring uses.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};

/// The first administrator's address.
pub const ADMIN_EMAIL: &str = "admin@example.com";
/// The first administrator's password.
pub const ADMIN_PASSWORD: &str = "a benchmark's own administrator";

/// Limits are raised, since one machine plays all clients; passwords are cheap, since they are not
/// what is measured.
pub const UNLIMITED: [(&str, &str); 6] = [
    ("CallerLimitPerHour", "100000000"),
    ("IpLimitPerMinute", "100000000"),
    ("ThrottleRate", "1000000"),
    ("ThrottleBurst", "1000000"),
    ("RouteThrottles", "off"),
    ("PasswordCost", "4"),
];

/// How long a start may take.
const START_LIMIT: Duration = Duration::from_secs(60);

/// A running stack with its data in a directory of its own. Killed when dropped.
pub struct Stack {
    command: Command,
    child: Child,
    directory: TempDir,
    /// Base URL of the API.
    pub api_url: String,
    /// URL of the AWS endpoint.
    pub aws_url: String,
}

impl Stack {
    /// Starts `builder-local` from `binaries` with these template parameters, and waits until it is
    /// ready.
    ///
    /// # Errors
    /// When it doesn't get ready; the stack's own words are on standard error.
    pub async fn start(
        binaries: &Path,
        parameters: &[(&str, &str)],
        log_level: &str,
    ) -> Result<Self> {
        let program = binaries.join("builder-local");
        let directory = tempfile::tempdir()?;
        let mut command = Command::new(&program);
        command
            .args([
                "--api-port",
                "0",
                "--aws-port",
                "0",
                "--stripe-port",
                "0",
                "--log-level",
                log_level,
                "--data-dir",
            ])
            .arg(directory.path())
            .args(
                parameters.iter().flat_map(|(name, value)| {
                    ["--parameter".to_owned(), format!("{name}={value}")]
                }),
            )
            .envs([
                ("BUILDER_ADMIN_EMAIL", ADMIN_EMAIL),
                ("BUILDER_ADMIN_PASSWORD", ADMIN_PASSWORD),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let (child, [api_url, aws_url]) = launch(&mut command).await.with_context(|| {
            format!(
                "{} can't be started; build it: cargo build --release --workspace --bins",
                program.display()
            )
        })?;
        Ok(Self { command, child, directory, api_url, aws_url })
    }

    /// Stops it and starts it again with the same data, on other ports. Gives the time from the
    /// start of the process until it is ready.
    ///
    /// # Errors
    /// When it does not end well, or does not get ready again.
    pub async fn restart(&mut self) -> Result<Duration> {
        self.terminate().await?;
        let started = Instant::now();
        (self.child, [self.api_url, self.aws_url]) = launch(&mut self.command).await?;
        Ok(started.elapsed())
    }

    /// The process's id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// Every variable of every function, as the stack writes them down for `cargo lambda watch`.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn environment(&self) -> Result<BTreeMap<String, String>> {
        let path = self.directory.path().join("lambda.env");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("there is no {}", path.display()))?;
        Ok(text
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect())
    }

    /// Bytes that its data takes on disk.
    ///
    /// # Errors
    /// When the directory can't be read.
    pub fn data_size(&self) -> Result<u64> {
        let mut total = 0;
        for entry in std::fs::read_dir(self.directory.path())? {
            total += entry?.metadata()?.len();
        }
        Ok(total)
    }

    /// Asks it to stop, and waits until it has.
    ///
    /// # Errors
    /// When it did not end well.
    pub async fn stop(mut self) -> Result<()> {
        self.terminate().await
    }

    async fn terminate(&mut self) -> Result<()> {
        let pid = i32::try_from(self.pid())
            .ok()
            .and_then(Pid::from_raw)
            .context("the stack has ended already")?;
        kill_process(pid, Signal::TERM)?;
        let status = self.child.wait().await?;
        if !status.success() {
            bail!("the stack ended with {status}");
        }
        Ok(())
    }
}

/// Starts the process and waits until it is ready; gives the URLs of the API and of the AWS
/// endpoint as well.
async fn launch(command: &mut Command) -> Result<(Child, [String; 2])> {
    let mut child = command.spawn()?;
    let banner = child.stdout.take().context("the stack has no standard output")?;
    let urls = tokio::time::timeout(START_LIMIT, addresses(banner))
        .await
        .context("the stack did not get ready")??;
    Ok((child, urls))
}

/// Reads the banner to its last line; gives the URLs of the API and of the AWS endpoint.
async fn addresses(banner: ChildStdout) -> Result<[String; 2]> {
    let mut lines = BufReader::new(banner).lines();
    let (mut api, mut aws) = (None, None);
    while let Some(line) = lines.next_line().await? {
        let url = line.split_whitespace().nth(1).map(str::to_owned);
        match line.split_whitespace().next() {
            Some("API") => api = url.map(|url| url.trim_end_matches("/api/v1").to_owned()),
            Some("AWS") => aws = url,
            Some("Ctrl-C") => {
                // Whatever it says later must find a reader.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok([
                    api.context("the banner names no API")?,
                    aws.context("the banner names no AWS endpoint")?,
                ]);
            }
            _ => {}
        }
    }
    bail!("the stack ended while starting")
}

/// Where cargo put the programs of the profile that this one was built with.
///
/// # Errors
/// When this program can't find itself.
pub fn binaries() -> Result<PathBuf> {
    let program = std::env::current_exe().context("this program can't find itself")?;
    Ok(program.parent().unwrap_or_else(|| Path::new(".")).to_owned())
}
