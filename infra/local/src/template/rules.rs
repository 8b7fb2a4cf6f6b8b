//! The Rules of a template, which its parameters must satisfy before anything is created.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-rules.html>

use std::collections::BTreeMap;

use serde_json::Value;

use super::error::{Place, TemplateError};
use super::properties::scalar_text;

/// Refuses parameters that violate a rule of the template, with the rule's own description.
pub(super) fn check(
    document: &Value,
    parameters: &BTreeMap<String, Value>,
    place: &Place,
) -> Result<(), TemplateError> {
    for (name, rule) in document["Rules"].as_object().into_iter().flatten() {
        let rules = Rules { parameters, place: place.at("Rules").at(name) };
        let applies =
            rule.get("RuleCondition").map_or(Ok(true), |condition| rules.holds(condition))?;
        let Some(assertions) = rule["Assertions"].as_array() else {
            return Err(rules.place.error("Assertions are missing; add them"));
        };
        for assertion in assertions {
            // An invalid assertion is reported whether or not the rule applies.
            if !rules.holds(&assertion["Assert"])? && applies {
                return Err(rules.place.error(
                    assertion["AssertDescription"].as_str().unwrap_or("the assertion is false"),
                ));
            }
        }
    }
    Ok(())
}

struct Rules<'a> {
    parameters: &'a BTreeMap<String, Value>,
    place: Place,
}

impl Rules<'_> {
    fn holds(&self, expression: &Value) -> Result<bool, TemplateError> {
        let call = expression
            .as_object()
            .filter(|object| object.len() == 1)
            .and_then(|object| object.iter().next());
        let operands = |argument: &Value| -> Result<Vec<bool>, TemplateError> {
            argument.as_array().into_iter().flatten().map(|operand| self.holds(operand)).collect()
        };
        match call {
            Some((name, Value::Array(sides))) if name == "Fn::Equals" && sides.len() == 2 => {
                Ok(self.texts(&sides[0])? == self.texts(&sides[1])?)
            }
            Some((name, Value::Array(sides))) if name == "Fn::Contains" && sides.len() == 2 => {
                let (list, wanted) = (self.texts(&sides[0])?, self.texts(&sides[1])?);
                Ok(wanted.iter().all(|text| list.contains(text)))
            }
            Some((name, argument)) if name == "Fn::Not" => {
                Ok(!operands(argument)?.into_iter().all(|operand| operand))
            }
            Some((name, argument)) if name == "Fn::And" => {
                Ok(operands(argument)?.into_iter().all(|operand| operand))
            }
            Some((name, argument)) if name == "Fn::Or" => {
                Ok(operands(argument)?.into_iter().any(|operand| operand))
            }
            _ => Err(self.place.error(
                "a rule must consist of !Equals, !Contains, !Not, !And and \
             !Or",
            )),
        }
    }

    /// Returns a string, or a list of strings: literal, or a parameter's.
    fn texts(&self, value: &Value) -> Result<Vec<String>, TemplateError> {
        match value {
            Value::Array(items) => Ok(items
                .iter()
                .map(|item| self.texts(item))
                .collect::<Result<Vec<_>, _>>()?
                .concat()),
            Value::Object(object) => match object
                .get("Ref")
                .and_then(Value::as_str)
                .and_then(|name| self.parameters.get(name))
            {
                Some(value) => self.texts(&value.clone()),
                None => Err(self.place.error("a rule can only compare strings and parameters")),
            },
            scalar => Ok(scalar_text(scalar).into_iter().collect()),
        }
    }
}
