//! JSON bodies.

use garde::Validate;
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;
use utoipa::ToSchema;

use super::pointer::Place;
use super::read::{everything_wrong, read};
use super::strict::Strict;
use super::unique::{TWICE, Unique};
use super::{Input, check_size, refuse, unknown_parameters};
use crate::call::Call;
use crate::response::problem::Problem;
use crate::schema::shape::Shape;

/// The media type of JSON Merge Patch (RFC 7396), which is how every PATCH here is read.
pub(crate) const MERGE_PATCH: &str = "application/merge-patch+json";
const JSON: &str = "application/json";

/// A JSON body. Unknown members are rejected; all violations are reported together.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// A JSON body that says what to change, as JSON Merge Patch does (RFC 7396): a member left out
/// stays, `null` removes it. It may be sent under the media type of either JSON or JSON Merge
/// Patch.
#[derive(Debug)]
pub struct Patch<T>(pub T);

impl<T> Input for Json<T>
where
    T: DeserializeOwned + Validate<Context = ()> + ToSchema + Send + 'static,
{
    fn take(call: &Call) -> Result<Self, Problem> {
        body(call, &[JSON]).map(Self)
    }

    fn describe(shape: &mut Shape) {
        shape.request_body::<T>(&[JSON]);
    }
}

/// A JSON body that may be left out.
impl<T> Input for Option<Json<T>>
where
    T: DeserializeOwned + Validate<Context = ()> + ToSchema + Send + 'static,
{
    fn take(call: &Call) -> Result<Self, Problem> {
        if call.body.is_empty() {
            refuse(unknown_parameters(call))?;
            return Ok(None);
        }
        Json::take(call).map(Some)
    }

    fn describe(shape: &mut Shape) {
        Json::<T>::describe(shape);
        shape.request_is_optional();
    }
}

impl<T> Input for Patch<T>
where
    T: DeserializeOwned + Validate<Context = ()> + ToSchema + Send + 'static,
{
    fn take(call: &Call) -> Result<Self, Problem> {
        body(call, &[JSON, MERGE_PATCH]).map(Self).map_err(|problem| match problem.status() {
            // RFC 5789, section 2.2.
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                problem.header("accept-patch", format!("{MERGE_PATCH}, {JSON}"))
            }
            _ => problem,
        })
    }

    fn describe(shape: &mut Shape) {
        shape.request_body::<T>(&[JSON, MERGE_PATCH]);
    }
}

fn body<T>(call: &Call, types: &[&str]) -> Result<T, Problem>
where
    T: DeserializeOwned + Validate<Context = ()> + ToSchema,
{
    check_size(call)?;
    check_type(call, types)?;
    // Syntax first: a body that is not JSON is a different error than a value of the wrong type.
    let value = parse(&call.body)?;
    let mut found = unknown_parameters(call);
    match read(Strict(value)) {
        Some(input) => refuse(found).map(|()| input),
        None => {
            found.extend(everything_wrong::<T>(parse(&call.body)?, Place::Body));
            Err(Problem::refused(found))
        }
    }
}

fn parse(body: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(body)
        .map(|Unique(value)| value)
        .map_err(|error| Problem::malformed(syntax(&error)))
}

/// Returns the description of a JSON syntax error.
fn syntax(error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    let text = error.to_string();
    match error.classify() {
        Category::Eof => "The body is not valid JSON: it ends unexpectedly.".to_owned(),
        _ if text.starts_with(TWICE) => {
            format!("The body has a duplicate member, at {place}. Send each member once.")
        }
        _ if text.starts_with("recursion limit") => {
            format!("The body has more than 127 levels of nesting, at {place}.")
        }
        _ => format!("The body is not valid JSON: there is a syntax error at {place}."),
    }
}

fn check_type(call: &Call, types: &[&str]) -> Result<(), Problem> {
    let unsupported = |detail: String| {
        Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", detail))
    };
    let content_type = call.header("content-type").unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !types.iter().any(|accepted| essence.eq_ignore_ascii_case(accepted)) {
        return unsupported(format!(
            "The body must be JSON: send it with Content-Type: {}.",
            types.join(" or ")
        ));
    }
    if call
        .header("content-encoding")
        .is_some_and(|coding| !coding.eq_ignore_ascii_case("identity"))
    {
        return unsupported(
            "The body must not be compressed: send it without Content-Encoding.".to_owned(),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax_errors_have_a_description_and_position() {
        let deep = "[".repeat(200);
        for (body, detail) in [
            ("", "it ends unexpectedly"),
            ("{\"a\":", "it ends unexpectedly"),
            ("{\"a\":1,\"a\":2}", "has a duplicate member, at line 1, column 1"),
            ("{\n a:1}", "there is a syntax error at line 2, column 2"),
            ("{\"a\":1e999}", "there is a syntax error at line 1"),
            ("\u{feff}{}", "there is a syntax error at line 1, column 1"),
            (&deep, "has more than 127 levels of nesting, at line 1, column 128"),
        ] {
            let said = parse(body.as_bytes()).unwrap_err().detail.into_owned();
            assert!(said.contains(detail), "{body:.20}: {said}");
        }
    }
}
