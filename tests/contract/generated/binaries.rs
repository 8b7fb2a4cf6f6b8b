//! The `main` functions, and their `[[bin]]` entries.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Declared, NOTICE, before};
use crate::sources::read;

pub(super) fn files(domains: &BTreeMap<String, Vec<Declared>>) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for (domain, functions) in domains {
        let manifest = format!("functions/{domain}/Cargo.toml");
        let kept = read(&manifest);
        let mut text = before(&kept, NOTICE, &manifest).to_owned() + NOTICE;
        for Declared { function, module } in functions {
            let name = function.name();
            // A main contains nothing to test, and each would be linked once more.
            write!(text, "\n[[bin]]\nname = \"{name}\"\ntest = false\n").unwrap();
            files.insert(
                format!("functions/{domain}/src/bin/{name}.rs"),
                main(name, &format!("{domain}::{module}")),
            );
        }
        files.insert(manifest, text);
    }
    files
}

fn main(name: &str, module: &str) -> String {
    let serve = format!("    builder_runtime::serve({module}::function()).await\n");
    format!(
        "//! The Lambda function `{name}`.

#[tokio::main(flavor = \"current_thread\")]
async fn main() -> Result<(), builder_runtime::Fault> {{
{serve}}}
"
    )
}
