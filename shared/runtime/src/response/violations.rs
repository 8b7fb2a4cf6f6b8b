//! What is wrong with a request: counted in full, named up to a limit.

use builder_store::error::Violation;

/// The most errors that one answer names. With [`LONGEST_TEXT`] this keeps every answer under 100
/// KB, escapes of JSON included.
pub(crate) const MOST_ERRORS: usize = 100;

/// What is wrong with one request. However much it is, this stays small.
#[derive(Debug, Default)]
pub(crate) struct Violations {
    named: Vec<Violation>,
    count: usize,
}

impl Violations {
    /// Adds one violation. It is only made when there is still room to name it.
    pub(crate) fn add(&mut self, violation: impl FnOnce() -> Violation) {
        if self.named.len() < MOST_ERRORS {
            self.named.push(violation());
        }
        self.count += 1;
    }

    /// Adds what is wrong elsewhere in the same request.
    pub(crate) fn extend(&mut self, other: Self) {
        let left_out = other.count - other.named.len();
        for violation in other.named {
            self.add(|| violation);
        }
        self.count += left_out;
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether all there is to say is that the request as a whole can't be read.
    pub(crate) fn is_only_of_the_whole(&self) -> bool {
        matches!(self.named.as_slice(), [only] if only.pointer.is_empty())
    }

    /// The violations that are named, and how many there are in all.
    pub(crate) fn into_parts(self) -> (Vec<Violation>, usize) {
        (self.named, self.count)
    }
}
