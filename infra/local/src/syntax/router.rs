//! Selects the route of a request by API Gateway's precedence for HTTP APIs.
//!
//! A full match takes precedence over a greedy one (`{proxy+}`), both over `$default`; a literal
//! segment over a parameter; the exact method over `ANY`.

use std::sync::Arc;

use percent_encoding::percent_decode_str;

/// The route key that matches all other requests.
const DEFAULT: &str = "$default";

/// Routes with their targets.
#[derive(Debug)]
pub(crate) struct Router<T> {
    /// Most specific first.
    routes: Vec<Entry<T>>,
    default: Option<(Arc<str>, T)>,
}

#[derive(Debug)]
struct Entry<T> {
    key: Arc<str>,
    /// `None` is `ANY`.
    method: Option<String>,
    segments: Vec<Segment>,
    target: T,
}

/// In the order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    Parameter(String),
    Greedy(String),
}

/// The route of a request.
#[derive(Debug)]
pub(crate) struct Match<'a, T> {
    /// The route key in the template.
    pub(crate) key: &'a Arc<str>,
    /// The target of the route.
    pub(crate) target: &'a T,
    /// The decoded path parameters.
    pub(crate) parameters: Vec<(&'a str, String)>,
}

impl<T> Router<T> {
    /// Creates a router of routes by key. Keys must have passed [`check_key`].
    pub(crate) fn new(routes: impl IntoIterator<Item = (String, T)>) -> Self {
        let mut router = Self { routes: Vec::new(), default: None };
        for (key, target) in routes {
            match parse(&key) {
                Some((method, segments)) => {
                    router.routes.push(Entry { key: key.into(), method, segments, target })
                }
                None => router.default = Some((key.into(), target)),
            }
        }
        router.routes.sort_by_key(Entry::rank);
        router
    }

    /// Returns the route for a method and a raw path.
    pub(crate) fn find(&self, method: &str, path: &str) -> Option<Match<'_, T>> {
        let segments: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
        let entry = self.routes.iter().find(|entry| {
            entry.method.as_deref().is_none_or(|own| own == method)
                && matches(&entry.segments, &segments)
        });
        match entry {
            Some(entry) => Some(Match {
                key: &entry.key,
                target: &entry.target,
                parameters: parameters(&entry.segments, &segments),
            }),
            None => self.default.as_ref().map(|(key, target)| Match {
                key,
                target,
                parameters: Vec::new(),
            }),
        }
    }

    /// Returns the targets of all routes.
    pub(crate) fn targets(&self) -> impl Iterator<Item = &T> {
        self.routes
            .iter()
            .map(|entry| &entry.target)
            .chain(self.default.as_ref().map(|(_, target)| target))
    }
}

impl<T> Entry<T> {
    fn rank(&self) -> (bool, Vec<u8>, bool) {
        let kinds = self.segments.iter().map(|segment| match segment {
            Segment::Literal(_) => 0,
            Segment::Parameter(_) => 1,
            Segment::Greedy(_) => 2,
        });
        let greedy = matches!(self.segments.last(), Some(Segment::Greedy(_)));
        (greedy, kinds.collect(), self.method.is_none())
    }
}

/// Refuses route keys that API Gateway would not accept.
pub(crate) fn check_key(key: &str) -> Result<(), String> {
    if key == DEFAULT {
        return Ok(());
    }
    let Some((_, segments)) = parse(key) else {
        return Err(format!("the route key {key:?} is neither $default nor METHOD /path"));
    };
    let greedy = segments.iter().position(|segment| matches!(segment, Segment::Greedy(_)));
    match greedy {
        Some(position) if position + 1 != segments.len() => {
            Err(format!("{key}: a greedy parameter must be the last one"))
        }
        _ => Ok(()),
    }
}

fn parse(key: &str) -> Option<(Option<String>, Vec<Segment>)> {
    let (method, path) = key.split_once(' ')?;
    let path = path.strip_prefix('/')?;
    let segments = path.split('/').map(|segment| {
        match segment.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) {
            None => Segment::Literal(segment.to_owned()),
            Some(name) => match name.strip_suffix('+') {
                Some(name) => Segment::Greedy(name.to_owned()),
                None => Segment::Parameter(name.to_owned()),
            },
        }
    });
    Some(((method != "ANY").then(|| method.to_owned()), segments.collect()))
}

fn matches(pattern: &[Segment], path: &[&str]) -> bool {
    let greedy = matches!(pattern.last(), Some(Segment::Greedy(_)));
    if (greedy && path.len() < pattern.len()) || (!greedy && path.len() != pattern.len()) {
        return false;
    }
    pattern.iter().zip(path).all(|(segment, part)| match segment {
        Segment::Literal(text) => text == part,
        Segment::Parameter(_) | Segment::Greedy(_) => !part.is_empty(),
    })
}

fn parameters<'a>(pattern: &'a [Segment], path: &[&str]) -> Vec<(&'a str, String)> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let named = pattern.iter().enumerate().filter_map(|(index, segment)| match segment {
        Segment::Literal(_) => None,
        Segment::Parameter(name) => Some((name.as_str(), decode(path[index]))),
        Segment::Greedy(name) => Some((name.as_str(), decode(&path[index..].join("/")))),
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: &str, path: &str) -> Option<String> {
        let keys = [
            "$default",
            "ANY /files/{proxy+}",
            "GET /files/list",
            "GET /orders",
            "POST /orders",
            "GET /orders/{id}",
            "ANY /orders/{id}",
            "GET /orders/mine",
            "POST /orders/{id}/cancel",
            "GET /files/{name}",
        ];
        let router = Router::new(keys.map(|key| (key.to_owned(), ())));
        router.find(method, path).map(|found| {
            let parameters: Vec<_> =
                found.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{} {}", found.key, parameters.join(",")).trim_end().to_owned()
        })
    }

    #[test]
    fn the_most_specific_route_wins() {
        for (method, path, expected) in [
            ("GET", "/orders", "GET /orders"),
            ("DELETE", "/orders", "$default"),
            ("GET", "/orders/mine", "GET /orders/mine"),
            ("POST", "/orders/mine", "ANY /orders/{id} id=mine"),
            ("GET", "/orders/a%20b%2Fc", "GET /orders/{id} id=a b/c"),
            ("POST", "/orders/1/cancel", "POST /orders/{id}/cancel id=1"),
            ("GET", "/orders/", "$default"),
            ("GET", "/files/list", "GET /files/list"),
            ("GET", "/files/a", "GET /files/{name} name=a"),
            ("GET", "/files/a/b", "ANY /files/{proxy+} proxy=a/b"),
            ("PUT", "/files/a", "ANY /files/{proxy+} proxy=a"),
            ("HEAD", "/orders", "$default"),
            ("GET", "/", "$default"),
        ] {
            assert_eq!(found(method, path).as_deref(), Some(expected), "{method} {path}");
        }
    }

    #[test]
    fn without_a_default_nothing_is_found() {
        let router = Router::new([("GET /a".to_owned(), ())]);
        assert!(router.find("GET", "/b").is_none());
    }

    #[test]
    fn keys_are_checked() {
        assert!(check_key("$default").is_ok());
        assert!(check_key("GET /a/{proxy+}").is_ok());
        assert!(check_key("GET /a/{proxy+}/b").is_err());
        assert!(check_key("/a").is_err());
    }
}
