//! What a process has used, as the kernel tells in `/proc`.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// How `/proc/<pid>/stat` counts time: on Linux always a hundred a second.
const TICKS_PER_SECOND: u64 = 100;

fn file(pid: u32, name: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}/{name}"))
}

/// Processor time of the threads that live, to the nanosecond. For processes that end no thread.
///
/// # Errors
/// When the process is gone.
pub fn cpu_of_threads(pid: u32) -> Result<Duration> {
    let mut total = Duration::ZERO;
    for thread in std::fs::read_dir(file(pid, "task")).context("the process has ended")? {
        let times = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        let running =
            times.split_whitespace().next().and_then(|nanoseconds| nanoseconds.parse().ok());
        total += Duration::from_nanos(running.context("no processor time in schedstat")?);
    }
    Ok(total)
}

/// Processor time of the whole process so far, ended threads included, to a hundredth of a second.
///
/// # Errors
/// When the process is gone.
pub fn cpu(pid: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(file(pid, "stat")).context("the process has ended")?;
    // The second field is the program's name in parentheses, which may hold spaces; utime and stime
    // are fields 14 and 15.
    let fields: Vec<&str> = stat
        .rsplit_once(')')
        .map(|(_, rest)| rest.split_whitespace().collect())
        .unwrap_or_default();
    let ticks = |at: usize| {
        fields
            .get(at)
            .and_then(|field| field.parse::<u64>().ok())
            .context("no processor time in stat")
    };
    Ok(Duration::from_millis((ticks(11)? + ticks(12)?) * 1000 / TICKS_PER_SECOND))
}

/// Memory in bytes: the most so far, and now.
///
/// # Errors
/// When the process is gone.
pub fn memory(pid: u32) -> Result<(u64, u64)> {
    let status = std::fs::read_to_string(file(pid, "status")).context("the process has ended")?;
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kibibytes = line
            .and_then(|line| line.trim().strip_suffix(" kB"))
            .and_then(|number| number.trim().parse::<u64>().ok());
        kibibytes.map(|kibibytes| kibibytes * 1024).with_context(|| format!("no {name} in status"))
    };
    Ok((of("VmHWM:")?, of("VmRSS:")?))
}

/// Processor time of processes and all that descend from them, as far as they live.
///
/// # Errors
/// When `/proc` can't be read.
pub fn cpu_of_all(roots: &[u32]) -> Result<Duration> {
    // Who has just ended used little.
    Ok(with_descendants(roots)?.into_iter().filter_map(|pid| cpu(pid).ok()).sum())
}

/// Memory in bytes of processes and all that descend from them, as it is now; what they share
/// counts for each by its part.
///
/// # Errors
/// When `/proc` can't be read.
pub fn memory_of_all(roots: &[u32]) -> Result<u64> {
    let mut total = 0;
    for pid in with_descendants(roots)? {
        let Ok(rollup) = std::fs::read_to_string(file(pid, "smaps_rollup")) else { continue };
        let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
        let kibibytes: u64 =
            line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok()).unwrap_or(0);
        total += kibibytes * 1024;
    }
    Ok(total)
}

fn with_descendants(roots: &[u32]) -> Result<Vec<u32>> {
    let mut parents = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok())
        else {
            continue;
        };
        let Ok(stat) = std::fs::read_to_string(file(pid, "stat")) else { continue };
        let parent = stat
            .rsplit_once(')')
            .and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse::<u32>().ok());
        parents.extend(parent.map(|parent| (pid, parent)));
    }
    let mut found = roots.to_vec();
    let mut at = 0;
    while at < found.len() {
        found.extend(
            parents
                .iter()
                .filter(|(_, parent)| *parent == found[at])
                .map(|(pid, _)| *pid)
                .collect::<Vec<_>>(),
        );
        at += 1;
    }
    Ok(found)
}
