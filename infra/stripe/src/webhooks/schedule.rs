//! The schedule of retries: "for up to three days with an exponential back off" (docs page "Receive
//! Stripe events in your webhook endpoint", "Automatic retries"). The pauses are ours, as Stripe
//! doesn't publish its own.

use std::time::Duration;

/// Pauses in minutes.
const PAUSES: [u32; 9] = [5, 15, 45, 120, 300, 600, 720, 1_080, 1_400];

/// Returns the pause after a failed attempt, counted from 0. `None`: no more attempts.
pub(crate) fn pause(attempt: u32, scale: f64) -> Option<Duration> {
    let minutes = *PAUSES.get(usize::try_from(attempt).ok()?)?;
    Duration::try_from_secs_f64(f64::from(minutes) * 60.0 * scale).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_intervals_grow_and_end_within_three_days() {
        let pauses: Vec<Duration> = (0..).map_while(|attempt| pause(attempt, 1.0)).collect();
        assert!(pauses.windows(2).all(|pair| pair[0] < pair[1]));
        let all: Duration = pauses.iter().sum();
        assert!(
            all <= Duration::from_secs(3 * 24 * 60 * 60)
                && all > Duration::from_secs(2 * 24 * 60 * 60),
            "{all:?}"
        );
        assert_eq!(pause(0, 0.001), Some(Duration::from_millis(300)));
    }
}
