//! The parameters of a domain's template, and what the root gives for them.

use std::collections::BTreeSet;

use builder_local::template::document;
use builder_tests::repository;

/// What the root gives for a parameter that isn't simply one of its own or of a stack's outputs.
const COMPUTED: [(&str, &str); 4] = [
    ("FunctionBoundary", "!Ref FunctionBoundary"),
    ("PublicUrl", "!If [HasPublicUrl, !Ref PublicUrl, !GetAtt Gateway.Outputs.Url]"),
    ("CorsOrigins", "!If [HasCorsOrigins, !Join [',', !Ref CorsOrigins], none]"),
    ("OriginLock", "!If [IsOpen, none, !Ref OriginLock]"),
];
/// The stacks whose outputs are parameters of the domains.
const STACKS: [(&str, &str); 2] =
    [("Data", "infra/data.yaml"), ("Messaging", "infra/messaging.yaml")];

/// What the root has to give.
pub(super) struct Root {
    parameters: BTreeSet<String>,
    outputs: Vec<(&'static str, BTreeSet<String>)>,
}

impl Root {
    /// Reads the root template and those of [`STACKS`].
    pub(super) fn read() -> Self {
        let names = |file: &str, section: &str| -> BTreeSet<String> {
            let document =
                document(&repository().join(file)).unwrap_or_else(|error| panic!("{error}"));
            document[section].as_object().unwrap().keys().cloned().collect()
        };
        Self {
            parameters: names("template.yaml", "Parameters"),
            outputs: STACKS.map(|(stack, file)| (stack, names(file, "Outputs"))).into(),
        }
    }

    /// Returns what the root gives for a domain's parameter.
    pub(super) fn value(&self, parameter: &str) -> String {
        if let Some((_, value)) = COMPUTED.iter().find(|(name, _)| *name == parameter) {
            return (*value).to_owned();
        }
        if self.parameters.contains(parameter) {
            return format!("!Ref {parameter}");
        }
        let stack = self.outputs.iter().find(|(_, outputs)| outputs.contains(parameter));
        let (stack, _) = stack.unwrap_or_else(|| {
            panic!("{parameter} is no parameter of template.yaml and no output of {STACKS:?}")
        });
        format!("!GetAtt {stack}.Outputs.{parameter}")
    }
}

/// The parameters that a text refers to as `!Ref Name` or `${Name}`, of what is no resource of the
/// template itself.
pub(super) fn referred(text: &str, resources: &BTreeSet<String>) -> BTreeSet<String> {
    let name_after =
        |rest: &str| -> String { rest.chars().take_while(char::is_ascii_alphanumeric).collect() };
    ["!Ref ", "${"]
        .iter()
        .flat_map(|mark| text.split(mark).skip(1).map(name_after))
        .filter(|name| !name.is_empty() && name != "AWS" && !resources.contains(name))
        .collect()
}
