//! Responses of handlers.

use std::marker::PhantomData;

use builder_store::error::Error;
use builder_store::listing::Page;
use http::StatusCode;
use serde::Serialize;

/// A successful response whose body contains a `T`.
#[derive(Debug)]
pub struct Reply<T> {
    pub(crate) answer: Answer,
    body: PhantomData<fn() -> T>,
}

/// An untyped response, as stored for a repetition and sent to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

/// The body of an [`Answer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// No body.
    Empty,
    /// Text, usually JSON.
    Text(String),
    /// Binary data.
    Bytes(Vec<u8>),
}

/// The body type of a response without a body.
#[derive(Debug, Clone, Copy)]
pub enum Empty {}

/// The body type of a response without our envelope: a page, a key set, a document.
#[derive(Debug, Clone, Copy)]
pub enum Raw {}

/// The body type of a list.
#[derive(Debug)]
pub struct Many<T>(PhantomData<fn() -> T>);

/// The envelope of a single resource.
#[derive(Serialize)]
struct Data<'a, T> {
    data: &'a T,
}

/// The envelope of a page of a list.
#[derive(Serialize)]
struct Listed<'a, T> {
    data: &'a [T],
    pagination: Pagination,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Pagination {
    cursor: Option<String>,
    has_more: bool,
}

impl<T> Reply<T> {
    fn new(status: StatusCode, body: Body) -> Self {
        Self { answer: Answer { status, headers: Vec::new(), body }, body: PhantomData }
    }

    fn json(status: StatusCode, body: &impl Serialize) -> Result<Self, Error> {
        let body = serde_json::to_string(body).map_err(Error::internal)?;
        Ok(Self::new(status, Body::Text(body)).header("content-type", "application/json"))
    }

    /// Sets a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.answer.headers.retain(|(present, _)| present != name);
        self.answer.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Adds cookies.
    #[must_use]
    pub fn cookies(mut self, cookies: impl IntoIterator<Item = String>) -> Self {
        self.answer
            .headers
            .extend(cookies.into_iter().map(|cookie| ("set-cookie".to_owned(), cookie)));
        self
    }

    /// Sets the `ETag` to the resource's version.
    #[must_use]
    pub fn etag(self, version: u64) -> Self {
        self.header("etag", format!("\"{version}\""))
    }

    /// As [`Self::etag`], for a representation with data besides the resource's own state (for
    /// example a stock counter): `variant` distinguishes the representations of one version.
    /// `If-Match` compares only the version.
    #[must_use]
    pub fn etag_with(self, version: u64, variant: impl std::fmt::Display) -> Self {
        self.header("etag", format!("\"{version}.{variant}\""))
    }
}

impl<T: Serialize> Reply<T> {
    /// Returns a 200 response with `{"data": view}`.
    ///
    /// # Errors
    /// [`Error::Internal`] if the view can't be serialised.
    pub fn ok(view: &T) -> Result<Self, Error> {
        Self::json(StatusCode::OK, &Data { data: view })
    }

    /// Returns a 201 response with `{"data": view}` and the resource's location.
    ///
    /// # Errors
    /// [`Error::Internal`] if the view can't be serialised.
    pub fn created(location: impl Into<String>, view: &T) -> Result<Self, Error> {
        Ok(Self::json(StatusCode::CREATED, &Data { data: view })?.header("location", location))
    }

    /// Returns a 202 response with `{"data": view}`: the request will be processed later.
    ///
    /// # Errors
    /// [`Error::Internal`] if the view can't be serialised.
    pub fn accepted(view: &T) -> Result<Self, Error> {
        Self::json(StatusCode::ACCEPTED, &Data { data: view })
    }
}

impl Reply<Empty> {
    /// Returns a 204 response.
    #[must_use]
    pub fn no_content() -> Self {
        Self::new(StatusCode::NO_CONTENT, Body::Empty)
    }
}

impl<T> Reply<T> {
    /// Returns a 303 redirect to a location that is requested with GET, without the credentials of
    /// this request. For browsers that navigate.
    #[must_use]
    pub fn see_other(location: impl Into<String>) -> Self {
        Self::new(StatusCode::SEE_OTHER, Body::Empty).header("location", location)
    }
}

impl Reply<Raw> {
    /// Returns a 200 response with a body of this content type.
    #[must_use]
    pub fn raw(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let body = String::from_utf8(body)
            .map_or_else(|error| Body::Bytes(error.into_bytes()), Body::Text);
        Self::new(StatusCode::OK, body).header("content-type", content_type)
    }
}

impl<T: Serialize> Reply<Many<T>> {
    /// Returns a 200 response with one page of a list; `cursor` continues the list, and `more` is
    /// whether further items exist already.
    pub(crate) fn page(page: &Page<T>, cursor: Option<String>, more: bool) -> Result<Self, Error> {
        Self::json(
            StatusCode::OK,
            &Listed { data: &page.items, pagination: Pagination { cursor, has_more: more } },
        )
    }
}

impl Answer {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(present, _)| present == name).map(|(_, value)| value.as_str())
    }
}
