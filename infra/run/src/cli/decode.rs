//! `builder-local decode`: prints stored documents as JSON.

use std::io::{Read as _, Write as _};

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use builder_store::document;
use serde_json::Value;

/// Reads items from standard input, as the AWS CLI prints them, and prints them with each stored
/// document replaced by its JSON.
pub(super) fn run() -> Result<()> {
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input).context("standard input is not text")?;
    let items: Value = serde_json::from_str(&input)
        .context("standard input is not JSON; pipe the output of aws dynamodb into it")?;
    let output = serde_json::to_string_pretty(&decoded(items))?;
    writeln!(std::io::stdout(), "{output}").context("could not write to standard output")
}

/// Returns the value with every `{"B": …}` that contains a document replaced by the document.
fn decoded(value: Value) -> Value {
    match value {
        Value::Object(members) => match document_in(&members) {
            Some(document) => document,
            None => members.into_iter().map(|(name, value)| (name, decoded(value))).collect(),
        },
        Value::Array(values) => values.into_iter().map(decoded).collect(),
        other => other,
    }
}

fn document_in(members: &serde_json::Map<String, Value>) -> Option<Value> {
    let stored = members.get("B").filter(|_| members.len() == 1)?.as_str()?;
    let document = document::decode(&STANDARD.decode(stored).ok()?).ok()?;
    serde_json::from_str(&document).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_are_decoded_and_other_attributes_kept() {
        let stored = STANDARD.encode(document::encode(r#"{"total":5}"#).unwrap());
        let printed = json!({ "Items": [
            { "pk": { "S": "ORDER#1" }, "state": { "B": stored }, "reply": { "B": "AAEC" } },
        ] });
        let expected = json!({ "Items": [
            { "pk": { "S": "ORDER#1" }, "state": { "total": 5 }, "reply": { "B": "AAEC" } },
        ] });
        assert_eq!(decoded(printed), expected);
    }
}
