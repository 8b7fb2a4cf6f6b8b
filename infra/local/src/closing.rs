//! The signal by which a stack's tasks finish.

use tokio::sync::watch;

/// Waits until the stack stops. A stack that was dropped has stopped as well.
pub(crate) async fn closed(closing: &mut watch::Receiver<bool>) {
    // An error says that the sender is gone; either way the wait is over, and the guard must not
    // outlive it.
    drop(closing.wait_for(|closing| *closing).await);
}
