//! The location of a value in a request, and its text form for clients.

/// The part of the request that contains a value: the JSON body or the query string.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Body,
    Query,
}

/// The maximum number of characters of a pointer: a client's own names can be as long as the body.
const LONGEST: usize = 80;

/// The path from the root of a request to a value, as a stack that is updated while the request is
/// walked.
pub(crate) type Path<'a> = Vec<Step<'a>>;

/// One step of a path.
#[derive(Clone, Copy)]
pub(crate) enum Step<'a> {
    Member(&'a str),
    Item(usize),
}

impl Place {
    /// Formats a path as a pointer: `/items/0/quantity` (RFC 6901) in a body, `?limit` in a query.
    pub(crate) fn pointer(self, path: &[Step<'_>]) -> String {
        let mut pointer = String::new();
        for (index, step) in path.iter().enumerate() {
            pointer.push(if self == Self::Query && index == 0 { '?' } else { '/' });
            match step {
                Step::Member(name) => push_escaped(&mut pointer, name, self == Self::Query),
                Step::Item(index) => pointer.push_str(&index.to_string()),
            }
            if pointer.len() > 4 * LONGEST {
                break;
            }
        }
        clipped(pointer)
    }

    /// Converts a path from garde or serde, such as `items[0].unit_price`, to the same form.
    /// `rename` converts the name of a member.
    pub(crate) fn pointer_of(self, path: &str, rename: impl Fn(&str) -> String) -> String {
        let mut pointer = String::new();
        for part in path
            .split(['.', '['])
            .map(|part| part.trim_end_matches(']'))
            .filter(|part| !part.is_empty())
        {
            pointer.push(if self == Self::Query && pointer.is_empty() { '?' } else { '/' });
            push_escaped(&mut pointer, &rename(part), self == Self::Query);
        }
        clipped(pointer)
    }
}

/// Appends a member's name as a part of a JSON pointer (RFC 6901, section 3), truncated if it is
/// too long.
fn push_escaped(pointer: &mut String, name: &str, plain: bool) {
    for character in name.chars().take(LONGEST + 1) {
        match character {
            '~' if !plain => pointer.push_str("~0"),
            '/' if !plain => pointer.push_str("~1"),
            character => pointer.push(character),
        }
    }
}

fn clipped(pointer: String) -> String {
    match pointer.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &pointer[..end]),
        None => pointer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_escaped_and_kept_short() {
        let pointer = |path: &[Step<'_>]| Place::Body.pointer(path);
        assert_eq!(pointer(&[]), "");
        assert_eq!(
            pointer(&[Step::Member("items"), Step::Item(3), Step::Member("a/b~c")]),
            "/items/3/a~1b~0c"
        );
        assert_eq!(Place::Query.pointer(&[Step::Member("limit")]), "?limit");
        let long = "ü".repeat(1_000_000);
        assert_eq!(
            pointer(&[Step::Member(&long), Step::Member(&long)]).chars().count(),
            LONGEST + 1
        );
        assert_eq!(
            Place::Body.pointer_of("items[0].unit_price", str::to_uppercase),
            "/ITEMS/0/UNIT_PRICE"
        );
    }
}
