//! The domains' stacks in the root template.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::parameters::Root;
use super::{Declared, NOTICE, before, template};
use crate::sources::{pascal, read};

const FILE: &str = "template.yaml";
/// The line after the generated ones.
const END: &str = "  # End of what is generated.\n";

pub(super) fn file(domains: &BTreeMap<String, Vec<Declared>>) -> (String, String) {
    let kept = read(FILE);
    let head = before(&kept, &format!("  {NOTICE}"), FILE);
    let (_, tail) = kept.split_once(END).unwrap_or_else(|| panic!("{FILE} has no line {END:?}"));
    let root = Root::read();
    let mut text = format!("{head}  {NOTICE}");
    for (domain, functions) in domains {
        write!(
            text,
            "  {}:
    Type: AWS::Serverless::Application
    Properties:
      Location: {}
      Parameters:
",
            pascal(domain),
            template::path(domain)
        )
        .unwrap();
        for parameter in template::parameters(domain, functions) {
            writeln!(text, "        {parameter}: {}", root.value(&parameter)).unwrap();
        }
        text += "\n";
    }
    (FILE.to_owned(), format!("{text}{END}{tail}"))
}
