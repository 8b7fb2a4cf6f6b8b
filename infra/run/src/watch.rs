//! `--watch`: builds again when a source changes, and restarts the stack when the build succeeds.
//!
//! The stack runs in a child process with the same arguments. Its data directory keeps everything
//! that was written and the key that signs tokens, so whoever was signed in still is. Until the new
//! program is built, the old one answers; a build that fails changes nothing.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, bail};
use tokio::process::{Child, Command};

use crate::signals::stop_signal;

/// Where sources are, relative to the repository.
const SOURCES: [&str; 5] = ["functions", "shared", "infra", "template.yaml", "Cargo.toml"];
/// What the program is made from or reads when it starts. Editors write other files next to these.
const EXTENSIONS: [&str; 6] = ["rs", "toml", "yaml", "html", "txt", "css"];
/// How often the times of the sources are read, which takes some milliseconds. Notifications of the
/// operating system would not arrive from directories that a virtual machine or WSL shares with its
/// host.
const INTERVAL: Duration = Duration::from_millis(250);
/// How long a stopping stack may finish what is in progress before it is killed.
const STOP: Duration = Duration::from_secs(10);

/// Runs the stack, and a new one whenever a source of `repository` has changed and the build
/// succeeds, until Ctrl-C or SIGTERM.
///
/// # Errors
/// When the stack can't be started, or it ends by itself.
pub(crate) async fn run(repository: &Path) -> Result<()> {
    // Asked for now: a program that was replaced by a newer build no longer knows where it is.
    let program = std::env::current_exe().context("this program can't find itself")?;
    let mut built = newest(repository);
    let mut stack = start(&program)?;
    let mut stop = std::pin::pin!(stop_signal());
    loop {
        tokio::select! {
            signal = &mut stop => {
                end(&mut stack).await?;
                return signal;
            }
            status = stack.wait() => bail!("the stack ended: {}", status.context("the stack")?),
            () = tokio::time::sleep(INTERVAL) => {}
        }
        let seen = newest(repository);
        if seen == built {
            continue;
        }
        built = seen;
        let began = Instant::now();
        if build(repository).await? {
            end(&mut stack).await?;
            stack = start(&program)?;
            eprintln!("watch: built and restarted in {:.1} s", began.elapsed().as_secs_f64());
        } else {
            eprintln!("watch: the build failed; the previous stack keeps running");
        }
    }
}

/// When a source was last changed, and how many there are: one that was removed changes only the
/// number.
fn newest(repository: &Path) -> (Option<SystemTime>, usize) {
    let mut pending: Vec<PathBuf> = SOURCES.iter().map(|source| repository.join(source)).collect();
    let (mut newest, mut count) = (None, 0);
    while let Some(path) = pending.pop() {
        // A file that is just being replaced is seen the next time.
        let Ok(metadata) = path.metadata() else { continue };
        if metadata.is_dir() {
            pending.extend(
                std::fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()),
            );
        } else if path
            .extension()
            .is_some_and(|found| EXTENSIONS.iter().any(|known| found == *known))
        {
            newest = newest.max(metadata.modified().ok());
            count += 1;
        }
    }
    (newest, count)
}

/// Starts the stack with the arguments of this process, without `--watch`.
fn start(program: &PathBuf) -> Result<Child> {
    let arguments = std::env::args_os().skip(1).filter(|argument| argument != "--watch");
    let child =
        Command::new(program).args(arguments).stdin(Stdio::null()).kill_on_drop(true).spawn();
    child.with_context(|| format!("{} can't be started", program.display()))
}

/// Stops the stack as Ctrl-C does. In a terminal, Ctrl-C has reached it already.
async fn end(stack: &mut Child) -> Result<()> {
    if let Some(id) =
        stack.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw)
    {
        // It fails when the stack has just ended by itself.
        if let Err(error) = rustix::process::kill_process(id, rustix::process::Signal::TERM) {
            tracing::debug!(%error, "the stack has ended already");
        }
    }
    if tokio::time::timeout(STOP, stack.wait()).await.is_err() {
        stack.kill().await.context("could not stop the stack")?;
    }
    Ok(())
}

/// Builds the program, in the profile and the target directory of this one.
async fn build(repository: &Path) -> Result<bool> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args([
        "build",
        "--quiet",
        "--package",
        env!("CARGO_PKG_NAME"),
        "--bin",
        env!("CARGO_BIN_NAME"),
    ]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let status =
        cargo.current_dir(repository).stdin(Stdio::null()).kill_on_drop(true).status().await;
    Ok(status.context("could not start cargo")?.success())
}
