//! The signals that stop the program.

use anyhow::{Context as _, Result};
use tokio::signal::unix::{SignalKind, signal};

/// Returns at Ctrl-C or SIGTERM.
pub(crate) async fn stop_signal() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("no handler for SIGTERM")?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.context("no handler for Ctrl-C"),
        _ = terminate.recv() => Ok(()),
    }
}
