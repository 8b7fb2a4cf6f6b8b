//! Authorization: principals, their policy statements, and the decision on a call.
//!
//! The rules are IAM's for identity policies and permissions boundaries: nothing is allowed unless
//! a statement of each allows it, and an explicit deny wins. Unsupported elements of a policy are
//! refused with a message that names them, never assumed to allow.

pub(super) mod caller;
mod condition;
pub(crate) mod glob;
mod grant_log;
pub(super) mod principals;
mod statement;

pub use grant_log::{Grant, GrantLog, Use};
pub use statement::{Effect, Statement};

use super::arn;
use crate::recorder::{self, Verdict};

/// The owner of an access key.
#[derive(Clone, Debug)]
pub struct Principal {
    /// Role name of a function, user name of the administrator.
    pub name: String,
    /// The secret of its access key. Only S3 checks signatures (presigned URLs depend on them).
    pub secret_key: String,
    access: Access,
    boundary: Option<Vec<Statement>>,
    grant_log: Option<GrantLog>,
}

#[derive(Clone, Debug)]
enum Access {
    Everything,
    Policy(Vec<Statement>),
}

impl Principal {
    /// Returns a principal with exactly the rights that `statements` grant.
    pub fn with_statements(
        name: impl Into<String>,
        secret_key: impl Into<String>,
        statements: Vec<Statement>,
    ) -> Self {
        Self {
            name: name.into(),
            secret_key: secret_key.into(),
            access: Access::Policy(statements),
            boundary: None,
            grant_log: None,
        }
    }

    /// Restricts the principal to the rights that these statements also grant.
    #[must_use]
    pub fn within(self, boundary: Vec<Statement>) -> Self {
        Self { boundary: Some(boundary), ..self }
    }

    /// Writes the grants that allow its calls to this log.
    #[must_use]
    pub fn logged_to(self, grant_log: GrantLog) -> Self {
        Self { grant_log: Some(grant_log), ..self }
    }

    /// Returns the developer's principal, which has all rights and is exempt from faults.
    pub fn administrator(name: impl Into<String>, secret_key: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            secret_key: secret_key.into(),
            access: Access::Everything,
            boundary: None,
            grant_log: None,
        }
    }

    /// Returns whether this is the administrator.
    pub fn is_administrator(&self) -> bool {
        matches!(self.access, Access::Everything)
    }

    /// Returns the ARN that AWS would name in its messages.
    pub fn arn(&self) -> String {
        match self.access {
            Access::Everything => format!("arn:aws:iam::{}:user/{}", arn::ACCOUNT, self.name),
            Access::Policy(_) => {
                format!(
                    "arn:aws:sts::{}:assumed-role/{name}/{name}",
                    arn::ACCOUNT,
                    name = self.name
                )
            }
        }
    }

    /// Returns whether the decision, or the log of grants, may depend on the partition keys of a
    /// call. They are only determined if so.
    pub(crate) fn asks_for_leading_keys(&self) -> bool {
        match &self.access {
            Access::Everything => false,
            Access::Policy(statements) => {
                self.grant_log.is_some()
                    || statements
                        .iter()
                        .chain(self.boundary.iter().flatten())
                        .any(Statement::asks_for_leading_keys)
            }
        }
    }

    /// Decides on one call.
    ///
    /// # Errors
    /// The refusal, with AWS's message.
    pub(crate) fn authorize(&self, check: &Check) -> Result<(), Refusal> {
        let Access::Policy(statements) = &self.access else {
            return Ok(());
        };
        let decision = self.decide_within_boundary(check, statements);
        recorder::decided(check.action, &check.resource, || match &decision {
            Ok(allowing) => Verdict::Allowed(statements[*allowing].text().to_owned()),
            Err(refusal) => Verdict::Refused(refusal.0.clone()),
        });
        let allowing = decision?;
        if let (Some(log), Some((action, resource))) =
            (&self.grant_log, statements[allowing].place_of(check))
        {
            let grant = Grant { function: self.name.clone(), place: [allowing, action, resource] };
            log.used(&grant, &statements[allowing].leading_key_patterns(check));
        }
        Ok(())
    }

    fn decide_within_boundary(
        &self,
        check: &Check,
        statements: &[Statement],
    ) -> Result<usize, Refusal> {
        let allowing =
            self.decide(check, statements, "an identity-based policy", "identity-based policy")?;
        if let Some(boundary) = &self.boundary {
            self.decide(check, boundary, "a permissions boundary", "permissions boundary")?;
        }
        Ok(allowing)
    }

    /// Evaluates these statements, and returns the index of the one that allows the call. `one` and
    /// `no` are AWS's names for the kind of policy.
    fn decide(
        &self,
        check: &Check,
        statements: &[Statement],
        one: &str,
        no: &str,
    ) -> Result<usize, Refusal> {
        let mut allowing = None;
        let mut unknown = None;
        let concerned =
            statements.iter().enumerate().filter(|(_, statement)| statement.concerns(check));
        for (place, statement) in concerned {
            match (statement.effect, statement.condition_holds(check)) {
                (Effect::Deny, Ok(true) | Err(_)) => {
                    return Err(self.refuse(check, &format!("with an explicit deny in {one}")));
                }
                (Effect::Allow, Ok(true)) => allowing = allowing.or(Some(place)),
                (Effect::Allow, Err(reason)) => unknown = Some(reason),
                (_, Ok(false)) => {}
            }
        }
        match (allowing, unknown) {
            (Some(place), _) => Ok(place),
            (None, Some(reason)) => Err(self.refuse(
                check,
                &format!(
                    "because the statement that would allow it has a condition that the local \
                     stack cannot evaluate: {reason}"
                ),
            )),
            (None, None) => {
                Err(self
                    .refuse(check, &format!("because no {no} allows the {} action", check.action)))
            }
        }
    }

    fn refuse(&self, check: &Check, why: &str) -> Refusal {
        Refusal(format!(
            "User: {} is not authorized to perform: {} on resource: {} {why}",
            self.arn(),
            check.action,
            check.resource
        ))
    }
}

/// Why a call was refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal(pub(crate) String);

/// One action on one resource, with the values of condition keys.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) action: &'static str,
    pub(crate) resource: String,
    context: Vec<(&'static str, Vec<String>)>,
}

impl Check {
    pub(crate) fn new(action: &'static str, resource: String) -> Self {
        Self { action, resource, context: Vec::new() }
    }

    /// Adds a condition key. A key without values is absent.
    pub(crate) fn with(mut self, key: &'static str, values: Vec<String>) -> Self {
        if !values.is_empty() {
            self.context.push((key, values));
        }
        self
    }

    /// Returns the values of a condition key. Names of keys are case-insensitive.
    fn values(&self, key: &str) -> &[String] {
        self.context
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(key))
            .map_or(&[], |(_, values)| values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const TABLE: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/Data";

    fn principal(statements: Value) -> Principal {
        let policy = json!({"Version": "2012-10-17", "Statement": statements});
        Principal::with_statements("place-order", "s", Statement::of_policy(&policy).unwrap())
    }

    fn check(action: &'static str, resource: &str) -> Check {
        Check::new(action, resource.to_owned())
    }

    #[test]
    fn nothing_is_allowed_by_default_and_the_message_is_that_of_aws() {
        let refusal =
            principal(json!([])).authorize(&check("dynamodb:PutItem", TABLE)).unwrap_err();
        assert_eq!(
            refusal.0,
            "User: arn:aws:sts::000000000000:assumed-role/place-order/place-order is not \
             authorized to perform: dynamodb:PutItem on resource: \
             arn:aws:dynamodb:us-east-1:000000000000:table/Data because no identity-based policy \
             allows the dynamodb:PutItem action"
        );
    }

    #[test]
    fn wildcards_match_in_actions_and_resources() {
        let reader = principal(json!({
            "Effect": "Allow",
            "Action": ["dynamodb:Get*", "dynamodb:query"],
            "Resource": [TABLE, format!("{TABLE}/index/gsi?")],
        }));
        assert!(reader.authorize(&check("dynamodb:GetItem", TABLE)).is_ok());
        assert!(reader.authorize(&check("dynamodb:Query", &format!("{TABLE}/index/gsi1"))).is_ok());
        assert!(
            reader.authorize(&check("dynamodb:Query", &format!("{TABLE}/index/other"))).is_err()
        );
        assert!(reader.authorize(&check("dynamodb:PutItem", TABLE)).is_err());
        assert!(reader.authorize(&check("dynamodb:GetItem", &format!("{TABLE}2"))).is_err());
    }

    #[test]
    fn a_deny_overrides_any_allow() {
        for deny_first in [true, false] {
            let mut statements = vec![
                json!({"Effect": "Allow", "Action": "*", "Resource": "*"}),
                json!({"Effect": "Deny", "Action": "dynamodb:DeleteItem", "Resource": "*"}),
            ];
            if deny_first {
                statements.reverse();
            }
            let principal = principal(json!(statements));
            assert!(principal.authorize(&check("dynamodb:PutItem", TABLE)).is_ok());
            let refusal = principal.authorize(&check("dynamodb:DeleteItem", TABLE)).unwrap_err();
            assert!(
                refusal.0.ends_with("with an explicit deny in an identity-based policy"),
                "{}",
                refusal.0
            );
        }
    }

    #[test]
    fn a_boundary_only_restricts() {
        let statement =
            |action: &str| json!({ "Effect": "Allow", "Action": action, "Resource": "*" });
        let boundary =
            Statement::of_policy(&json!({ "Statement": statement("dynamodb:*") })).unwrap();
        let principal =
            principal(json!([statement("dynamodb:GetItem"), statement("s3:*")])).within(boundary);
        assert!(principal.authorize(&check("dynamodb:GetItem", TABLE)).is_ok());
        let refusal = principal.authorize(&check("dynamodb:PutItem", TABLE)).unwrap_err();
        assert!(
            refusal
                .0
                .ends_with("because no identity-based policy allows the dynamodb:PutItem action"),
            "{}",
            refusal.0
        );
        let refusal = principal.authorize(&check("s3:PutObject", "arn:aws:s3:::b/k")).unwrap_err();
        assert!(
            refusal.0.ends_with("because no permissions boundary allows the s3:PutObject action"),
            "{}",
            refusal.0
        );
    }

    #[test]
    fn leading_keys_are_compared_with_every_key_of_the_call() {
        let guard = principal(json!({
            "Effect": "Allow",
            "Action": "dynamodb:UpdateItem",
            "Resource": TABLE,
            "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["GUARD#*"]}},
        }));
        let with_keys = |keys: &[&str]| {
            check("dynamodb:UpdateItem", TABLE)
                .with("dynamodb:LeadingKeys", keys.iter().map(ToString::to_string).collect())
        };
        assert!(guard.asks_for_leading_keys());
        assert!(guard.authorize(&with_keys(&["GUARD#1", "GUARD#2"])).is_ok());
        assert!(guard.authorize(&with_keys(&["GUARD#1", "USER#2"])).is_err());
        assert!(guard.authorize(&with_keys(&[])).is_ok(), "ForAllValues is true of no values");
    }

    #[test]
    fn a_plain_operator_needs_its_key() {
        let sender = principal(json!({
            "Effect": "Allow",
            "Action": "ses:SendEmail",
            "Resource": "*",
            "Condition": {"StringEquals": {"ses:FromAddress": "shop@example.com"}},
        }));
        let send =
            || check("ses:SendEmail", "arn:aws:ses:us-east-1:000000000000:identity/example.com");
        assert!(sender.authorize(&send()).is_err());
        assert!(
            sender
                .authorize(&send().with("ses:FromAddress", vec!["shop@example.com".into()]))
                .is_ok()
        );
        assert!(
            sender
                .authorize(&send().with("ses:FromAddress", vec!["Shop@example.com".into()]))
                .is_err()
        );
    }

    #[test]
    fn an_unknown_condition_denies_with_a_reason() {
        let statement = |effect: &str| {
            json!({
                "Effect": effect, "Action": "*", "Resource": "*",
                "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
            })
        };
        let refusal =
            principal(statement("Allow")).authorize(&check("dynamodb:PutItem", TABLE)).unwrap_err();
        assert!(refusal.0.contains("IpAddress"), "{}", refusal.0);
        let both = principal(
            json!([statement("Deny"), {"Effect": "Allow", "Action": "*", "Resource": "*"}]),
        );
        assert!(both.authorize(&check("dynamodb:PutItem", TABLE)).is_err());
    }

    #[test]
    fn an_unsupported_policy_is_an_error() {
        for policy in [
            json!({"Statement": {"Effect": "Allow", "NotAction": "*", "Resource": "*"}}),
            json!({"Statement": {"Effect": "Allow", "Action": "*"}}),
            json!({"Statement": {"Effect": "Maybe", "Action": "*", "Resource": "*"}}),
            json!({}),
        ] {
            assert!(Statement::of_policy(&policy).is_err(), "{policy}");
        }
    }
}
