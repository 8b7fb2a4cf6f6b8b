//! A thread that owns one blocking resource and runs the submitted jobs in order.
//!
//! The embedded databases run one call at a time anyway. A dedicated thread keeps that wait off the
//! runtime's threads, and costs less than a blocking pool whose threads would queue for the same
//! lock.

use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use anyhow::Context;
use tokio::sync::oneshot;

type Job<T> = Box<dyn FnOnce(&mut T) + Send>;

/// Submits jobs to the thread. When the last copy is dropped, the thread runs the remaining jobs
/// and drops the resource; the drop waits for that, so that the resource's files are closed before
/// they are opened again.
pub(crate) struct DbThread<T>(Arc<Owner<T>>);

struct Owner<T> {
    /// `None` once no more jobs will be submitted.
    jobs: Option<mpsc::Sender<Job<T>>>,
    thread: Option<JoinHandle<()>>,
}

impl<T> Clone for DbThread<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Drop for Owner<T> {
    fn drop(&mut self) {
        drop(self.jobs.take());
        // A job may own the last copy: the thread can't wait for itself.
        if let Some(thread) =
            self.thread.take_if(|thread| thread.thread().id() != std::thread::current().id())
            && thread.join().is_err()
        {
            tracing::error!("a local store panicked");
        }
    }
}

/// The thread has stopped: it panicked.
#[derive(Debug)]
pub(crate) struct Stopped;

impl std::fmt::Display for Stopped {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the local store has stopped")
    }
}

impl std::error::Error for Stopped {}

impl<T: Send + 'static> DbThread<T> {
    /// Starts the thread.
    pub(crate) fn open(name: &str, mut resource: T) -> anyhow::Result<Self> {
        let (jobs, queue) = mpsc::channel::<Job<T>>();
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                for job in queue {
                    job(&mut resource);
                }
            })
            .with_context(|| format!("cannot start the thread {name}"))?;
        Ok(Self(Arc::new(Owner { jobs: Some(jobs), thread: Some(thread) })))
    }

    /// Runs `job` on the thread and waits for its result. The job runs even if the caller stops
    /// waiting.
    pub(crate) async fn run<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut T) -> R + Send + 'static,
    ) -> Result<R, Stopped> {
        let (answer, result) = oneshot::channel();
        // The caller may have stopped waiting; the job is still run.
        let job = Box::new(move |resource: &mut T| drop(answer.send(job(resource))));
        self.0.jobs.as_ref().ok_or(Stopped)?.send(job).map_err(|_| Stopped)?;
        result.await.map_err(|_| Stopped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn dropping_the_last_handle_waits_for_pending_work() {
        let (told, tells) = mpsc::channel();
        let db = DbThread::open("test", told).unwrap();
        let work = db.run(|told: &mut mpsc::Sender<()>| {
            std::thread::sleep(std::time::Duration::from_millis(50));
            told.send(()).unwrap();
        });
        assert!(
            tokio::time::timeout(std::time::Duration::from_millis(5), work).await.is_err(),
            "its caller has given up"
        );
        drop(db);
        assert_eq!(tells.try_recv(), Ok(()));
        assert_eq!(tells.try_recv(), Err(mpsc::TryRecvError::Disconnected), "the resource is gone");
    }

    #[tokio::test]
    async fn work_is_done_in_order() {
        let db = DbThread::open("test", Vec::new()).unwrap();
        for number in 0..10 {
            db.run(move |list: &mut Vec<i32>| list.push(number)).await.unwrap();
        }
        assert_eq!(db.run(|list| list.clone()).await.unwrap(), (0..10).collect::<Vec<_>>());
    }
}
