//! What handlers take from a request, parsed once and validated as a whole.

use builder_core::error::Violation;
use bytes::Bytes;
use garde::Validate;
use http::StatusCode;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use crate::call::Call;
use crate::conform;
use crate::openapi::Shape;
use crate::problem::Problem;
use crate::strict::Strict;
use crate::unique::Unique;

/// The largest JSON body: 1 MB.
pub(crate) const MAX_BODY_BYTES: usize = 1024 * 1024;

/// What is said of a member that we don't know.
pub(crate) const UNKNOWN: &str = "is not known here: remove it";

/// Something a handler can ask for beside the [`Call`].
pub trait Input: Sized + Send + 'static {
    /// Takes it from the request.
    ///
    /// # Errors
    /// The [`Problem`] that tells the client what to change.
    fn take(call: &Call) -> Result<Self, Problem>;
    /// Adds it to the route's description.
    fn describe(shape: &mut Shape);
}

/// A JSON body. Unknown members are refused; all violations are told at once.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// The query string. Unknown parameters are refused; all violations are told at once.
#[derive(Debug)]
pub struct Query<T>(pub T);

/// The body as it was sent, byte by byte: for what is signed.
#[derive(Debug)]
pub struct BodyBytes(pub Bytes);

impl Input for BodyBytes {
    fn take(call: &Call) -> Result<Self, Problem> {
        check_size(call)?;
        refuse_query(call)?;
        Ok(Self(call.body.clone()))
    }

    fn describe(shape: &mut Shape) {
        shape.any_json();
    }
}

/// Whatever body is sent, it is not looked at: for the route that refuses what no other route matches.
#[derive(Debug)]
pub struct AnyBody;

impl Input for AnyBody {
    fn take(_: &Call) -> Result<Self, Problem> {
        Ok(Self)
    }

    fn describe(_: &mut Shape) {}
}

impl<T> Input for Json<T>
where
    T: DeserializeOwned + Validate<Context = ()> + ToSchema + Send + 'static,
{
    fn take(call: &Call) -> Result<Self, Problem> {
        check_size(call)?;
        let content_type = call.header("content-type").unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            let detail = "The body must be JSON: send it with Content-Type: application/json.";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", detail));
        }
        if call.header("content-encoding").is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
            let detail = "The body must not be compressed: send it without Content-Encoding.";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", detail));
        }
        refuse_query(call)?;
        // Syntax first: a body that is no JSON is another mistake than a value of the wrong type.
        let Unique(value) = serde_json::from_slice(&call.body)
            .map_err(|error| Problem::malformed(format!("The body is no valid JSON: {error}.")))?;
        let input = read(Strict(value), Place::Body).map_err(|violations| refused::<T>(call, violations))?;
        validate(&input, Place::Body)?;
        Ok(Self(input))
    }

    fn describe(shape: &mut Shape) {
        shape.request_body::<T>();
    }
}

/// A JSON body that may be left out.
impl<T> Input for Option<Json<T>>
where
    T: DeserializeOwned + Validate<Context = ()> + ToSchema + Send + 'static,
{
    fn take(call: &Call) -> Result<Self, Problem> {
        if call.body.is_empty() {
            refuse_query(call)?;
            return Ok(None);
        }
        Json::take(call).map(Some)
    }

    fn describe(shape: &mut Shape) {
        shape.optional_request_body::<T>();
    }
}

impl<T> Input for Query<T>
where
    T: DeserializeOwned + Validate<Context = ()> + ToSchema + Send + 'static,
{
    fn take(call: &Call) -> Result<Self, Problem> {
        refuse_body(call)?;
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_str(&call.query).map_err(|_| Problem::malformed("The query string is not well-formed."))?;
        let mut seen = std::collections::HashSet::new();
        let twice: Vec<_> = pairs
            .iter()
            .filter(|(name, _)| !seen.insert(name))
            .map(|(name, _)| Violation::new(format!("?{name}"), "is given more than once"))
            .collect();
        if !twice.is_empty() {
            return Err(Problem::invalid(twice));
        }
        let source = serde_urlencoded::Deserializer::new(url_pairs(&call.query));
        let input = read(source, Place::Query).map_err(Problem::invalid)?;
        validate(&input, Place::Query)?;
        Ok(Self(input))
    }

    fn describe(shape: &mut Shape) {
        shape.query::<T>();
    }
}

/// What a route takes that asks for no input.
pub(crate) fn refuse_input(call: &Call) -> Result<(), Problem> {
    refuse_query(call)?;
    refuse_body(call)
}

/// A route without parameters takes none.
fn refuse_query(call: &Call) -> Result<(), Problem> {
    let given: std::collections::BTreeSet<_> = url_pairs(&call.query).map(|(name, _)| name).collect();
    if given.is_empty() {
        return Ok(());
    }
    Err(Problem::invalid(given.iter().map(|name| Violation::new(format!("?{name}"), UNKNOWN)).collect()))
}

/// A route without a JSON input takes no body, but lets an empty object pass.
fn refuse_body(call: &Call) -> Result<(), Problem> {
    check_size(call)?;
    if call.body.is_empty() || call.body.as_ref() == b"{}" {
        return Ok(());
    }
    if serde_json::from_slice::<serde::de::IgnoredAny>(&call.body).is_err() {
        return Err(Problem::malformed("This route takes no body, and this one is no valid JSON either."));
    }
    Err(Problem::invalid(vec![Violation::new("", "this route takes no body")]))
}

fn check_size(call: &Call) -> Result<(), Problem> {
    if call.body.len() > MAX_BODY_BYTES {
        let detail = format!("The body has {} bytes; at most {MAX_BODY_BYTES} are accepted.", call.body.len());
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "content-too-large", detail));
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Place {
    Body,
    Query,
}

impl Place {
    /// A path such as `items[0].quantity` as a pointer: `/items/0/quantity` in a body, `?limit` in a query.
    fn pointer(self, path: &str) -> String {
        match self {
            Self::Query => format!("?{path}"),
            Self::Body => {
                let mut pointer = String::new();
                for part in path.split(['.', '[']).map(|part| part.trim_end_matches(']')).filter(|part| !part.is_empty()) {
                    pointer.push('/');
                    pointer.push_str(&escaped(part));
                }
                pointer
            }
        }
    }
}

/// A member's name as a part of a JSON pointer (RFC 6901, section 3).
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The problem of a body that can't be read: `found` in reading it, and what else its schema doesn't allow.
fn refused<T: ToSchema>(call: &Call, mut found: Vec<Violation>) -> Problem {
    let body = serde_json::from_slice(&call.body).unwrap_or_default();
    let violations = conform::violations::<T>(&body);
    // The schema says it better than the reader does: `/name is missing`, not `missing field` somewhere above it.
    found.retain(|known| !violations.iter().any(|better| better.pointer.starts_with(&known.pointer)));
    found.extend(violations);
    Problem::invalid(found)
}

/// Reads a `T`, collecting every unknown member on the way.
fn read<'de, T: DeserializeOwned>(source: impl serde::Deserializer<'de>, place: Place) -> Result<T, Vec<Violation>> {
    let mut unknown = Vec::new();
    let mut track = serde_path_to_error::Track::new();
    let traced = serde_path_to_error::Deserializer::new(source, &mut track);
    let read = serde_ignored::deserialize(traced, |path| unknown.push(path.to_string().replace(".?", "")));
    let mut violations: Vec<Violation> = unknown.iter().map(|path| Violation::new(place.pointer(path), UNKNOWN)).collect();
    match read {
        Ok(value) if violations.is_empty() => Ok(value),
        Ok(_) => Err(violations),
        Err(error) => {
            let path = track.path().to_string();
            let path = if path == "." { "" } else { &path };
            violations.push(Violation::new(place.pointer(path), error.to_string()));
            Err(violations)
        }
    }
}

fn validate<T: Validate<Context = ()>>(input: &T, place: Place) -> Result<(), Problem> {
    input.validate().map_err(|report| {
        let violations = report
            .iter()
            .map(|(path, error)| Violation::new(place.pointer(&camel_case(&path.to_string())), error.message().to_owned()))
            .collect();
        Problem::invalid(violations)
    })
}

/// A path of Rust's field names as the members are named in JSON. (garde 0.23 takes `rename`, but doesn't heed it.)
fn camel_case(path: &str) -> String {
    let mut name = String::with_capacity(path.len());
    let mut after_underscore = false;
    for character in path.chars() {
        match character {
            '_' => after_underscore = true,
            _ if std::mem::take(&mut after_underscore) => name.push(character.to_ascii_uppercase()),
            _ => name.push(character),
        }
    }
    name
}

fn url_pairs(query: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(query.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, Validate)]
    #[serde(rename_all = "camelCase")]
    struct Order {
        #[garde(dive, length(min = 1))]
        items: Vec<Item>,
    }

    #[derive(Debug, Deserialize, Validate)]
    #[serde(rename_all = "camelCase")]
    struct Item {
        #[garde(range(min = 1))]
        quantity: u32,
        #[serde(default)]
        #[garde(length(max = 2))]
        gift_note: String,
    }

    fn pointers(problem: &Problem) -> Vec<String> {
        let body: serde_json::Value = serde_json::from_str(&problem.body("/", "r")).unwrap();
        body["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn unknown_members_are_all_named() {
        let body = serde_json::json!({"items": [{"quantity": 1, "price": 2}], "total": 3});
        let problem = Problem::invalid(read::<Order>(body, Place::Body).unwrap_err());
        assert_eq!(pointers(&problem), ["/items/0/price", "/total"]);
    }

    #[test]
    fn a_wrong_type_is_named_by_its_place() {
        let body = serde_json::json!({"items": [{"quantity": 1}, {"quantity": "two"}]});
        let problem = Problem::invalid(read::<Order>(body, Place::Body).unwrap_err());
        assert_eq!(pointers(&problem), ["/items/1/quantity"]);
    }

    #[test]
    fn all_violations_are_told_at_once() {
        let order: Order =
            serde_json::from_value(serde_json::json!({"items": [{"quantity": 0}, {"quantity": 0, "giftNote": "long"}]})).unwrap();
        let problem = validate(&order, Place::Body).unwrap_err();
        assert_eq!(pointers(&problem), ["/items/0/quantity", "/items/1/giftNote", "/items/1/quantity"]);
    }
}
