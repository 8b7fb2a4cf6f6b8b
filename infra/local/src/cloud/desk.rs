//! A thread that owns one blocking resource and does what is handed in, in order.
//!
//! The embedded databases serve one call at a time anyway. A thread of their own keeps that wait off the runtime's
//! threads, and costs less than a blocking pool whose threads would queue for the same lock.

use std::sync::mpsc;

use anyhow::Context;
use tokio::sync::oneshot;

type Job<T> = Box<dyn FnOnce(&mut T) + Send>;

/// Hands work to the thread. The thread ends when the last copy is dropped and its work is done.
pub(crate) struct Desk<T> {
    jobs: mpsc::Sender<Job<T>>,
}

impl<T> Clone for Desk<T> {
    fn clone(&self) -> Self {
        Self { jobs: self.jobs.clone() }
    }
}

/// The thread is gone: it panicked.
#[derive(Debug)]
pub(crate) struct Stopped;

impl std::fmt::Display for Stopped {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the local store has stopped")
    }
}

impl std::error::Error for Stopped {}

impl<T: Send + 'static> Desk<T> {
    /// Starts the thread.
    pub(crate) fn open(name: &str, mut resource: T) -> anyhow::Result<Self> {
        let (jobs, queue) = mpsc::channel::<Job<T>>();
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                for job in queue {
                    job(&mut resource);
                }
            })
            .with_context(|| format!("cannot start the thread {name}"))?;
        Ok(Self { jobs })
    }

    /// Runs `job` on the thread and waits for its result. The job runs even if the caller stops waiting.
    pub(crate) async fn run<R: Send + 'static>(&self, job: impl FnOnce(&mut T) -> R + Send + 'static) -> Result<R, Stopped> {
        let (answer, result) = oneshot::channel();
        self.jobs
            .send(Box::new(move |resource| {
                // Nobody may be waiting any more: the work is done all the same.
                drop(answer.send(job(resource)));
            }))
            .map_err(|_| Stopped)?;
        result.await.map_err(|_| Stopped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_done_in_order() {
        let desk = Desk::open("test", Vec::new()).unwrap();
        for number in 0..10 {
            desk.run(move |list: &mut Vec<i32>| list.push(number)).await.unwrap();
        }
        assert_eq!(desk.run(|list| list.clone()).await.unwrap(), (0..10).collect::<Vec<_>>());
    }
}
