//! Texts that represent values of the domain. They are checked with the rest of the request, so
//! that all violations are reported at once, and parsed afterwards.

use std::fmt::Display;
use std::str::FromStr;

use builder_store::error::Error;

/// Checks that a text can be parsed as a `T`: for `#[garde(custom(reads_as::<T>))]`.
///
/// # Errors
/// The error of parsing a `T`.
pub fn reads_as<T: FromStr<Err: Display>>(text: &str, _: &()) -> garde::Result {
    text.parse::<T>().map(drop).map_err(garde::Error::new)
}

/// Parses a `T` from the text at `pointer`, which [`reads_as`] has checked.
///
/// # Errors
/// [`Error::Invalid`] if it can't be parsed.
pub fn read_as<T: FromStr<Err: Display>>(pointer: &str, text: &str) -> Result<T, Error> {
    text.parse().map_err(|error: T::Err| Error::invalid(pointer, error.to_string()))
}
