//! Numbers without a gap.
//!
//! A series is what its numbers begin with, so no two series can give the same number. Its counter
//! moves from n to n + 1 in the commit that stores the document n + 1, on condition that it still
//! stands at n: two at once can't get the same number, and one that fails leaves none out.

use std::collections::HashMap;

use builder_store::commit::Commit;
use builder_store::error::{Error, Result};
use builder_store::table::{Table, counted, number};
use jiff::civil::Date;

use crate::{keys, settings};

/// How many digits a number has at least.
const DIGITS: usize = 6;

/// A number that is to be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// What the numbers of its series begin with: `INV-2026-`.
    pub series: String,
    /// Its place in the series, from 1 on.
    pub sequence: u64,
}

/// What the numbers of documents of this day begin with.
#[must_use]
pub fn series(prefix: &str, settings: &settings::Invoices, day: Date) -> String {
    if settings.restarts_yearly { format!("{prefix}{:04}-", day.year()) } else { prefix.to_owned() }
}

impl Number {
    /// As it stands on the document.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}{:0DIGITS$}", self.series, self.sequence)
    }

    /// Has the commit give this number. Sending it, [`Error::VersionConflict`] when somebody else
    /// was quicker.
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

/// The next number of a series.
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
    fn a_number_is_its_series_and_its_place() {
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
