//! The API's description.

use builder_tests::described;

pub(super) fn file() -> (String, String) {
    let text = serde_json::to_string_pretty(described().document()).unwrap() + "\n";
    ("functions/system/openapi.json".to_owned(), text)
}
