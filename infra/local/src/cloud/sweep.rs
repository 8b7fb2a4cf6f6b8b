//! What AWS does in the background: expired items and messages go away.

use std::time::Duration;

use super::Cloud;

/// AWS takes days; nothing may depend on it.
const PERIOD: Duration = Duration::from_secs(60);

impl Cloud {
    /// Sweeps for ever.
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
