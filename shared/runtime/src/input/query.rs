//! Query strings.

use std::collections::HashSet;

use builder_store::error::Violation;
use garde::Validate;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::pointer::{Place, Step};
use super::read::{everything_wrong, read};
use super::{Input, unwanted_body};
use crate::call::Call;
use crate::response::problem::Problem;
use crate::schema::schemas::Schemas;
use crate::schema::shape::Shape;

/// The query string. Unknown parameters are rejected; all violations are reported together.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T> Input for Query<T>
where
    T: DeserializeOwned + Validate<Context = ()> + ToSchema + Send + 'static,
{
    fn take(call: &Call) -> Result<Self, Problem> {
        let mut found = unwanted_body(call)?;
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(call.query.as_bytes()).into_owned().collect();
        let mut seen = HashSet::new();
        for (name, _) in pairs.iter().filter(|(name, _)| !seen.insert(name)) {
            found.add(|| {
                Violation::new(
                    Place::Query.pointer(&[Step::Member(name)]),
                    "is given more than once",
                )
            });
        }
        let once = found.is_empty();
        let input = read(serde_urlencoded::Deserializer::new(form_urlencoded::parse(
            call.query.as_bytes(),
        )));
        match input {
            Some(input) if once => Ok(Self(input)),
            Some(_) => Err(Problem::refused(found)),
            None => {
                let wrong = everything_wrong::<T>(typed::<T>(pairs), Place::Query);
                // A duplicate parameter also fails to parse as a whole, although its first value
                // may be valid.
                if once || !wrong.is_only_of_the_whole() {
                    found.extend(wrong);
                }
                Err(Problem::refused(found))
            }
        }
    }

    fn describe(shape: &mut Shape) {
        shape.query::<T>();
    }
}

/// Converts the parameters to an object: numbers where the schema of `T` has numbers, otherwise
/// texts. The first of duplicate parameters is used.
fn typed<T: ToSchema>(pairs: Vec<(String, String)>) -> Value {
    let mut schemas = Schemas::default();
    schemas.reference::<T>(true);
    let properties = schemas.get(&T::name()).map(|schema| &schema["properties"]);
    let mut object = Map::new();
    for (name, text) in pairs {
        let types = properties
            .and_then(|known| known.get(&name))
            .map(|schema| schema["type"].to_string())
            .unwrap_or_default();
        let value = match text.parse::<i64>() {
            Ok(number) if types.contains("integer") => number.into(),
            _ if types.contains("boolean") && ["true", "false"].contains(&text.as_str()) => {
                (text == "true").into()
            }
            _ => text.into(),
        };
        object.entry(name).or_insert(value);
    }
    object.into()
}
