//! The permission to invoke a function: the roles that the gateway and the schedules assume.
//!
//! In the cloud, a role that lacks a function only fails at the first request, with a 500 and
//! without a line in any of our logs. Here the template is refused.

use crate::cloud::iam::{Check, Principal, Statement};

use crate::template::error::{Place, TemplateError};
use crate::template::model::{Invocation, Model};
use crate::template::scope::Scope;

/// Records that the property at `place` invokes the function with this ARN in that role.
pub(super) fn note(scope: &Scope<'_>, function: String, role: String, place: Place) {
    scope.add(|model| model.invocations.push(Invocation { function, role, place }));
}

/// Refuses a template with a role that may not invoke its function.
pub(in crate::template) fn check(model: &Model) -> Result<(), TemplateError> {
    for Invocation { function, role, place } in &model.invocations {
        let Some(statements) = model.policies.get(role) else {
            return Err(place.error(format!(
                "{role} is not an AWS::IAM::Role of these templates; declare it there"
            )));
        };
        let name = role.rsplit('/').next().unwrap_or(role);
        let policy = serde_json::json!({ "Statement": statements });
        let statements = Statement::of_policy(&policy).map_err(|problem| {
            place.error(format!("the policy of {name} can't be read: {problem}"))
        })?;
        let check = Check::new("lambda:InvokeFunction", function.clone());
        if Principal::with_statements(name, "", statements).authorize(&check).is_err() {
            return Err(place.error(format!(
                "the role {name} may not invoke {function}; add the function to its policy"
            )));
        }
    }
    Ok(())
}
