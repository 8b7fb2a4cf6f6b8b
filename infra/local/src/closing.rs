//! The signal that tells a stack's tasks to finish.

use tokio::sync::watch;

/// Waits until the stack stops. A dropped stack counts as stopped.
pub(crate) async fn closed(closing: &mut watch::Receiver<bool>) {
    // An error means that the sender was dropped; either way the wait is over, and the guard must
    // not outlive it.
    drop(closing.wait_for(|closing| *closing).await);
}
