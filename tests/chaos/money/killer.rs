//! Kills functions.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The average pause between two kills.
const PAUSE: Duration = Duration::from_millis(1_000);

/// Kills one random process of a function after the other.
pub(super) struct Killer {
    stop: oneshot::Sender<()>,
    task: JoinHandle<usize>,
}

impl Killer {
    pub(super) fn start(seed: u64) -> Self {
        let (stop, mut stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let (mut lot, mut killed) = (fastrand::Rng::with_seed(seed), 0);
            loop {
                tokio::select! {
                    () = tokio::time::sleep(PAUSE.mul_f64(2.0 * lot.f64())) => {}
                    _ = &mut stopped => return killed,
                }
                let running = running();
                if let Some(process) = lot.choice(running) {
                    killed += usize::from(
                        rustix::process::kill_process(process, rustix::process::Signal::KILL)
                            .is_ok(),
                    );
                }
            }
        });
        Self { stop, task }
    }

    pub(super) async fn stop(self) -> usize {
        self.stop.send(()).unwrap();
        self.task.await.unwrap()
    }
}

/// Returns the functions' processes that this one has started and that are working now: idle ones
/// are frozen.
fn running() -> Vec<rustix::process::Pid> {
    let own = std::process::id().to_string();
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let id = entry.ok()?.file_name().to_str()?.parse::<i32>().ok()?;
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        let (name, rest) = stat.split_once(" (")?.1.rsplit_once(") ")?;
        let mut fields = rest.split(' ');
        let (state, parent) = (fields.next()?, fields.next()?);
        // Another test's stack is a child process, too, and so is the shell that kills all
        // functions when this process ends.
        let wanted = parent == own
            && !["T", "Z"].contains(&state)
            && name != "sh"
            && !name.starts_with("builder-");
        wanted.then(|| rustix::process::Pid::from_raw(id)).flatten()
    });
    processes.collect()
}
