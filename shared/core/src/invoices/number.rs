//! Numbers without gaps.
//!
//! A series is identified by the prefix of its numbers, so two series can't produce the same
//! number. Its counter is incremented from n to n + 1 in the commit that stores document n + 1, on
//! the condition that it is still n: concurrent commits can't get the same number, and a failed one
//! leaves no gap.

use std::collections::HashMap;

use builder_store::commit::Commit;
use builder_store::error::{Error, Result};
use builder_store::table::{Table, counted, number};
use jiff::civil::Date;

use crate::{keys, settings};

/// The minimum number of digits.
const DIGITS: usize = 6;

/// A number to assign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// The prefix of the series' numbers: `INV-2026-`.
    pub series: String,
    /// The position in the series, starting at 1.
    pub sequence: u64,
}

/// Returns the series of documents issued on this day.
#[must_use]
pub fn series(prefix: &str, settings: &settings::Invoices, day: Date) -> String {
    if settings.restarts_yearly { format!("{prefix}{:04}-", day.year()) } else { prefix.to_owned() }
}

impl Number {
    /// Returns the number as printed on the document.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}{:0DIGITS$}", self.series, self.sequence)
    }

    /// Assigns this number in the commit, which fails with [`Error::VersionConflict`] if another
    /// commit has assigned it.
    pub fn take(&self, commit: &mut Commit) {
        let mut values = HashMap::from([(":sequence".to_owned(), counted(self.sequence))]);
        let condition = if self.sequence == 1 {
            "attribute_not_exists(pk)"
        } else {
            values.insert(":before".to_owned(), counted(self.sequence - 1));
            "given = :before"
        };
        commit.update(
            keys::series(&self.series),
            "SET given = :sequence",
            condition,
            values,
            Error::VersionConflict,
        );
    }
}

/// Returns the next number of a series.
///
/// # Errors
/// As [`Table::get`].
pub async fn next(table: &Table, series: String) -> Result<Number> {
    let given =
        table.get(&keys::series(&series)).await?.as_ref().and_then(|item| number(item, "given"));
    let sequence = u64::try_from(given.unwrap_or_default()).unwrap_or_default() + 1;
    Ok(Number { series, sequence })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_consists_of_its_series_and_position() {
        let settings = settings::Invoices::default();
        let day = jiff::civil::date(2026, 11, 22);
        let series_of = |settings: &settings::Invoices| series(&settings.prefix, settings, day);
        let number = |sequence| Number { series: series_of(&settings), sequence }.text();
        assert_eq!(
            (number(1), number(1_234_567)),
            ("INV-2026-000001".to_owned(), "INV-2026-1234567".to_owned())
        );
        assert_eq!(
            series_of(&settings::Invoices { restarts_yearly: false, ..settings.clone() }),
            "INV-"
        );
    }
}
