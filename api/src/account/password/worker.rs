//! The threads that hash: a few of their own, which let everybody else go first.
//!
//! A hash takes all of one core for a while, on purpose. On a small machine that core is wanted by those who only read. So
//! these threads have a low priority of the operating system: a reader who needs the core gets it at once, and the hash
//! goes on afterwards. A thread can give its priority away but not take it back, which is why they are none of the
//! runtime's.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// The threads; they end when nobody can send them work any more.
#[derive(Debug, Clone)]
pub(super) struct Workers {
    jobs: Sender<Job>,
}

impl Workers {
    /// Starts so many.
    ///
    /// # Errors
    /// When the operating system gives no thread.
    pub(super) fn start(number: u32) -> io::Result<Self> {
        let (jobs, waiting) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..number {
            let waiting = Arc::clone(&waiting);
            let thread = thread::Builder::new().name("password".to_owned());
            thread.spawn(move || serve(&waiting))?;
        }
        Ok(Self { jobs })
    }

    /// Runs the work on one of the threads; nothing if it panicked, which is in the log already.
    pub(super) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        let job = move || {
            // whoever asked may have gone away
            drop(answer.send(work()));
        };
        self.jobs.send(Box::new(job)).ok()?;
        answered.await.ok()
    }
}

fn serve(waiting: &Mutex<Receiver<Job>>) {
    step_back();
    loop {
        // one of them waits for work, the others for their turn to wait
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        // the next password is not to suffer from this one
        drop(catch_unwind(AssertUnwindSafe(job)));
    }
}

/// Gives this thread a low priority. Linux counts it for each thread; elsewhere it would be the whole process.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(STEP_BACK) {
        tracing::warn!(%error, "passwords are checked at the same priority as everything else");
    }
}

/// So low that whoever answers requests goes first (about a tenth of a core is left where two want it), and not so low that
/// nobody could sign in to a server that is busy with reads.
#[cfg(target_os = "linux")]
const STEP_BACK: i32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn workers_step_back_and_nobody_else_does() {
        let nice = || rustix::process::getpriority_process(None).unwrap();
        let own = nice();
        let workers = Workers::start(1).unwrap();
        assert_eq!(workers.run(nice).await, Some((own + STEP_BACK).min(19)));
        assert_eq!(nice(), own);
    }

    #[tokio::test]
    async fn a_worker_survives_a_panic() {
        let workers = Workers::start(1).unwrap();
        assert_eq!(workers.run(|| panic!("on purpose")).await, None::<()>);
        assert_eq!(workers.run(|| 7).await, Some(7));
    }
}
