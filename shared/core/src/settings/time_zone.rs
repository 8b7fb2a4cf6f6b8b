//! The seller's time zone.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A time zone of the IANA database, such as `Europe/Berlin`. The database is part of the program.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZone(jiff::tz::TimeZone);

/// The error for a text that isn't the name of a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the name of an IANA time zone, such as Europe/Berlin")]
pub struct TimeZoneError;

impl TimeZone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(jiff::tz::TimeZone::UTC);

    /// Returns the day of a time.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> Date {
        at.to_zoned(self.0.clone()).date()
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }
}

impl FromStr for TimeZone {
    type Err = TimeZoneError;

    fn from_str(name: &str) -> Result<Self, TimeZoneError> {
        jiff::tz::TimeZone::get(name).map(Self).map_err(|_| TimeZoneError)
    }
}

impl TryFrom<String> for TimeZone {
    type Error = TimeZoneError;

    fn try_from(name: String) -> Result<Self, TimeZoneError> {
        name.parse()
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> Self {
        zone.name().to_owned()
    }
}

impl fmt::Debug for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl utoipa::PartialSchema for TimeZone {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::schema::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::SchemaType::Type(
                utoipa::openapi::schema::Type::String,
            ))
            .description(Some("The name of an IANA time zone."))
            .examples([serde_json::json!("Europe/Berlin")])
            .into()
    }
}

impl utoipa::ToSchema for TimeZone {}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_computed_in_the_time_zone() {
        let berlin: TimeZone = "Europe/Berlin".parse().unwrap();
        let at = "2026-12-31T23:30:00Z".parse().unwrap();
        assert_eq!((berlin.day(at), TimeZone::UTC.day(at)), (date(2027, 1, 1), date(2026, 12, 31)));
        let losses: TimeZone = "america/los_angeles".parse().unwrap();
        assert_eq!((losses.name(), losses.day(at)), ("America/Los_Angeles", date(2026, 12, 31)));
    }

    #[test]
    fn unknown_names_are_rejected() {
        for name in ["", "Berlin", "Europe/Atlantis", "+01:00", "../etc/passwd"] {
            assert_eq!(name.parse::<TimeZone>(), Err(TimeZoneError), "{name}");
        }
    }
}
