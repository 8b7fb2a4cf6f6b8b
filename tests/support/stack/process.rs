//! The stack as a separate program, as `cargo run` starts it, which can be killed.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Once;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::repository::repository;

/// How long a start may take, from data on disk, on a machine that is busy with other tests.
const START: Duration = Duration::from_secs(60);

/// Builds the stack's program and the functions' binaries: `cargo test` doesn't build binaries
/// without tests.
///
/// The variables that `cargo test` sets for a package's tests are removed for the build: the build
/// script of `ring` runs again when they change, and with it nearly everything.
pub(crate) fn build_binaries() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let mut cargo = Command::new(env!("CARGO"));
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| {
                name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
            }) {
                cargo.env_remove(name);
            }
        }
        let status = cargo
            .args(["build", "--quiet", "--workspace", "--bins", "--locked"])
            .current_dir(repository())
            .status()
            .expect("cargo runs");
        assert!(status.success(), "the binaries can't be built");
    });
}

/// A running program. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// The base URL of the API.
    pub api_url: String,
    /// The URL of the AWS endpoint.
    pub aws_url: String,
}

impl Process {
    /// Starts the stack on free ports with its data and its log in `data_dir`, and waits until it
    /// is ready.
    #[must_use]
    pub fn start(data_dir: &Path, arguments: &[&str]) -> Self {
        Self::start_at(["0", "0"], data_dir, arguments)
    }

    /// Kills it as `kill -9` does, and starts it again on the same ports: tokens, links and
    /// messages contain its URLs.
    #[must_use]
    pub fn kill_and_restart(mut self, data_dir: &Path, arguments: &[&str]) -> Self {
        self.end();
        let ports =
            [&self.api_url, &self.aws_url].map(|url| url.rsplit(':').next().unwrap_or_default());
        Self::start_at(ports, data_dir, arguments)
    }

    fn start_at([api_port, aws_port]: [&str; 2], data_dir: &Path, arguments: &[&str]) -> Self {
        build_binaries();
        // The test's own binary is in `deps/`, one directory below.
        let test = std::env::current_exe().expect("this program's path");
        let program =
            test.parent().and_then(Path::parent).expect("a target directory").join("builder-local");
        // The log, for the analysis of a failed test; later starts append to it.
        let log = data_dir.join("stack.log");
        let errors = File::options().create(true).append(true).open(&log).expect("a log file");
        let mut child = Command::new(&program)
            .args([
                "--api-port",
                api_port,
                "--aws-port",
                aws_port,
                "--stripe-port",
                "0",
                "--log-level",
                "error",
                "--data-dir",
            ])
            // A separate directory: the log is not a file of the stack.
            .arg(data_dir.join("data"))
            .args(arguments)
            .current_dir(repository())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let output = child.stdout.take().expect("its output");
        let (send, lines) = mpsc::channel();
        // Reads to the end, so that the program never blocks on its output.
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                drop(send.send(line));
            }
        });
        let mut process = Self { child, api_url: String::new(), aws_url: String::new() };
        let deadline = Instant::now() + START;
        while process.api_url.is_empty() || process.aws_url.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = lines.recv_timeout(left).unwrap_or_else(|_| {
                panic!(
                    "the stack isn't ready: {}",
                    std::fs::read_to_string(&log).unwrap_or_default()
                )
            });
            let url = line
                .split_whitespace()
                .find(|word| word.starts_with("http://"))
                .unwrap_or_default();
            match line.split_whitespace().next() {
                Some("API") => process.api_url = url.trim_end_matches("/api/v1").to_owned(),
                Some("AWS") => process.aws_url = url.to_owned(),
                _ => {}
            }
        }
        process
    }

    /// Sends SIGKILL: the program can't shut down in order.
    fn end(&mut self) {
        // It may have exited already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}
