//! Finds everything in a request that the schema of its type doesn't allow.
//!
//! Serde stops at the first error, and reports it in its own words. When it rejects a request, the
//! request is therefore compared with the schema in the API's description: a second pass, at no
//! cost to valid requests. Each value is examined once, and only as many violations are stored as a
//! response can list, so the work is linear in the size of the request.

use std::collections::HashSet;

use builder_store::error::Violation;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::UNKNOWN;
use super::expected::{self, expectation};
use super::pointer::{Path, Place, Step};
use crate::response::violations::Violations;
use crate::schema::schemas::Schemas;

/// A request compared with the schema of its type.
pub(crate) struct Conformed {
    schemas: Schemas,
    root: Value,
    place: Place,
    /// The violations.
    pub(crate) found: Violations,
    /// The pointers of invalid values that [`Self::value`] contains a replacement for.
    replaced: HashSet<String>,
    /// The request without its violations: unknown members are removed, and invalid values replaced
    /// by valid samples.
    pub(crate) value: Value,
    /// The number of values and members that were examined.
    #[cfg(test)]
    pub(crate) steps: usize,
}

/// Compares `value` with the schema of `T`.
pub(crate) fn conformed<T: ToSchema>(value: Value, place: Place) -> Conformed {
    let mut schemas = Schemas::default();
    let root = schemas.reference::<T>(true);
    let mut walk = Walk {
        schemas: &schemas,
        place,
        found: Violations::default(),
        replaced: HashSet::new(),
        steps: 0,
    };
    let value = walk
        .value(&mut Vec::new(), value, &root)
        .unwrap_or_else(|| expected::sample(&schemas, &root));
    let Walk { found, replaced, steps, .. } = walk;
    let _ = steps;
    Conformed {
        root,
        place,
        found,
        replaced,
        value,
        #[cfg(test)]
        steps,
        schemas,
    }
}

impl Conformed {
    /// Records that the value at `pointer` can't be parsed, for a reason that the schema doesn't
    /// express, and replaces it by a sample. Returns false if it was already replaced, or there is
    /// no such value: then parsing can't continue.
    pub(crate) fn refuse(&mut self, pointer: &str) -> bool {
        let steps: Vec<String> = pointer.split(['/', '?']).skip(1).map(unescaped).collect();
        let Some((schema, value)) = find(&self.schemas, &self.root, &mut self.value, &steps) else {
            return false;
        };
        if !self.replaced.insert(pointer.to_owned()) {
            return false;
        }
        let detail = expectation(&self.schemas, schema);
        *value = expected::sample(&self.schemas, schema);
        self.found.add(|| Violation::new(pointer, detail));
        true
    }

    /// Records the result of a check of the value at `pointer`, unless another violation is known
    /// there.
    pub(crate) fn add(&mut self, pointer: String, detail: String) {
        let parts = pointer.match_indices('/').map(|(end, _)| &pointer[..end]);
        if parts.chain([pointer.as_str()]).any(|part| self.replaced.contains(part)) {
            return;
        }
        let steps: Vec<String> = pointer.split(['/', '?']).skip(1).map(unescaped).collect();
        if !self.found.is_empty()
            && find(&self.schemas, &self.root, &mut self.value, &steps).is_none()
        {
            // A field that has another name in JSON: the schema has already found its violation.
            return;
        }
        self.replaced.insert(pointer.clone());
        self.found.add(|| Violation::new(pointer, detail));
    }

    /// Records that the request as a whole can't be parsed.
    pub(crate) fn refuse_all(&mut self) {
        let pointer = self.place.pointer(&[]);
        self.found.add(|| {
            Violation::new(pointer, "can't be read: compare it with the API's description")
        });
    }
}

/// Returns the schema and the value at the end of a path, if both exist.
fn find<'s, 'v>(
    schemas: &'s Schemas,
    schema: &'s Value,
    value: &'v mut Value,
    path: &[String],
) -> Option<(&'s Value, &'v mut Value)> {
    let Some((first, rest)) = path.split_first() else { return Some((schema, value)) };
    let schema = expected::resolve(schemas, schema, value)?;
    match value {
        Value::Object(members) => {
            find(schemas, schema["properties"].get(first)?, members.get_mut(first)?, rest)
        }
        Value::Array(items) => {
            find(schemas, &schema["items"], items.get_mut(first.parse::<usize>().ok()?)?, rest)
        }
        _ => None,
    }
}

fn unescaped(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

struct Walk<'s> {
    schemas: &'s Schemas,
    place: Place,
    found: Violations,
    replaced: HashSet<String>,
    steps: usize,
}

impl<'s> Walk<'s> {
    /// Returns the value to continue with; `None` if `value` is invalid as a whole.
    fn value<'p>(&mut self, path: &mut Path<'p>, value: Value, schema: &'s Value) -> Option<Value> {
        self.steps += 1;
        let Some(schema) = expected::resolve(self.schemas, schema, &value) else {
            return Some(value);
        };
        if let Some(detail) = expected::violated(&value, schema) {
            let pointer = self.place.pointer(path);
            self.replaced.insert(pointer.clone());
            self.found.add(|| Violation::new(pointer, detail));
            return None;
        }
        match value {
            Value::Object(members) => Some(self.object(path, members, schema)),
            Value::Array(items) => Some(self.array(path, items, schema)),
            value => Some(value),
        }
    }

    fn object(
        &mut self,
        path: &mut Path<'_>,
        members: Map<String, Value>,
        schema: &'s Value,
    ) -> Value {
        let Some(known) = schema["properties"].as_object() else { return Value::Object(members) };
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut kept = Map::new();
        for name in required.iter().filter(|name| !members.contains_key(**name)) {
            let path = [path.as_slice(), &[Step::Member(name)]].concat();
            let pointer = self.place.pointer(&path);
            self.replaced.insert(pointer.clone());
            self.found.add(|| Violation::new(pointer, "is missing"));
            kept.insert((*name).to_owned(), expected::sample(self.schemas, &known[*name]));
        }
        for (name, member) in members {
            self.steps += 1;
            let Some((name, schema)) = known.get_key_value(&name) else {
                let place = self.place;
                self.found.add(|| {
                    let path = [path.as_slice(), &[Step::Member(&name)]].concat();
                    Violation::new(place.pointer(&path), UNKNOWN)
                });
                continue;
            };
            let mut inner = path.clone();
            inner.push(Step::Member(name));
            match self.value(&mut inner, member, schema) {
                Some(member) => drop(kept.insert(name.clone(), member)),
                // An optional member is omitted, so that the rest can still be parsed.
                None if required.contains(&name.as_str()) => {
                    drop(kept.insert(name.clone(), expected::sample(self.schemas, schema)));
                }
                None => {}
            }
        }
        Value::Object(kept)
    }

    fn array(&mut self, path: &mut Path<'_>, items: Vec<Value>, schema: &'s Value) -> Value {
        let items = items.into_iter().enumerate().map(|(index, item)| {
            path.push(Step::Item(index));
            let item = self.value(path, item, &schema["items"]);
            path.pop();
            item.unwrap_or_else(|| expected::sample(self.schemas, &schema["items"]))
        });
        items.collect()
    }
}
