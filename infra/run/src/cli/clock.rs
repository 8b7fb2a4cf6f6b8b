//! `--clock +25h`.

use std::time::Duration;

/// The farthest: ten years. Times beyond would not fit everywhere.
const FARTHEST: Duration = Duration::from_secs(3_653 * 86_400);

/// Reads how far ahead the time is: a whole number of seconds, minutes, hours or days.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    const FORM: &str = "must be like +25h: a whole number of s, m, h or d";
    let amount = text.strip_prefix('+').ok_or(FORM)?;
    let unit = amount.chars().last().ok_or(FORM)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(FORM.to_owned()),
    };
    let digits = &amount[..amount.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(FORM.to_owned());
    }
    let ahead = digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(seconds))
        .map(Duration::from_secs);
    ahead.filter(|ahead| *ahead <= FARTHEST).ok_or_else(|| "must be at most ten years".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        assert_eq!(parse("+25h"), Ok(Duration::from_secs(90_000)));
        assert_eq!(parse("+3d"), Ok(Duration::from_secs(259_200)));
        assert_eq!(parse("+0s"), Ok(Duration::ZERO));
        for wrong in [
            "",
            "+",
            "25h",
            "-25h",
            "+h",
            "+1.5h",
            "+1w",
            "+ 1h",
            "+é",
            "++1h",
            "+999999999999999999999d",
            "+4000d",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
