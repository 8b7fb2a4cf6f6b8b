//! One template with its parameters: the context of `!Ref`, `!GetAtt` and conditions.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::error::{Place, TemplateError};
use super::properties::Properties;
use super::{Known, Model, Platform, parameters, rules, yaml};

/// The outputs of a stack by name.
pub(super) type Outputs = BTreeMap<String, Value>;

/// The shared context of all templates of one deployment.
pub(super) struct Loading<'a> {
    pub(super) platform: &'a Platform,
    pub(super) known: &'a Known,
    /// The directory of the root template: messages name files relative to it.
    pub(super) base: &'a Path,
    /// Adds the resources of a template to its model; a nested template is read when it is reached.
    pub(super) describe: fn(&Scope<'_>) -> Result<(), TemplateError>,
}

/// One template with its parameters.
pub(super) struct Scope<'a> {
    pub(super) loading: &'a Loading<'a>,
    pub(super) place: Place,
    pub(super) stack: String,
    pub(super) document: Value,
    pub(super) parameters: BTreeMap<String, Value>,
    directory: PathBuf,
    conditions: RefCell<BTreeMap<String, Option<bool>>>,
    nested: RefCell<BTreeMap<String, Option<Outputs>>>,
    /// The contents of the nested templates read so far.
    described: RefCell<Model>,
}

/// Reads one template and its nested templates.
pub(super) fn load_stack(
    loading: &Loading<'_>,
    path: &Path,
    stack: &str,
    given: BTreeMap<String, Value>,
) -> Result<(Model, Outputs), TemplateError> {
    let place = Place::new(path.strip_prefix(loading.base).unwrap_or(path).display().to_string());
    let document = yaml::read(path, &place)?;
    let parameters = parameters::bind(&document, given, &place)?;
    rules::check(&document, &parameters, &place)?;
    let scope = Scope {
        loading,
        place,
        stack: stack.to_owned(),
        document,
        parameters,
        directory: path.parent().unwrap_or_else(|| Path::new(".")).to_owned(),
        conditions: RefCell::default(),
        nested: RefCell::default(),
        described: RefCell::default(),
    };
    (loading.describe)(&scope)?;
    let outputs = scope.outputs()?;
    Ok((scope.described.into_inner(), outputs))
}

impl Scope<'_> {
    /// Returns the stanza of a resource, unless its condition is false.
    pub(super) fn resource(&self, name: &str) -> Result<Option<&Value>, TemplateError> {
        let Some(resource) = self.document["Resources"].get(name) else { return Ok(None) };
        match resource.get("Condition").and_then(Value::as_str) {
            Some(condition) if !self.condition(condition, &self.place_of(name))? => Ok(None),
            _ => Ok(Some(resource)),
        }
    }

    /// Returns the resolved properties of the resource `name`.
    pub(super) fn properties(
        &self,
        name: &str,
        resource: &Value,
    ) -> Result<Properties, TemplateError> {
        let place = self.place_of(name);
        match resource.get("Properties") {
            None => Ok(Properties::none(place)),
            Some(properties) => Properties::from_value(self.evaluate(properties, &place)?, place),
        }
    }

    /// Returns every resource whose condition holds.
    pub(super) fn resources(&self) -> Result<Vec<(&str, &Value)>, TemplateError> {
        let Some(all) = self.document["Resources"].as_object() else {
            return Err(self.place.error("the template has no Resources"));
        };
        let mut present = Vec::with_capacity(all.len());
        for name in all.keys() {
            if let Some(resource) = self.resource(name)? {
                present.push((name.as_str(), resource));
            }
        }
        Ok(present)
    }

    /// Returns the place of a resource's stanza.
    pub(super) fn place_of(&self, resource: &str) -> Place {
        self.place.at("Resources").at(resource)
    }

    /// Changes the model of this template and its nested ones.
    pub(super) fn add(&self, change: impl FnOnce(&mut Model)) {
        change(&mut self.described.borrow_mut());
    }

    /// Returns whether a condition of the template holds.
    pub(super) fn condition(&self, name: &str, place: &Place) -> Result<bool, TemplateError> {
        match self.conditions.borrow().get(name) {
            Some(Some(known)) => return Ok(*known),
            Some(None) => {
                return Err(place.error(format!("the condition {name} depends on itself")));
            }
            None => {}
        }
        let Some(expression) = self.document["Conditions"].get(name) else {
            return Err(place
                .error(format!("the condition {name} is not declared; add it under Conditions")));
        };
        self.conditions.borrow_mut().insert(name.to_owned(), None);
        let holds = self.evaluate_condition(expression, &self.place.at("Conditions").at(name))?;
        self.conditions.borrow_mut().insert(name.to_owned(), Some(holds));
        Ok(holds)
    }

    /// Reads the nested template of a resource (once) and returns its outputs.
    pub(super) fn nested_outputs(
        &self,
        name: &str,
        resource: &Value,
    ) -> Result<Outputs, TemplateError> {
        let place = self.place_of(name);
        match self.nested.borrow().get(name) {
            Some(Some(outputs)) => return Ok(outputs.clone()),
            Some(None) => return Err(place.error("its parameters depend on its own outputs")),
            None => {}
        }
        self.nested.borrow_mut().insert(name.to_owned(), None);
        let properties = self.properties(name, resource)?;
        let location = match properties.text("Location")? {
            Some(location) => location,
            None => properties.required_text("TemplateURL")?,
        };
        let path = self.directory.join(&location);
        if !path.is_file() {
            return Err(place.error(format!(
                "Location {location} is not a file; use a path relative to {}",
                self.place.file()
            )));
        }
        let given = properties.object("Parameters")?.unwrap_or_default().into_iter().collect();
        let (model, outputs) =
            load_stack(self.loading, &path, &format!("{}-{name}", self.stack), given)?;
        self.add(|all| all.append(model));
        self.nested.borrow_mut().insert(name.to_owned(), Some(outputs.clone()));
        Ok(outputs)
    }

    fn outputs(&self) -> Result<Outputs, TemplateError> {
        let mut outputs = Outputs::new();
        for (name, output) in self.document["Outputs"].as_object().into_iter().flatten() {
            let place = self.place.at("Outputs").at(name);
            if let Some(condition) = output.get("Condition").and_then(Value::as_str)
                && !self.condition(condition, &place)?
            {
                continue;
            }
            outputs.insert(name.clone(), self.evaluate(&output["Value"], &place.at("Value"))?);
        }
        Ok(outputs)
    }
}
