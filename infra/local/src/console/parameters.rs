//! The parameters of a query or a form.

use percent_encoding::percent_decode_str;
use url::form_urlencoded;

/// The parameters of a query or a form.
#[derive(Debug, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Parses `a=1&b=2`.
    pub(super) fn parse(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// Returns all parameters.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns a parameter that isn't empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }
}

/// Returns the URL of a page with parameters; empty ones are omitted.
pub(super) fn link(segments: &[&str], parameters: &[(&str, &str)]) -> String {
    let mut link = "/_local".to_owned();
    for segment in segments {
        link.push('/');
        link.push_str(&encoded(segment));
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    let query = query.finish();
    if query.is_empty() { link } else { format!("{link}?{query}") }
}

/// Encodes a text for the path or the query of a URL, as S3's signatures require: all but the
/// unreserved characters of RFC 3986.
pub(super) fn encoded(text: &str) -> String {
    const RESERVED: percent_encoding::AsciiSet =
        percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    percent_encoding::utf8_percent_encode(text, &RESERVED).to_string()
}

/// Returns the decoded segments of a path below `/_local`.
pub(super) fn segments(path: &str) -> Vec<String> {
    let below = path.strip_prefix("/_local").unwrap_or_default();
    let segments = below.split('/').filter(|segment| !segment.is_empty());
    segments.map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_contain_their_parameters() {
        let link = link(&["queues", "a/b?c"], &[("start", "{\"x\": 1}&"), ("none", "")]);
        assert_eq!(link, "/_local/queues/a%2Fb%3Fc?start=%7B%22x%22%3A+1%7D%26");
        let (path, query) = link.split_once('?').unwrap();
        assert_eq!(segments(path), ["queues", "a/b?c"]);
        assert_eq!(Parameters::parse(query.as_bytes()).get("start"), Some("{\"x\": 1}&"));
    }

    #[test]
    fn an_empty_parameter_is_absent() {
        let parameters = Parameters::parse(b"a=&b=1&b=2&c");
        assert_eq!(
            (parameters.get("a"), parameters.get("b"), parameters.get("c")),
            (None, Some("1"), None)
        );
        assert!(segments("/_local/").is_empty() && segments("/").is_empty());
    }
}
