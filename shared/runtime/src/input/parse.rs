//! Texts that stand for values of the domain. They are checked with the rest of the request, so
//! that all violations are reported at once, and read afterwards.

use std::fmt::Display;
use std::str::FromStr;

use builder_store::error::Error;

/// Lets a text pass that can be read as a `T`: for `#[garde(custom(reads_as::<T>))]`.
///
/// # Errors
/// What `T` says of the text.
pub fn reads_as<T: FromStr<Err: Display>>(text: &str, _: &()) -> garde::Result {
    text.parse::<T>().map(drop).map_err(garde::Error::new)
}

/// A `T` out of the text at `pointer` that [`reads_as`] has let pass.
///
/// # Errors
/// [`Error::Invalid`] when it can't be read.
pub fn read_as<T: FromStr<Err: Display>>(pointer: &str, text: &str) -> Result<T, Error> {
    text.parse().map_err(|error: T::Err| Error::invalid(pointer, error.to_string()))
}
