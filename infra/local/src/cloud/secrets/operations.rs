//! The effect of the operations on one secret.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::secret::{CURRENT, Secret, seconds};
use crate::cloud::arn;
use crate::cloud::error::AwsError;

/// The result of an operation.
pub(super) struct Done {
    pub(super) answer: Value,
    pub(super) secret: After,
}

/// The change to the secret.
pub(super) enum After {
    Unchanged,
    Changed(Secret),
    Gone,
}

/// Applies `operation` to the secret `name`, which may not exist.
pub(super) fn apply(
    operation: &str,
    before: Option<Secret>,
    name: &str,
    region: &str,
    request: &Value,
) -> Result<Done, AwsError> {
    if operation == "CreateSecret" {
        return create(before, name, region, request);
    }
    let mut secret = before.ok_or_else(|| {
        AwsError::invalid(
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret.",
        )
    })?;
    let readable = ["DescribeSecret", "DeleteSecret", "RestoreSecret"].contains(&operation);
    if secret.deleted_at.is_some() && !readable {
        return Err(AwsError::invalid(
            "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion.",
        ));
    }
    let arn = arn::secret(region, name);
    let text = |member: &str| request[member].as_str();
    let mut answer = json!({"ARN": arn, "Name": name});
    match operation {
        "GetSecretValue" => {
            let version =
                secret.version(text("VersionId"), text("VersionStage")).ok_or_else(|| {
                    let stage = text("VersionStage").or(text("VersionId")).unwrap_or(CURRENT);
                    AwsError::invalid(
                        "ResourceNotFoundException",
                        format!(
                            "Secrets Manager can't find the specified secret value for staging \
                         label: {stage}"
                        ),
                    )
                })?;
            answer["VersionId"] = json!(version.id);
            answer["VersionStages"] = json!(version.stages);
            answer["CreatedDate"] = seconds(version.created_at);
            match (&version.string, &version.binary) {
                (Some(string), _) => answer["SecretString"] = json!(string),
                (None, Some(binary)) => answer["SecretBinary"] = json!(binary),
                (None, None) => {}
            }
            return Ok(Done { answer, secret: After::Unchanged });
        }
        "DescribeSecret" => {
            return Ok(Done { answer: secret.describe(region), secret: After::Unchanged });
        }
        "ListSecretVersionIds" => {
            answer["Versions"] = secret
                .versions
                .iter()
                .map(|version| {
                    json!({"VersionId": version.id, "VersionStages": version.stages,
                           "CreatedDate": seconds(version.created_at)})
                })
                .collect();
            return Ok(Done { answer, secret: After::Unchanged });
        }
        "PutSecretValue" => {
            let id = put_value(&mut secret, request)?;
            let version = secret.versions.iter().find(|version| version.id == id);
            answer["VersionStages"] = json!(version.map(|version| &version.stages));
            answer["VersionId"] = json!(id);
        }
        "UpdateSecret" => {
            if let Some(description) = text("Description") {
                secret.description = Some(description.to_owned());
            }
            if has_value(request) {
                answer["VersionId"] = json!(put_value(&mut secret, request)?);
            }
        }
        "UpdateSecretVersionStage" => {
            let stage = text("VersionStage").ok_or_else(|| {
                AwsError::invalid("InvalidParameterException", "VersionStage is missing")
            })?;
            let holder = secret.version(None, Some(stage)).map(|version| version.id.clone());
            if holder.is_some()
                && holder.as_deref() != text("RemoveFromVersionId")
                && holder.as_deref() != text("MoveToVersionId")
            {
                return Err(AwsError::invalid(
                    "InvalidParameterException",
                    format!(
                        "The parameter RemoveFromVersionId can't be empty. Staging label {stage} \
                         is currently attached to another version, so you must explicitly \
                         reference that version in RemoveFromVersionId."
                    ),
                ));
            }
            let target = text("MoveToVersionId");
            if target.is_some_and(|id| secret.version(Some(id), None).is_none()) {
                return Err(AwsError::invalid(
                    "ResourceNotFoundException",
                    "Secrets Manager can't find the specified secret version.",
                ));
            }
            secret.move_stage(stage, target);
        }
        "DeleteSecret" => return Ok(delete(secret, answer, request)),
        "RestoreSecret" => secret.deleted_at = None,
        _ => return Err(AwsError::invalid("UnknownOperationException", operation)),
    }
    Ok(Done { answer, secret: After::Changed(secret) })
}

fn create(
    before: Option<Secret>,
    name: &str,
    region: &str,
    request: &Value,
) -> Result<Done, AwsError> {
    if name.is_empty()
        || name.len() > 512
        || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_+=.@-".contains(&byte))
    {
        return Err(AwsError::invalid(
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the \
             following: -/_+=.@!",
        ));
    }
    if before.as_ref().is_some_and(|secret| secret.deleted_at.is_some()) {
        return Err(AwsError::invalid(
            "InvalidRequestException",
            "You can't create this secret because a secret with this name is already scheduled \
             for deletion.",
        ));
    }
    // A request that is repeated with its token changes nothing.
    let token = request["ClientRequestToken"].as_str();
    let repeated = before
        .as_ref()
        .is_some_and(|secret| token.is_some() && secret.version(token, None).is_some());
    if before.is_some() && !repeated {
        return Err(AwsError::invalid(
            "ResourceExistsException",
            format!("The operation failed because the secret {name} already exists."),
        ));
    }
    let mut secret = before.unwrap_or_else(|| {
        let tags = if request["Tags"].is_array() { request["Tags"].clone() } else { json!([]) };
        Secret::new(name, request["Description"].as_str(), tags)
    });
    let mut answer = json!({"ARN": arn::secret(region, name), "Name": name});
    if has_value(request) {
        answer["VersionId"] = json!(put_value(&mut secret, request)?);
    }
    Ok(Done { answer, secret: After::Changed(secret) })
}

fn has_value(request: &Value) -> bool {
    request["SecretString"].is_string() || request["SecretBinary"].is_string()
}

/// Adds the request's value as a version, labelled current unless the request specifies other
/// labels.
fn put_value(secret: &mut Secret, request: &Value) -> Result<String, AwsError> {
    let (string, binary) = (request["SecretString"].as_str(), request["SecretBinary"].as_str());
    if string.is_some() == binary.is_some() {
        return Err(AwsError::invalid(
            "InvalidRequestException",
            "You must provide either SecretString or SecretBinary.",
        ));
    }
    if string.or(binary).is_some_and(|value| value.len() > 65_536) {
        return Err(AwsError::invalid(
            "ValidationException",
            "A secret value holds at most 65536 bytes.",
        ));
    }
    let stages: Vec<String> = request["VersionStages"]
        .as_array()
        .map(|stages| stages.iter().filter_map(|stage| stage.as_str().map(str::to_owned)).collect())
        .unwrap_or_else(|| vec![CURRENT.to_owned()]);
    secret.add(request["ClientRequestToken"].as_str(), string, binary, &stages).ok_or_else(|| {
        AwsError::invalid(
            "ResourceExistsException",
            "You can't use ClientRequestToken to identify a version with another value.",
        )
    })
}

fn delete(mut secret: Secret, mut answer: Value, request: &Value) -> Done {
    if request["ForceDeleteWithoutRecovery"] == true {
        answer["DeletionDate"] = seconds(crate::time::now());
        return Done { answer, secret: After::Gone };
    }
    let days = request["RecoveryWindowInDays"].as_i64().unwrap_or(30);
    let at = crate::time::now() + SignedDuration::from_hours(24 * days.clamp(7, 30));
    secret.deleted_at = Some(at);
    answer["DeletionDate"] = seconds(at);
    Done { answer, secret: After::Changed(secret) }
}
