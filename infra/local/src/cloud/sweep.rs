//! AWS's background work: expired items and messages are deleted.

use std::time::Duration;

use super::Cloud;

/// AWS takes up to days; nothing may depend on it.
const PERIOD: Duration = Duration::from_secs(60);

impl Cloud {
    /// Deletes expired items and messages periodically.
    pub(super) async fn sweep(self) {
        let mut ticks = tokio::time::interval(PERIOD);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.inner.dynamodb.sweep().await {
                tracing::warn!(%error, "cannot sweep expired items");
            }
            if let Err(error) = self.inner.sqs.sweep().await {
                tracing::warn!(?error, "cannot sweep expired messages");
            }
        }
    }
}
