//! Parses a request as a type: in one pass if it is valid, and in several passes to find all
//! violations otherwise.

use garde::Validate;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

use super::conform::conformed;
use super::pointer::Place;
use super::strict::Strict;
use crate::response::violations::MOST_ERRORS;
use crate::response::violations::Violations;

/// Parses a `T` and validates it. Returns `None` if a member is unknown or any value is invalid.
pub(crate) fn read<'de, T>(source: impl serde::Deserializer<'de>) -> Option<T>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    let mut unknown = false;
    let read: T = serde_ignored::deserialize(source, |_| unknown = true).ok()?;
    (!unknown && read.validate().is_ok()).then_some(read)
}

/// Finds everything that is wrong with a request that [`read`] rejects.
///
/// The request is first compared with the schema of `T`, and invalid values are replaced by valid
/// ones. It can then be parsed and validated, so that violations that the schema can't express are
/// found in the same pass. A value that the schema allows, but parsing rejects, is replaced in the
/// same way, at most as often as a response can list violations.
pub(crate) fn everything_wrong<T>(value: Value, place: Place) -> Violations
where
    T: DeserializeOwned + Validate<Context = ()> + ToSchema,
{
    let mut conformed = conformed::<T>(value, place);
    for _ in 0..MOST_ERRORS {
        let mut track = serde_path_to_error::Track::new();
        let source =
            serde_path_to_error::Deserializer::new(Strict(conformed.value.clone()), &mut track);
        match T::deserialize(source) {
            Ok(input) => {
                if let Err(report) = input.validate() {
                    for (path, error) in report.iter() {
                        conformed.add(
                            place.pointer_of(&path.to_string(), camel_case),
                            error.message().to_owned(),
                        );
                    }
                }
                break;
            }
            Err(_) => {
                let pointer = place.pointer_of(&track.path().to_string(), str::to_owned);
                if !conformed.refuse(&pointer) {
                    break;
                }
            }
        }
    }
    if conformed.found.is_empty() {
        conformed.refuse_all();
    }
    conformed.found
}

/// Converts a Rust field's name to the member's name in JSON. (garde 0.23 accepts `rename`, but
/// ignores it.)
fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut after_underscore = false;
    for character in name.chars() {
        match character {
            '_' => after_underscore = true,
            _ if std::mem::take(&mut after_underscore) => {
                camel.push(character.to_ascii_uppercase())
            }
            _ => camel.push(character),
        }
    }
    camel
}
