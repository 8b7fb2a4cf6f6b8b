//! `cargo run -- doctor`: checks whether a stack can start here, and explains how to fix problems.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use rustix::process::{Resource, getrlimit};

use crate::Options;
use crate::data_dir;
use crate::stack::check_template;

/// The minimum free space, in bytes: SQLite and the log of a day need it.
const LEAST_SPACE: u64 = 200 << 20;
/// The minimum limit of open files: every connection takes two.
const LEAST_FILES: u64 = 1_024;
/// Optional programs, their purpose, and how to install them.
const TOOLS: [(&str, &str); 5] = [
    ("curl", "the README's walk; install it from your system's packages"),
    ("jq", "the README's walk; install it from your system's packages"),
    ("cargo-lambda", "real Lambda binaries; pip install cargo-lambda ziglang"),
    ("sam", "deploying; pip install aws-sam-cli"),
    ("node", "two checks of .ci/run; see https://nodejs.org"),
];

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// No problem.
    Good,
    /// A program is missing that not everybody needs.
    Optional,
    /// No stack can start, or it will fail soon.
    Problem,
}

/// A check and its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The severity.
    pub verdict: Verdict,
    /// The subject of the check.
    pub what: String,
    /// The result, and how to fix a problem.
    pub found: String,
}

impl Finding {
    fn new(verdict: Verdict, what: impl Into<String>, found: impl Into<String>) -> Self {
        Self { verdict, what: what.into(), found: found.into() }
    }

    fn of(what: &str, result: anyhow::Result<String>) -> Self {
        match result {
            Ok(found) => Self::new(Verdict::Good, what, found),
            Err(error) => {
                Self::new(Verdict::Problem, what, format!("{error:#}").replace('\n', " "))
            }
        }
    }
}

/// Checks everything that a start with these options needs. Changes nothing.
#[must_use]
pub fn examine(options: &Options) -> Vec<Finding> {
    let mut findings = vec![Finding::of("template", check_template(options))];
    let is_running = options.data_dir.as_deref().is_some_and(data_dir::is_in_use);
    for (what, port, flag) in [
        ("API port", options.api_port, "--api-port"),
        ("AWS port", options.aws_port, "--aws-port"),
        ("Stripe port", options.stripe_port, "--stripe-port"),
    ] {
        findings.push(port_finding(what, port, flag, is_running));
    }
    if let Some(directory) = &options.data_dir {
        findings.push(Finding::of("data", examine_data(directory, options.fresh, is_running)));
        findings.push(Finding::of("disk", examine_disk(directory)));
    }
    findings.push(Finding::of("open files", examine_files()));
    findings.extend(TOOLS.map(|(tool, purpose)| match found_in_path(tool) {
        Some(path) => Finding::new(Verdict::Good, tool, path.display().to_string()),
        None => Finding::new(Verdict::Optional, tool, format!("not found; needed for {purpose}")),
    }));
    findings
}

fn port_finding(what: &str, port: u16, flag: &str, is_running: bool) -> Finding {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Finding::new(Verdict::Good, what, format!("{port} is free")),
        Err(_) if is_running => {
            Finding::new(Verdict::Good, what, format!("{port} is in use, and a stack is running"))
        }
        Err(error) => Finding::new(
            Verdict::Problem,
            what,
            format!(
                "{port} can't be used ({error}); stop what uses it, or choose another with {flag}"
            ),
        ),
    }
}

fn examine_data(directory: &Path, fresh: bool, is_running: bool) -> anyhow::Result<String> {
    data_dir::check(directory, fresh)?;
    let place = existing(directory);
    // A file without a name: it is deleted when it is closed.
    tempfile::tempfile_in(place).map_err(|error| {
        anyhow::anyhow!(
            "{} can't be written: {error}; choose another directory with --data-dir",
            place.display()
        )
    })?;
    let state = match (is_running, directory.exists()) {
        (true, _) => "in use by a running stack",
        (false, true) => "whole",
        (false, false) => "created by the first start",
    };
    Ok(format!("{}: {state}", directory.display()))
}

fn examine_disk(directory: &Path) -> anyhow::Result<String> {
    let place = existing(directory);
    let disk = rustix::fs::statvfs(place)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < LEAST_SPACE {
        anyhow::bail!(
            "only {} MB are free at {}; make room, or choose another directory with --data-dir",
            free >> 20,
            place.display()
        );
    }
    Ok(format!("{} MB free", free >> 20))
}

fn examine_files() -> anyhow::Result<String> {
    match getrlimit(Resource::Nofile).maximum {
        Some(most) if most < LEAST_FILES => {
            anyhow::bail!(
                "only {most} files can be open at once; raise the limit: ulimit -Hn {LEAST_FILES}"
            )
        }
        Some(most) => Ok(format!("up to {most}")),
        None => Ok("no limit".to_owned()),
    }
}

/// Returns the directory, or its nearest existing ancestor.
fn existing(directory: &Path) -> &Path {
    directory.ancestors().find(|directory| directory.is_dir()).unwrap_or(Path::new("/"))
}

fn found_in_path(tool: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(tool)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(directory: &Path) -> Options {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        Options { data_dir: Some(directory.join("data")), ..Options::in_memory(root, Vec::new) }
    }

    fn problems(options: &Options) -> Vec<(String, String)> {
        let problems =
            examine(options).into_iter().filter(|finding| finding.verdict == Verdict::Problem);
        problems.map(|finding| (finding.what, finding.found)).collect()
    }

    #[test]
    fn doctor_reports_no_problem_where_a_stack_can_start() {
        let base = tempfile::tempdir().unwrap();
        assert_eq!(problems(&options(base.path())), []);
        assert!(!base.path().join("data").exists(), "nothing is changed");
    }

    #[test]
    fn each_problem_is_reported_with_advice() {
        let base = tempfile::tempdir().unwrap();
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let mut wrong = Options { api_port: port, ..options(base.path()) };
        wrong.parameters.insert("PasswordCost".to_owned(), "99".to_owned());
        std::fs::create_dir(base.path().join("data")).unwrap();
        std::fs::write(base.path().join("data/letter"), "").unwrap();
        let told = problems(&wrong);
        let whats: Vec<_> = told.iter().map(|(what, _)| what.as_str()).collect();
        assert_eq!(whats, ["template", "API port", "data"]);
        assert!(told[0].1.contains("PasswordCost: \"99\" is more than 15"), "{told:?}");
        assert!(
            told[1].1.contains(&port.to_string()) && told[1].1.contains("--api-port"),
            "{told:?}"
        );
        assert!(told[2].1.contains("--data-dir"), "{told:?}");
        let nowhere = Options::in_memory(base.path(), Vec::new);
        assert!(problems(&nowhere)[0].1.contains("there is no"), "{:?}", problems(&nowhere));
    }
}
