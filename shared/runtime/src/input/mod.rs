//! The input of handlers, parsed once and validated as a whole.

mod conform;
mod expected;
mod json;
mod line;
mod parse;
mod pointer;
mod query;
mod read;
mod strict;
#[cfg(test)]
mod tests;
mod unique;

use builder_store::error::Violation;
use bytes::Bytes;
use http::StatusCode;

use crate::call::Call;
use crate::response::problem::Problem;
use crate::response::violations::Violations;
use crate::schema::shape::Shape;
pub use json::{Json, Patch};
pub use line::{Line, PostalCode};
pub use parse::{read_as, reads_as};
use pointer::{Place, Step};
pub use query::Query;

/// The largest JSON body: 1 MB.
pub(crate) const MAX_BODY_BYTES: usize = 1024 * 1024;

/// The text for an unknown member.
const UNKNOWN: &str = "is not a known member: remove it";

/// An argument of a handler besides the [`Call`].
pub trait Input: Sized + Send + 'static {
    /// Takes it from the request.
    ///
    /// # Errors
    /// The [`Problem`] that tells the client what to change.
    fn take(call: &Call) -> Result<Self, Problem>;
    /// Adds it to the route's description.
    fn describe(shape: &mut Shape);
}

/// The body as it was sent, byte by byte: for what is signed.
#[derive(Debug)]
pub struct BodyBytes(pub Bytes);

impl Input for BodyBytes {
    fn take(call: &Call) -> Result<Self, Problem> {
        check_size(call)?;
        refuse(unknown_parameters(call))?;
        Ok(Self(call.body.clone()))
    }

    fn describe(shape: &mut Shape) {
        shape.any_json();
    }
}

/// Whatever body is sent, it is not looked at: for the route that refuses what no other route
/// matches.
#[derive(Debug)]
pub struct AnyBody;

impl Input for AnyBody {
    fn take(_: &Call) -> Result<Self, Problem> {
        Ok(Self)
    }

    fn describe(_: &mut Shape) {}
}

/// The input of a route without input: neither a query nor a body.
pub(crate) fn refuse_input(call: &Call) -> Result<(), Problem> {
    let mut found = unknown_parameters(call);
    found.extend(unwanted_body(call)?);
    refuse(found)
}

/// The parameters in the query of a route that takes none.
fn unknown_parameters(call: &Call) -> Violations {
    let given: std::collections::BTreeSet<_> =
        form_urlencoded::parse(call.query.as_bytes()).map(|(name, _)| name).collect();
    let mut found = Violations::default();
    for name in given {
        found.add(|| Violation::new(Place::Query.pointer(&[Step::Member(&name)]), UNKNOWN));
    }
    found
}

/// The body of a route that takes none; an empty object passes.
fn unwanted_body(call: &Call) -> Result<Violations, Problem> {
    check_size(call)?;
    let mut found = Violations::default();
    if call.body.is_empty() || call.body.as_ref() == b"{}" {
        return Ok(found);
    }
    if serde_json::from_slice::<serde::de::IgnoredAny>(&call.body).is_err() {
        return Err(Problem::malformed(
            "This route takes no body, and this one is no valid JSON either.",
        ));
    }
    found.add(|| Violation::new("", "this route takes no body"));
    Ok(found)
}

fn refuse(found: Violations) -> Result<(), Problem> {
    if found.is_empty() { Ok(()) } else { Err(Problem::refused(found)) }
}

fn check_size(call: &Call) -> Result<(), Problem> {
    if call.body.len() > MAX_BODY_BYTES {
        let detail = format!(
            "The body has {} bytes; at most {MAX_BODY_BYTES} are accepted.",
            call.body.len()
        );
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "content-too-large", detail));
    }
    Ok(())
}
