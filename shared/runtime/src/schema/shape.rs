//! The description of a route for the OpenAPI document.
//! A route contains function pointers instead of schemas, so that only the tool that writes the
//! document creates them, and cold starts don't.

use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::schema::schemas::{BodyOf, Schemas, to_json};

/// The input and output of a route, for the document.
#[derive(Debug, Clone)]
pub struct Shape {
    /// The summary, a few words.
    pub(crate) summary: &'static str,
    /// The description, in sentences; can be empty.
    pub(crate) description: &'static str,
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) refusals: Vec<Refusal>,
    /// Whether it accepts `If-Match`, and whether it is required.
    pub(crate) if_match: Option<bool>,
    /// Whether it returns 200 instead of 201 if the resource already exists.
    pub(crate) gives_again: bool,
    /// Whether a browser navigation is redirected with 303.
    pub(crate) may_lead_elsewhere: bool,
    /// Whether HEAD is supported, too.
    pub(crate) head: bool,
    /// Whether a success has an `ETag`; a GET then supports 304.
    pub(crate) etag: bool,
    /// Whether a success can set cookies.
    pub(crate) sets_cookies: bool,
    /// Whether a 401 can clear cookies.
    pub(crate) forgets_cookies: bool,
    pub(crate) documented: bool,
    /// Examples of path parameters that are no ids, by name.
    pub(crate) parameters: Vec<(&'static str, &'static str)>,
    /// A header that must be sent: its name, what it is, an example.
    pub(crate) header: Option<[&'static str; 3]>,
    /// The body of a success, where it is not made of a schema of ours.
    pub(crate) example: Option<fn() -> Value>,
    pub(crate) request: Option<Request>,
    /// The media types of the request's body.
    pub(crate) request_types: &'static [&'static str],
    /// Whether the body is optional.
    pub(crate) request_is_optional: bool,
    pub(crate) query: Option<fn(&mut Schemas) -> Value>,
    pub(crate) response: fn(&mut Schemas) -> Option<Value>,
}

/// A problem that a route gives beyond the general ones.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) meaning: &'static str,
    /// Whether it has `Retry-After`.
    pub(crate) passes: bool,
}

/// The body that a route takes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Request {
    /// JSON of this schema, and nothing else.
    Json(fn(&mut Schemas) -> Value),
    /// Some JSON that others define, as bytes of whatever content type.
    Foreign,
}

impl Shape {
    pub(crate) fn of<R: BodyOf>() -> Self {
        Self {
            summary: "",
            description: "",
            status: R::STATUS,
            content_type: "application/json",
            refusals: Vec::new(),
            if_match: None,
            gives_again: false,
            may_lead_elsewhere: false,
            head: false,
            etag: false,
            sets_cookies: false,
            forgets_cookies: false,
            documented: true,
            parameters: Vec::new(),
            header: None,
            example: None,
            request: None,
            request_types: &["application/json"],
            request_is_optional: false,
            query: None,
            response: R::body,
        }
    }

    pub(crate) fn request_body<T: ToSchema>(&mut self, types: &'static [&'static str]) {
        self.request_types = types;
        self.request = Some(Request::Json(|schemas| schemas.reference::<T>(true)));
    }

    /// Says that the body may be left out.
    pub(crate) fn request_is_optional(&mut self) {
        self.request_is_optional = true;
    }

    /// Some JSON that others define.
    pub(crate) fn any_json(&mut self) {
        self.request = Some(Request::Foreign);
    }

    pub(crate) fn query<T: ToSchema>(&mut self) {
        self.query = Some(|_| to_json(&T::schema()));
    }
}

impl Request {
    pub(crate) fn schema(self, schemas: &mut Schemas) -> Value {
        match self {
            Self::Json(schema) => schema(schemas),
            Self::Foreign => json!({ "type": "object", "example": {} }),
        }
    }
}
