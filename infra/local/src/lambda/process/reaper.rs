//! Kills the function processes when this process ends, including by `kill -9`.
//!
//! A shell reads from a pipe. The kernel closes the pipe however this process ends; then the shell
//! kills every process on its list. That includes frozen ones, which could detect nothing
//! themselves.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// `+ 12` adds process 12 to the list, `- 12` removes it.
const SCRIPT: &str = r#"
pids=" "
while read -r sign pid; do
  case $sign in
    +) pids="$pids$pid " ;;
    -) pids="${pids%% $pid *} ${pids#* $pid }" ;;
  esac
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
"#;

/// A shell that briefly outlives this process.
pub(crate) struct Reaper {
    pipe: Mutex<Option<ChildStdin>>,
    shell: Mutex<Child>,
}

impl Reaper {
    pub(crate) fn start() -> std::io::Result<Self> {
        let mut shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C in the terminal must only reach the stack, which stops its functions in order.
            .process_group(0)
            .spawn()?;
        Ok(Self { pipe: Mutex::new(shell.stdin.take()), shell: Mutex::new(shell) })
    }

    /// Adds a process to the list.
    pub(super) fn watch(&self, pid: u32) -> std::io::Result<()> {
        self.tell('+', pid)
    }

    /// Removes a process that has ended.
    pub(super) fn forget(&self, pid: u32) {
        if let Err(error) = self.tell('-', pid) {
            tracing::debug!(%error, pid, "the reaper has ended");
        }
    }

    fn tell(&self, sign: char, pid: u32) -> std::io::Result<()> {
        match self.pipe.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            Some(pipe) => pipe.write_all(format!("{sign} {pid}\n").as_bytes()),
            None => Err(std::io::Error::other("the reaper has no pipe")),
        }
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        // Closing the pipe is the signal.
        drop(self.pipe.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Err(error) = self.shell.lock().unwrap_or_else(PoisonError::into_inner).wait() {
            tracing::debug!(%error, "could not wait for the reaper");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn registered_processes_are_killed_when_the_pipe_closes() {
        let sleeper = || Command::new("sleep").arg("60").spawn().unwrap();
        let (mut first, mut second, mut third) = (sleeper(), sleeper(), sleeper());
        let reaper = Reaper::start().unwrap();
        for pid in [first.id(), second.id(), third.id()] {
            reaper.watch(pid).unwrap();
        }
        reaper.forget(second.id());
        drop(reaper);
        let start = Instant::now();
        while first.try_wait().unwrap().is_none() || third.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < Duration::from_secs(5), "still alive");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(second.try_wait().unwrap().is_none());
        second.kill().unwrap();
        second.wait().unwrap();
    }
}
