//! W3C trace context: <https://www.w3.org/TR/trace-context/>.

use std::fmt;

/// A trace and the span in it that this work belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    trace_id: String,
    span_id: String,
    sampled: bool,
}

impl Trace {
    /// The caller's trace out of a `traceparent`, if it is well-formed.
    #[must_use]
    pub fn parse(traceparent: &str) -> Option<Self> {
        let mut parts = traceparent.split('-');
        let (version, trace_id, span_id, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        // Later versions may append fields; version 00 has four, and ff is forbidden.
        if !is_hex(version, 2) || version == "ff" || (version == "00" && parts.next().is_some()) {
            return None;
        }
        let ids = is_hex(trace_id, 32) && is_hex(span_id, 16) && is_hex(flags, 2);
        let zero =
            trace_id.bytes().all(|byte| byte == b'0') || span_id.bytes().all(|byte| byte == b'0');
        let sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
        (ids && !zero).then(|| Self {
            trace_id: trace_id.to_owned(),
            span_id: span_id.to_owned(),
            sampled,
        })
    }

    /// The X-Ray trace of this invocation:
    /// `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=…;Sampled=1`.
    #[must_use]
    pub fn from_xray(header: &str) -> Option<Self> {
        let root = header.split(';').find_map(|part| part.trim().strip_prefix("Root=1-"))?;
        let (time, random) = root.split_once('-')?;
        let parent = header.split(';').find_map(|part| part.trim().strip_prefix("Parent="));
        let span = parent.map_or_else(random_span, str::to_owned);
        Self::parse(&format!("00-{time}{random}-{span}-01"))
    }

    /// A trace of our own.
    #[must_use]
    pub fn start() -> Self {
        let trace_id = format!("{:032x}", fastrand::u128(1..));
        Self { trace_id, span_id: random_span(), sampled: true }
    }

    /// The same trace, one span further.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { span_id: random_span(), ..self.clone() }
    }

    /// The trace's id: 32 hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.trace_id
    }
}

/// As a `traceparent` header.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-{:02x}", self.trace_id, self.span_id, u8::from(self.sampled))
    }
}

fn random_span() -> String {
    format!("{:016x}", fastrand::u64(1..))
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_formed_parents_are_kept_and_others_refused() {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(Trace::parse(parent).unwrap().to_string(), parent);
        for bad in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
        ] {
            assert_eq!(Trace::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_xray_root_is_the_same_trace() {
        let trace = Trace::from_xray(
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
        )
        .unwrap();
        assert_eq!(trace.to_string(), "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01");
    }
}
