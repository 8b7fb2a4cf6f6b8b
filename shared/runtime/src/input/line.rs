//! Lines of text.

use builder_identity::contact::{LINE_LENGTH, POSTAL_CODE_LENGTH, check_line};
use garde::Validate;
use serde::Deserialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// One line of text, according to [`check_line`], of 1 to `MAX` characters.
///
/// As a member of a request, check it with `#[garde(dive)]` and describe it with
/// `#[schema(inline)]`.
#[derive(Debug, Deserialize, Validate)]
#[serde(transparent)]
#[garde(transparent)]
pub struct Line<const MAX: usize = LINE_LENGTH>(
    #[garde(length(chars, min = 1, max = MAX), custom(is_line))] String,
);

/// A postal code.
pub type PostalCode = Line<POSTAL_CODE_LENGTH>;

fn is_line(text: &str, _: &()) -> garde::Result {
    check_line(text).map_err(garde::Error::new)
}

impl<const MAX: usize> From<Line<MAX>> for String {
    fn from(line: Line<MAX>) -> Self {
        line.0
    }
}

impl<const MAX: usize> PartialSchema for Line<MAX> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(MAX))
            .pattern(Some(
                r"^[^\s\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>][^\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF<>]*$",
            ))
            .into()
    }
}

impl<const MAX: usize> ToSchema for Line<MAX> {}
