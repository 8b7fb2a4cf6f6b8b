//! The API's description as a judge: every answer in the tests must be one that it documents.

use std::collections::HashMap;
use std::sync::LazyLock;

use boon::{Compiler, SchemaIndex, Schemas};
use builder_runtime::Route;
use builder_runtime::openapi::document;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::repository::routes;

/// Where the description is, as far as its references go.
const HOME: &str = "http://described.test/openapi.json";
/// Headers that mean something here, so that none may be sent without being documented.
const TOLD: [&str; 10] = [
    "x-request-id",
    "ratelimit",
    "ratelimit-policy",
    "etag",
    "location",
    "idempotent-replayed",
    "set-cookie",
    "retry-after",
    "www-authenticate",
    "allow",
];

/// The description, with its schemas ready to be asked.
pub struct Described {
    document: Value,
    schemas: Schemas,
    /// By the place in the document that refers to them.
    places: HashMap<String, SchemaIndex>,
}

impl std::fmt::Debug for Described {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Described({} schemas)", self.places.len())
    }
}

/// The description of all routes.
#[must_use]
pub fn described() -> &'static Described {
    static DESCRIBED: LazyLock<Described> = LazyLock::new(|| {
        let routes = routes();
        Described::new(document(&routes.iter().collect::<Vec<&Route>>(), env!("CARGO_PKG_VERSION")))
    });
    &DESCRIBED
}

impl Described {
    fn new(document: Value) -> Self {
        let mut checked = document.clone();
        without_lookaround(&mut checked);
        let mut compiler = Compiler::new();
        compiler.enable_format_assertions();
        compiler
            .add_resource(HOME, checked)
            .unwrap_or_else(|error| panic!("the description can't be read: {error:#}"));
        let (mut schemas, mut places) = (Schemas::new(), HashMap::new());
        for place in contents(&document, String::new()) {
            let schema = compiler
                .compile(&format!("{HOME}#{}", fragment(&format!("{place}/schema"))), &mut schemas);
            places
                .insert(place.clone(), schema.unwrap_or_else(|error| panic!("{place}: {error:#}")));
        }
        Self { document, schemas, places }
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// The places in the document of all that is sent or answered: pointers to media types.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// Whether a body is what the media type at this place says.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn validate(&self, place: &str, body: &Value) -> Result<(), String> {
        let schema =
            self.places.get(place).ok_or_else(|| format!("nothing is described at {place}"))?;
        self.schemas.validate(body, *schema).map_err(|error| format!("{error:#}"))
    }

    /// Whether an answer is one of those documented for its request. Paths that aren't documented
    /// have no say.
    ///
    /// # Errors
    /// What isn't.
    pub fn judge(
        &self,
        method: &Method,
        path: &str,
        status: u16,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(), String> {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let Some((template, operations)) = self.operations(path) else { return Ok(()) };
        let operation = match operations.get(method.as_str().to_lowercase()) {
            Some(_) => method.as_str().to_lowercase(),
            // What a path answers to other methods stands with each that it has.
            None if status == 405 => operations
                .as_object()
                .and_then(|all| all.keys().next())
                .cloned()
                .unwrap_or_default(),
            None => return Ok(()),
        };
        let place = format!("/paths/{}/{operation}/responses/{status}", escaped(template));
        let Some(response) = self.document.pointer(&place) else {
            return Err(format!("{method} {template} documents no {status}"));
        };
        let place =
            response["$ref"].as_str().map_or(place.clone(), |reference| reference[1..].to_owned());
        let response = self.document.pointer(&place).unwrap_or(response);
        self.judge_headers(response, status, headers)
            .map_err(|wrong| format!("{method} {template} {status}: {wrong}"))?;
        self.judge_body(&place, response, headers, body)
            .map_err(|wrong| format!("{method} {template} {status}: {wrong}"))
    }

    /// The template of a path, and the operations there. One without parameters goes first.
    fn operations(&self, path: &str) -> Option<(&str, &Value)> {
        let paths = self.document["paths"].as_object()?;
        let fits = |template: &str| {
            let (wanted, given): (Vec<_>, Vec<_>) =
                (template.split('/').collect(), path.split('/').collect());
            let same = |(wanted, given): (&&str, &&str)| {
                wanted == given || (wanted.starts_with('{') && !given.is_empty())
            };
            wanted.len() == given.len() && wanted.iter().zip(&given).all(same)
        };
        let mut fitting: Vec<_> = paths.iter().filter(|(template, _)| fits(template)).collect();
        fitting.sort_by_key(|(template, _)| template.matches('{').count());
        fitting.first().map(|(template, operations)| (template.as_str(), *operations))
    }

    fn judge_headers(
        &self,
        response: &Value,
        status: u16,
        headers: &HeaderMap,
    ) -> Result<(), String> {
        let documented =
            response["headers"].as_object().into_iter().flatten().map(|(name, header)| {
                let header = header["$ref"]
                    .as_str()
                    .and_then(|to| self.document.pointer(&to[1..]))
                    .unwrap_or(header);
                (name.to_lowercase(), header["required"] == true)
            });
        let documented: HashMap<String, bool> = documented.collect();
        let is_problem = content_type(headers) == "application/problem+json";
        // The gateway's own answers have none of ours.
        if status < 400 || is_problem {
            let missing = documented
                .iter()
                .find(|(name, required)| **required && !headers.contains_key(*name));
            if let Some((name, _)) = missing {
                return Err(format!("the header {name} is documented, but missing"));
            }
        }
        if is_problem && matches!(status, 429 | 503) && !headers.contains_key("retry-after") {
            return Err("there is no Retry-After".into());
        }
        match TOLD
            .iter()
            .find(|name| headers.contains_key(**name) && !documented.contains_key(**name))
        {
            Some(name) => Err(format!("the header {name} is not documented")),
            None => Ok(()),
        }
    }

    fn judge_body(
        &self,
        place: &str,
        response: &Value,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(), String> {
        let Some(contents) = response["content"].as_object() else {
            return if body.is_empty() {
                Ok(())
            } else {
                Err("a body where none is documented".into())
            };
        };
        let sent = content_type(headers);
        if contents.contains_key("*/*") {
            return Ok(());
        }
        if !contents.contains_key(sent) {
            return Err(format!("the content type {sent:?} is not documented"));
        }
        if !sent.ends_with("json") {
            return Ok(());
        }
        let body: Value =
            serde_json::from_slice(body).map_err(|error| format!("no JSON: {error}"))?;
        self.validate(&format!("{place}/content/{}", escaped(sent)), &body)
    }
}

fn content_type(headers: &HeaderMap) -> &str {
    let sent =
        headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    sent.split(';').next().unwrap_or_default().trim()
}

/// A name as a part of a JSON pointer (RFC 6901, section 3).
#[must_use]
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A JSON pointer as the fragment of a URL.
fn fragment(pointer: &str) -> String {
    pointer.replace('%', "%25").replace('{', "%7B").replace('}', "%7D").replace(' ', "%20")
}

/// The pointers to all media types with a schema, wherever they are in the document.
fn contents(value: &Value, pointer: String) -> Vec<String> {
    let Some(members) = value.as_object() else { return Vec::new() };
    let mut found = Vec::new();
    for (name, member) in members {
        let below = format!("{pointer}/{}", escaped(name));
        if name == "content" {
            let types = member
                .as_object()
                .into_iter()
                .flatten()
                .filter(|(_, content)| content["schema"].is_object());
            found.extend(types.map(|(name, _)| format!("{below}/{}", escaped(name))));
        } else if name != "schemas" {
            found.extend(contents(member, below));
        }
    }
    found
}

/// The checker's regular expressions can't look around. Such patterns are of requests only: whether
/// their examples fit them, the API says.
fn without_lookaround(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, member| {
                name != "pattern" || !member.as_str().is_some_and(|pattern| pattern.contains("(?"))
            });
            members.values_mut().for_each(without_lookaround);
        }
        Value::Array(items) => items.iter_mut().for_each(without_lookaround),
        _ => {}
    }
}
