//! The violations of a request: all are counted, a limited number is listed.

use builder_store::error::Violation;

/// The maximum number of errors in a response. With [`LONGEST_TEXT`] this keeps every response
/// under 100 KB, including JSON escapes.
pub(crate) const MOST_ERRORS: usize = 100;

/// The violations of a request, in bounded memory.
#[derive(Debug, Default)]
pub(crate) struct Violations {
    named: Vec<Violation>,
    count: usize,
}

impl Violations {
    /// Adds a violation. It is created only if it can still be listed.
    pub(crate) fn add(&mut self, violation: impl FnOnce() -> Violation) {
        if self.named.len() < MOST_ERRORS {
            self.named.push(violation());
        }
        self.count += 1;
    }

    /// Adds the violations of another part of the same request.
    pub(crate) fn extend(&mut self, other: Self) {
        let left_out = other.count - other.named.len();
        for violation in other.named {
            self.add(|| violation);
        }
        self.count += left_out;
    }

    /// Returns whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns whether the only violation is that the request as a whole can't be parsed.
    pub(crate) fn is_only_of_the_whole(&self) -> bool {
        matches!(self.named.as_slice(), [only] if only.pointer.is_empty())
    }

    /// Returns the listed violations, and the total number.
    pub(crate) fn into_parts(self) -> (Vec<Violation>, usize) {
        (self.named, self.count)
    }
}
