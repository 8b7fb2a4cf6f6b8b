//! Policy statements, as written in a policy document.

use anyhow::{Context, bail};
use serde_json::Value;

use super::condition::Condition;
use super::{Check, glob};

/// The effect of a statement on matching calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The calls are allowed, unless another statement denies them.
    Allow,
    /// The calls are refused.
    Deny,
}

/// One statement of a policy.
#[derive(Clone, Debug)]
pub struct Statement {
    pub(super) effect: Effect,
    actions: Vec<String>,
    resources: Vec<String>,
    conditions: Vec<Condition>,
    /// The JSON text of the statement in the policy.
    text: String,
}

impl Statement {
    /// Parses the statements of a policy document: `{"Statement": {…}}` or `{"Statement": [{…},
    /// …]}`.
    ///
    /// # Errors
    /// If the document is not a policy, or uses `NotAction`, `NotResource` or `Principal`, which
    /// aren't supported.
    pub fn of_policy(document: &Value) -> anyhow::Result<Vec<Self>> {
        match document.get("Statement") {
            Some(Value::Array(statements)) => statements.iter().map(Self::from_json).collect(),
            Some(statement) => Ok(vec![Self::from_json(statement)?]),
            None => bail!("a policy document needs a Statement: {document}"),
        }
    }

    /// Parses one statement.
    ///
    /// # Errors
    /// As [`Statement::of_policy`].
    pub fn from_json(statement: &Value) -> anyhow::Result<Self> {
        if let Some(unknown) =
            statement.as_object().context("a policy statement must be an object")?.keys().find(
                |key| !["Sid", "Effect", "Action", "Resource", "Condition"].contains(&key.as_str()),
            )
        {
            bail!("the local stack does not support {unknown} in a policy statement: {statement}");
        }
        Ok(Self {
            effect: match statement["Effect"].as_str() {
                Some("Allow") => Effect::Allow,
                Some("Deny") => Effect::Deny,
                _ => bail!("Effect must be Allow or Deny: {statement}"),
            },
            actions: strings(&statement["Action"])
                .with_context(|| format!("Action of {statement}"))?,
            resources: strings(&statement["Resource"])
                .with_context(|| format!("Resource of {statement}"))?,
            conditions: conditions(&statement["Condition"])
                .with_context(|| format!("Condition of {statement}"))?,
            text: statement.to_string(),
        })
    }

    /// Returns the statement in JSON.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn asks_for_leading_keys(&self) -> bool {
        self.conditions
            .iter()
            .any(|condition| condition.key.eq_ignore_ascii_case("dynamodb:LeadingKeys"))
    }

    /// Returns the patterns of partition keys that the keys of a call match, if the statement names
    /// any.
    pub(super) fn leading_key_patterns(&self, check: &Check) -> Vec<&str> {
        self.conditions
            .iter()
            .filter(|condition| condition.key.eq_ignore_ascii_case("dynamodb:LeadingKeys"))
            .flat_map(|condition| condition.matched(check.values(&condition.key)))
            .collect()
    }

    /// Returns whether action and resource match.
    pub(super) fn concerns(&self, check: &Check) -> bool {
        self.place_of(check).is_some()
    }

    /// Returns the indexes of the first action and of the first resource that match, if both do.
    pub(super) fn place_of(&self, check: &Check) -> Option<(usize, usize)> {
        let action = self
            .actions
            .iter()
            .position(|pattern| glob::matches_ignoring_case(pattern, check.action))?;
        let resource =
            self.resources.iter().position(|pattern| glob::matches(pattern, &check.resource))?;
        Some((action, resource))
    }

    /// Returns whether all conditions hold.
    ///
    /// # Errors
    /// The first condition that isn't supported.
    pub(super) fn condition_holds(&self, check: &Check) -> Result<bool, String> {
        let mut all = true;
        for condition in &self.conditions {
            all &= condition.holds(check)?;
        }
        Ok(all)
    }
}

fn conditions(block: &Value) -> anyhow::Result<Vec<Condition>> {
    let Value::Object(operators) = block else {
        if block.is_null() {
            return Ok(Vec::new());
        }
        bail!("must be an object");
    };
    let mut conditions = Vec::new();
    for (operator, keys) in operators {
        for (key, values) in
            keys.as_object().with_context(|| format!("{operator} must be an object"))?
        {
            conditions.push(Condition::new(operator, key, strings(values)?));
        }
    }
    Ok(conditions)
}

/// Parses a string, or a list of strings.
fn strings(value: &Value) -> anyhow::Result<Vec<String>> {
    match value {
        Value::String(one) => Ok(vec![one.clone()]),
        Value::Array(many) if !many.is_empty() => many
            .iter()
            .map(|item| item.as_str().map(str::to_owned).context("must contain strings"))
            .collect(),
        Value::Bool(flag) => Ok(vec![flag.to_string()]),
        _ => bail!("must be a string or a list of strings"),
    }
}
