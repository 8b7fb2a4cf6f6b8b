//! CloudFormation's intrinsic functions.
//!
//! `AWS::NoValue` evaluates to JSON's null, which removes the property or list item.

use base64::Engine as _;
use serde_json::{Map, Value};

use super::error::{Place, TemplateError};
use super::names;
use super::properties::scalar_text;
use super::scope::Scope;

impl Scope<'_> {
    /// Resolves every intrinsic function in a value.
    pub(super) fn evaluate(&self, value: &Value, place: &Place) -> Result<Value, TemplateError> {
        match value {
            Value::Array(items) => {
                let mut resolved = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    let item = self.evaluate(item, &place.at(&index.to_string()))?;
                    if !item.is_null() {
                        resolved.push(item);
                    }
                }
                Ok(Value::Array(resolved))
            }
            Value::Object(object) => {
                if let Some((name, argument)) = sole_entry(object)
                    && (name == "Ref" || name.starts_with("Fn::"))
                {
                    return self.call(name, argument, place);
                }
                let mut resolved = Map::with_capacity(object.len());
                for (key, item) in object {
                    let item = self.evaluate(item, &place.at(key))?;
                    if !item.is_null() {
                        resolved.insert(key.clone(), item);
                    }
                }
                Ok(Value::Object(resolved))
            }
            scalar => Ok(scalar.clone()),
        }
    }

    /// Evaluates an expression of the Conditions section.
    pub(super) fn evaluate_condition(
        &self,
        expression: &Value,
        place: &Place,
    ) -> Result<bool, TemplateError> {
        let call = expression.as_object().and_then(sole_entry);
        let operands = |argument: &Value| -> Result<Vec<bool>, TemplateError> {
            argument
                .as_array()
                .into_iter()
                .flatten()
                .map(|operand| self.evaluate_condition(operand, place))
                .collect()
        };
        match call {
            Some(("Condition", Value::String(name))) => self.condition(name, place),
            Some(("Fn::Equals", Value::Array(sides))) if sides.len() == 2 => {
                let left = self.evaluate(&sides[0], place)?;
                let right = self.evaluate(&sides[1], place)?;
                Ok(left == right
                    || (scalar_text(&left).is_some() && scalar_text(&left) == scalar_text(&right)))
            }
            Some(("Fn::Not", argument)) => {
                Ok(!operands(argument)?.into_iter().all(|operand| operand))
            }
            Some(("Fn::And", argument)) => {
                Ok(operands(argument)?.into_iter().all(|operand| operand))
            }
            Some(("Fn::Or", argument)) => {
                Ok(operands(argument)?.into_iter().any(|operand| operand))
            }
            _ => Err(place.error(
                "a condition must consist of !Equals, !Not, !And, !Or and \
             !Condition",
            )),
        }
    }

    fn call(&self, name: &str, argument: &Value, place: &Place) -> Result<Value, TemplateError> {
        let arguments = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match (name, argument, arguments) {
            ("Ref", Value::String(target), _) => self.reference(target, place),
            ("Fn::GetAtt", Value::String(path), _) => match path.split_once('.') {
                Some((resource, attribute)) => self.attribute(resource, attribute, place),
                None => Err(place.error("Fn::GetAtt needs a resource and an attribute")),
            },
            ("Fn::GetAtt", _, [Value::String(resource), attribute]) => {
                let attribute = self.evaluate(attribute, place)?;
                self.attribute(resource, &text(&attribute, place)?, place)
            }
            ("Fn::Sub", Value::String(pattern), _) => self.substitute(pattern, &Map::new(), place),
            ("Fn::Sub", _, [Value::String(pattern), Value::Object(variables)]) => {
                self.substitute(pattern, variables, place)
            }
            ("Fn::Join", _, [Value::String(separator), list]) => {
                let parts = texts(&self.evaluate(list, place)?, place)?;
                Ok(Value::String(parts.join(separator)))
            }
            ("Fn::Split", _, [Value::String(separator), source]) => {
                let source = text(&self.evaluate(source, place)?, place)?;
                Ok(source.split(separator.as_str()).map(Value::from).collect())
            }
            ("Fn::Select", _, [index, list]) => {
                let index = text(&self.evaluate(index, place)?, place)?;
                let list = self.evaluate(list, place)?;
                index
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| list.get(index).cloned())
                    .ok_or_else(|| place.error(format!("the list of !Select has no item {index}")))
            }
            ("Fn::If", _, [Value::String(condition), yes, no]) => {
                let holds = self.condition(condition, place)?;
                self.evaluate(if holds { yes } else { no }, place)
            }
            ("Fn::FindInMap", _, [map, first, second]) => {
                let keys = [map, first, second]
                    .map(|key| self.evaluate(key, place).and_then(|key| text(&key, place)));
                let [map, first, second] = keys;
                let (map, first, second) = (map?, first?, second?);
                let found = &self.document["Mappings"][&map][&first][&second];
                if found.is_null() {
                    return Err(
                        place.error(format!("Mappings has no {map}.{first}.{second}; add it"))
                    );
                }
                Ok(found.clone())
            }
            ("Fn::Base64", inner, _) => {
                let inner = text(&self.evaluate(inner, place)?, place)?;
                Ok(Value::String(base64::engine::general_purpose::STANDARD.encode(inner)))
            }
            ("Fn::ImportValue", ..) => Err(place.error(
                "!ImportValue reads another stack, and the local stack has only \
                     one; pass a parameter",
            )),
            _ => Err(place.error(format!(
                "the local stack does not support {name}, or its arguments are wrong"
            ))),
        }
    }

    /// Resolves `!Ref target`.
    fn reference(&self, target: &str, place: &Place) -> Result<Value, TemplateError> {
        let platform = self.loading.platform;
        let pseudo = match target {
            "AWS::Region" => platform.region.clone(),
            "AWS::AccountId" => platform.account.clone(),
            "AWS::Partition" => "aws".to_owned(),
            "AWS::URLSuffix" => "amazonaws.com".to_owned(),
            "AWS::StackName" => self.stack.clone(),
            "AWS::StackId" => {
                format!(
                    "arn:aws:cloudformation:{}:{}:stack/{}/local",
                    platform.region, platform.account, self.stack
                )
            }
            "AWS::NoValue" => return Ok(Value::Null),
            _ => {
                if let Some(value) = self.parameters.get(target) {
                    return Ok(value.clone());
                }
                return names::reference(self, target, place);
            }
        };
        Ok(Value::String(pseudo))
    }

    /// Resolves `!GetAtt resource.attribute`.
    fn attribute(
        &self,
        resource: &str,
        attribute: &str,
        place: &Place,
    ) -> Result<Value, TemplateError> {
        names::attribute(self, resource, attribute, place)
    }

    /// Evaluates `!Sub`: `${Name}` is a reference, `${Name.Attribute}` an attribute, `${!Name}`
    /// itself without the `!`.
    fn substitute(
        &self,
        pattern: &str,
        variables: &Map<String, Value>,
        place: &Place,
    ) -> Result<Value, TemplateError> {
        let mut result = String::with_capacity(pattern.len());
        let mut rest = pattern;
        while let Some(start) = rest.find("${") {
            result.push_str(&rest[..start]);
            let Some(length) = rest[start..].find('}') else {
                return Err(place.error("!Sub has a ${ without its }"));
            };
            let name = rest[start + 2..start + length].trim();
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str(&format!("${{{literal}}}"));
            } else {
                let value = match (variables.get(name), name.split_once('.')) {
                    (Some(variable), _) => self.evaluate(variable, place)?,
                    (None, Some((resource, attribute))) => {
                        self.attribute(resource, attribute, place)?
                    }
                    (None, None) => self.reference(name, place)?,
                };
                result.push_str(&text(&value, place)?);
            }
            rest = &rest[start + length + 1..];
        }
        result.push_str(rest);
        Ok(Value::String(result))
    }
}

fn sole_entry(object: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut entries = object.iter();
    match (entries.next(), entries.next()) {
        (Some((key, value)), None) => Some((key.as_str(), value)),
        _ => None,
    }
}

/// Returns a string; a list or null is an error.
fn text(value: &Value, place: &Place) -> Result<String, TemplateError> {
    scalar_text(value).ok_or_else(|| place.error("expected a string, but this is a list or empty"))
}

fn texts(value: &Value, place: &Place) -> Result<Vec<String>, TemplateError> {
    match value {
        Value::Array(items) => items.iter().map(|item| text(item, place)).collect(),
        scalar => Ok(vec![text(scalar, place)?]),
    }
}
