//! Form-encoded parameters with nested names: `metadata[order]=1&expand[]=latest_charge` (API
//! reference, "Request bodies").

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::ApiError;

/// The maximum depth of nested names.
const DEPTH: usize = 8;

/// A parameter: text, or more parameters by name. Lists have their indexes as names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Node {
    Text(String),
    Map(BTreeMap<String, Node>),
}

/// Parses an encoded form or query.
///
/// # Errors
/// If a name is malformed, or has both a text and nested parameters.
pub(crate) fn parse(encoded: &[u8]) -> Result<BTreeMap<String, Node>, ApiError> {
    let mut root = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(encoded) {
        let path = split(&name)
            .ok_or_else(|| ApiError::invalid(format!("Invalid parameter name: {name}")))?;
        insert(&mut root, &path, value.into_owned())
            .ok_or_else(|| ApiError::invalid(format!("Invalid parameter: {name}")))?;
    }
    Ok(root)
}

/// Splits `a[b][]` into `a`, `b` and the empty name.
fn split(name: &str) -> Option<Vec<&str>> {
    let Some((first, rest)) = name.split_once('[') else {
        return (!name.is_empty() && !name.contains(']')).then(|| vec![name]);
    };
    let inner = rest.strip_suffix(']')?;
    let parts: Vec<&str> = std::iter::once(first).chain(inner.split("][")).collect();
    let sound = !first.is_empty()
        && parts.len() <= DEPTH
        && parts.iter().all(|part| !part.contains(['[', ']']));
    sound.then_some(parts)
}

fn insert(map: &mut BTreeMap<String, Node>, path: &[&str], value: String) -> Option<()> {
    let (name, rest) = path.split_first()?;
    // An element of a list without an index is the next one. Padded, so that names sort like
    // numbers.
    let name = match name.parse::<usize>() {
        Ok(number) => format!("{number:06}"),
        Err(_) if name.is_empty() => format!("{:06}", map.len()),
        Err(_) => (*name).to_owned(),
    };
    if rest.is_empty() {
        return match map.insert(name, Node::Text(value)) {
            Some(Node::Map(_)) => None,
            _ => Some(()),
        };
    }
    match map.entry(name).or_insert_with(|| Node::Map(BTreeMap::new())) {
        Node::Map(inner) => insert(inner, rest, value),
        Node::Text(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(encoded: &str) -> String {
        serde_json::to_string(&parse(encoded.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn nested_form_names_are_parsed() {
        assert_eq!(
            json("amount=5&metadata[a b]=x%26y&metadata[c]="),
            r#"{"amount":"5","metadata":{"a b":"x&y","c":""}}"#
        );
        assert_eq!(json("a[b][c]=1&a[b][d]=2"), r#"{"a":{"b":{"c":"1","d":"2"}}}"#);
        assert_eq!(json(""), "{}");
    }

    #[test]
    fn elements_of_lists_keep_their_order_numbered_or_not() {
        assert_eq!(json("e[]=x&e[]=y"), json("e[0]=x&e[1]=y"));
        let many: Vec<String> = (0..12).map(|number| format!("e[{number}]=v{number}")).collect();
        let Some(Node::Map(list)) = parse(many.join("&").as_bytes()).unwrap().remove("e") else {
            panic!("not a list")
        };
        let last = list.into_values().last();
        assert_eq!(last, Some(Node::Text("v11".into())));
    }

    #[test]
    fn malformed_names_are_refused() {
        for encoded in
            ["a[=1", "a]=1", "[a]=1", "=1", "a[b]c=1", "a=1&a[b]=2", "a[b]=2&a=1", "a[b[c]]=1"]
        {
            assert!(parse(encoded.as_bytes()).is_err(), "{encoded}");
        }
        let deep = format!("a{}=1", "[b]".repeat(200));
        assert!(parse(deep.as_bytes()).is_err());
    }
}
