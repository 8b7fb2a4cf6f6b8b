//! The Rules of a template: what its parameters must be together.

use serde_json::Value;

use super::error::TemplateError;
use super::scope::Scope;

/// Checks every rule whose condition holds.
pub(super) fn check(scope: &Scope<'_>) -> Result<(), TemplateError> {
    for (name, rule) in scope.document["Rules"].as_object().into_iter().flatten() {
        let place = scope.place.at("Rules").at(name);
        let applies = match rule.get("RuleCondition") {
            Some(condition) => scope.evaluate_condition(condition, &place.at("RuleCondition"))?,
            None => true,
        };
        let assertions = rule["Assertions"].as_array().filter(|_| applies);
        for assertion in assertions.into_iter().flatten() {
            if !scope.evaluate_condition(&assertion["Assert"], &place.at("Assertions"))? {
                let description = assertion["AssertDescription"].as_str().unwrap_or("an assertion does not hold");
                return Err(place.error(format!("{description} Correct the parameters")));
            }
        }
    }
    Ok(())
}

impl Scope<'_> {
    /// `!Contains [list, text]`, which only rules may use.
    pub(super) fn contains(&self, list: &Value, text: &Value, place: &super::error::Place) -> Result<bool, TemplateError> {
        let (list, text) = (self.evaluate(list, place)?, self.evaluate(text, place)?);
        Ok(list.as_array().is_some_and(|list| list.contains(&text)))
    }
}
