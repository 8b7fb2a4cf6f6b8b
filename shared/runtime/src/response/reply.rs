//! Answers of handlers.

use std::marker::PhantomData;

use builder_store::error::Error;
use builder_store::listing::Page;
use http::StatusCode;
use serde::Serialize;

/// A successful answer whose body holds a `T`.
#[derive(Debug)]
pub struct Reply<T> {
    pub(crate) answer: Answer,
    body: PhantomData<fn() -> T>,
}

/// An answer with its type forgotten: what is stored for a repetition, and what goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

/// The body of an [`Answer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// None.
    Empty,
    /// Text, JSON as a rule.
    Text(String),
    /// Anything else.
    Bytes(Vec<u8>),
}

/// The body of an answer that has none.
#[derive(Debug, Clone, Copy)]
pub enum Empty {}

/// The body of an answer that is no envelope of ours: a page, a key set, a document.
#[derive(Debug, Clone, Copy)]
pub enum Raw {}

/// The body of a list.
#[derive(Debug)]
pub struct Many<T>(PhantomData<fn() -> T>);

/// The envelope of a view.
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

    /// The same answer with a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.answer.headers.retain(|(present, _)| present != name);
        self.answer.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The same answer, which sets these cookies too.
    #[must_use]
    pub fn cookies(mut self, cookies: impl IntoIterator<Item = String>) -> Self {
        self.answer
            .headers
            .extend(cookies.into_iter().map(|cookie| ("set-cookie".to_owned(), cookie)));
        self
    }

    /// The same answer with the resource's version as its `ETag`.
    #[must_use]
    pub fn etag(self, version: u64) -> Self {
        self.header("etag", format!("\"{version}\""))
    }

    /// As [`Self::etag`], for a resource that shows something besides its own state (a stock
    /// counter, say): `variant` tells the representations of one version apart. Only the version
    /// counts for `If-Match`.
    #[must_use]
    pub fn etag_with(self, version: u64, variant: impl std::fmt::Display) -> Self {
        self.header("etag", format!("\"{version}.{variant}\""))
    }
}

impl<T: Serialize> Reply<T> {
    /// 200 with `{"data": view}`.
    ///
    /// # Errors
    /// [`Error::Internal`] when the view can't be written as JSON.
    pub fn ok(view: &T) -> Result<Self, Error> {
        Self::json(StatusCode::OK, &Data { data: view })
    }

    /// 201 with `{"data": view}` and where it is to be found.
    ///
    /// # Errors
    /// [`Error::Internal`] when the view can't be written as JSON.
    pub fn created(location: impl Into<String>, view: &T) -> Result<Self, Error> {
        Ok(Self::json(StatusCode::CREATED, &Data { data: view })?.header("location", location))
    }

    /// 202 with `{"data": view}`: it will be done.
    ///
    /// # Errors
    /// [`Error::Internal`] when the view can't be written as JSON.
    pub fn accepted(view: &T) -> Result<Self, Error> {
        Self::json(StatusCode::ACCEPTED, &Data { data: view })
    }
}

impl Reply<Empty> {
    /// 204.
    #[must_use]
    pub fn no_content() -> Self {
        Self::new(StatusCode::NO_CONTENT, Body::Empty)
    }
}

impl<T> Reply<T> {
    /// 303: it is to be had there, by a GET without the credentials of this request. For browsers
    /// that navigate.
    #[must_use]
    pub fn see_other(location: impl Into<String>) -> Self {
        Self::new(StatusCode::SEE_OTHER, Body::Empty).header("location", location)
    }
}

impl Reply<Raw> {
    /// 200 with a body of this content type.
    #[must_use]
    pub fn raw(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let body = String::from_utf8(body)
            .map_or_else(|error| Body::Bytes(error.into_bytes()), Body::Text);
        Self::new(StatusCode::OK, body).header("content-type", content_type)
    }
}

impl<T: Serialize> Reply<Many<T>> {
    /// 200 with one page of a list; `cursor` leads to the next, which there is already when `more`
    /// says so.
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
