//! The partition keys that a request touches, for the condition key `dynamodb:LeadingKeys`.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dynoxide::AttributeValue;

use super::operation::{Attributes, Keys};

/// Matches no policy but `*`: for keys that could not be parsed.
const UNREAD: &str = "\u{0}unread";

/// Returns the partition keys of one access.
pub(super) fn leading_keys(keys: Keys<'_>, partition_key: Option<&str>) -> Vec<String> {
    let value = match (keys, partition_key) {
        (Keys::None, _) => return Vec::new(),
        (Keys::Item(item), Some(name)) => item.get(name).and_then(text),
        (Keys::Condition { expression, names, values }, Some(name)) => {
            values.and_then(|values| equal_to(expression, name, names, values)).and_then(text)
        }
        (Keys::Unread, _) | (_, None) => None,
    };
    vec![value.unwrap_or_else(|| UNREAD.to_owned())]
}

/// Returns the value that `expression` requires of the attribute `name`: `pk = :v` or `#p = :v`,
/// among other terms.
fn equal_to<'a>(
    expression: &str,
    name: &str,
    names: Option<&HashMap<String, String>>,
    values: &'a Attributes,
) -> Option<&'a AttributeValue> {
    let separators = |letter: char| letter.is_whitespace() || "()=<>,".contains(letter);
    expression.match_indices('=').find_map(|(at, _)| {
        let before = &expression[..at];
        if before.ends_with(['<', '>']) {
            return None;
        }
        let left = before.trim_end().rsplit(separators).next()?;
        let right = expression[at + 1..].trim_start().split(separators).next()?;
        let attribute = names.and_then(|names| names.get(left)).map_or(left, String::as_str);
        (attribute == name).then(|| values.get(right)).flatten()
    })
}

fn text(value: &AttributeValue) -> Option<String> {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => Some(text.clone()),
        AttributeValue::B(bytes) => Some(STANDARD.encode(bytes)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(expression: &str, partition_key: &str) -> Vec<String> {
        let names = HashMap::from([("#p".to_owned(), "pk".to_owned())]);
        let values = HashMap::from([
            (":v".to_owned(), AttributeValue::S("USER#1".into())),
            (":s".to_owned(), AttributeValue::S("EVENT#".into())),
        ]);
        let keys = Keys::Condition { expression, names: Some(&names), values: Some(&values) };
        leading_keys(keys, Some(partition_key))
    }

    #[test]
    fn the_partition_key_of_a_condition_is_found() {
        for expression in [
            "pk = :v",
            "#p=:v AND begins_with(sk, :s)",
            "begins_with(sk, :s) AND (pk = :v)",
            "sk >= :s AND pk = :v",
            "sk = :s AND #p = :v",
        ] {
            assert_eq!(read(expression, "pk"), ["USER#1"], "{expression}");
        }
    }

    #[test]
    fn unparseable_conditions_match_nothing() {
        assert_eq!(read("pk <= :v", "pk"), [UNREAD]);
        assert_eq!(read("pk = :v", "gsi1pk"), [UNREAD]);
        assert_eq!(leading_keys(Keys::Unread, Some("pk")), [UNREAD]);
        assert!(leading_keys(Keys::None, Some("pk")).is_empty());
    }
}
