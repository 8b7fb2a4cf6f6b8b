//! Percentiles, and times in the units of the tables.

use std::time::Duration;

/// Returns the `percent`th percentile by nearest rank; zero for an empty slice. Sorts in place.
pub fn percentile(times: &mut [Duration], percent: f64) -> Duration {
    times.sort_unstable();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a rank, below the length"
    )]
    let rank = (percent / 100.0 * times.len() as f64).ceil() as usize;
    times.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// Returns the median.
pub fn median(times: &mut [Duration]) -> Duration {
    percentile(times, 50.0)
}

/// Converts to milliseconds.
#[must_use]
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Converts to mebibytes.
#[must_use]
pub fn mib(bytes: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "printed with two decimals")]
    let bytes = bytes as f64;
    bytes / (1024.0 * 1024.0)
}
