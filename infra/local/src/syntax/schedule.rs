//! Schedule expressions: `rate(…)`, `cron(…)` and `at(…)`, in UTC.
//!
//! <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// When a schedule is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Schedule {
    /// Repeatedly, at this interval.
    Rate(Duration),
    /// At the matching minutes.
    Cron(Box<Cron>),
    /// Once.
    At(Timestamp),
}

/// The fields of a cron expression; each contains the matching values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cron {
    minutes: BTreeSet<i16>,
    hours: BTreeSet<i16>,
    days: Days,
    months: BTreeSet<i16>,
    years: BTreeSet<i16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Days {
    OfMonth(BTreeSet<i16>),
    LastOfMonth,
    /// 1 is Sunday.
    OfWeek(BTreeSet<i16>),
}

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Parses an expression. The error describes the problem.
pub(crate) fn parse(expression: &str) -> Result<Schedule, String> {
    let call = expression.strip_suffix(')').and_then(|rest| rest.split_once('('));
    match call {
        Some(("rate", inner)) => {
            rate(inner).ok_or_else(|| format!("{expression}: must be like rate(5 minutes)"))
        }
        Some(("cron", inner)) => cron(inner).map_err(|problem| format!("{expression}: {problem}")),
        Some(("at", inner)) => {
            let time: DateTime = inner
                .parse()
                .map_err(|_| format!("{expression}: must be like at(2030-01-31T12:00:00)"))?;
            let zoned = time.to_zoned(TimeZone::UTC).map_err(|error| error.to_string())?;
            Ok(Schedule::At(zoned.timestamp()))
        }
        _ => Err(format!("{expression:?} is not one of rate(…), cron(…), at(…)")),
    }
}

impl Schedule {
    /// Returns the first due time after `now`.
    pub(crate) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Rate(period) => now.checked_add(*period).ok(),
            Self::At(time) => (*time > now).then_some(*time),
            Self::Cron(cron) => cron.next(now),
        }
    }
}

impl Cron {
    fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let now = now.to_zoned(TimeZone::UTC).datetime();
        let mut date = now.date();
        // The calendar repeats after 28 years; if there is no match by then, there is none.
        for _ in 0..366 * 28 {
            if self.takes(date) {
                for hour in &self.hours {
                    for minute in &self.minutes {
                        let time =
                            date.at(i8::try_from(*hour).ok()?, i8::try_from(*minute).ok()?, 0, 0);
                        if time > now {
                            return Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp());
                        }
                    }
                }
            }
            date = date.checked_add(1.day()).ok()?;
        }
        None
    }

    fn takes(&self, date: Date) -> bool {
        let day_fits = match &self.days {
            Days::OfMonth(days) => days.contains(&i16::from(date.day())),
            Days::LastOfMonth => date.day() == date.days_in_month(),
            Days::OfWeek(days) => days.contains(&i16::from(date.weekday().to_sunday_one_offset())),
        };
        day_fits
            && self.months.contains(&i16::from(date.month()))
            && self.years.contains(&date.year())
    }
}

fn rate(inner: &str) -> Option<Schedule> {
    let (number, unit) = inner.trim().split_once(' ')?;
    let number: u64 = number.parse().ok().filter(|number| *number > 0)?;
    let seconds = match unit.trim().trim_end_matches('s') {
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        _ => return None,
    };
    Some(Schedule::Rate(Duration::from_secs(number * seconds)))
}

fn cron(inner: &str) -> Result<Schedule, String> {
    let fields: Vec<&str> = inner.split_whitespace().collect();
    let [minutes, hours, days, months, weekdays, years] = fields[..] else {
        return Err(
            "six fields are expected: minutes hours day-of-month month day-of-week year".to_owned()
        );
    };
    let days = match (days, weekdays) {
        ("L", "?") => Days::LastOfMonth,
        (days, "?") => Days::OfMonth(field(days, 1, 31, &[])?),
        ("?", weekdays) => Days::OfWeek(field(weekdays, 1, 7, &WEEKDAYS)?),
        _ => return Err("one of day-of-month and day-of-week must be ?".to_owned()),
    };
    Ok(Schedule::Cron(Box::new(Cron {
        minutes: field(minutes, 0, 59, &[])?,
        hours: field(hours, 0, 23, &[])?,
        days,
        months: field(months, 1, 12, &MONTHS)?,
        years: field(years, 1970, 2199, &[])?,
    })))
}

/// Parses `*`, `5`, `1-5`, `*/15`, `10/5`, names, and lists of them.
fn field(text: &str, low: i16, high: i16, names: &[&str]) -> Result<BTreeSet<i16>, String> {
    let bad = || format!("{text:?} is not valid; values are from {low} to {high}");
    let number = |text: &str| -> Result<i16, String> {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let value = match named {
            Some(position) => i16::try_from(position).map_err(|_| bad())? + low,
            None => text.parse().map_err(|_| bad())?,
        };
        if (low..=high).contains(&value) { Ok(value) } else { Err(bad()) }
    };
    let mut values = BTreeSet::new();
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => {
                (range, Some(step.parse::<usize>().ok().filter(|step| *step > 0).ok_or_else(bad)?))
            }
            None => (part, None),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (low, high),
            Some((from, to)) => (number(from)?, number(to)?),
            None if step.is_some() => (number(range)?, high),
            None => (number(range)?, number(range)?),
        };
        values.extend((from..=to).step_by(step.unwrap_or(1)));
    }
    if values.is_empty() { Err(bad()) } else { Ok(values) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(expression: &str, now: &str) -> String {
        let next = parse(expression).unwrap().next(now.parse().unwrap());
        next.map_or("never".to_owned(), |time| time.to_string())
    }

    #[test]
    fn the_next_time_is_found() {
        for (expression, now, expected) in [
            ("rate(5 minutes)", "2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z"),
            ("rate(1 day)", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
            ("cron(0 12 * * ? *)", "2026-01-01T12:00:00Z", "2026-01-02T12:00:00Z"),
            ("cron(*/15 * * * ? *)", "2026-01-01T12:01:10Z", "2026-01-01T12:15:00Z"),
            ("cron(0 8 ? * MON-FRI *)", "2026-11-20T09:00:00Z", "2026-11-23T08:00:00Z"),
            ("cron(0 0 L * ? *)", "2028-02-01T00:00:00Z", "2028-02-29T00:00:00Z"),
            ("cron(0 0 29 FEB ? *)", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"),
            ("cron(0 0 1 1 ? 2025)", "2026-01-01T00:00:00Z", "never"),
            ("at(2026-05-01T10:00:00)", "2026-01-01T00:00:00Z", "2026-05-01T10:00:00Z"),
            ("at(2025-05-01T10:00:00)", "2026-01-01T00:00:00Z", "never"),
        ] {
            assert_eq!(next(expression, now), expected, "{expression}");
        }
    }

    #[test]
    fn invalid_expressions_are_rejected() {
        for expression in [
            "every day",
            "rate(0 minutes)",
            "rate(5 fortnights)",
            "cron(0 12 * * *)",
            "cron(0 12 * * * *)",
            "cron(99 * * * ? *)",
        ] {
            assert!(parse(expression).is_err(), "{expression}");
        }
    }
}
