//! Secrets Manager: secrets with versions and their staging labels.

mod operations;
mod password;
mod secret;

use bytes::Bytes;
use http::Response;
use rusqlite::{Connection, OptionalExtension, params};
use s3s::Body;
use serde_json::{Value, json};

use super::Inner;
use super::arn;
use super::database::store::Store;
use super::error::{AwsError, json_answer};
use super::iam::Check;
use super::iam::caller::Caller;
use secret::Secret;

/// The Secrets Manager of the local cloud.
pub(super) struct Secrets {
    store: Store,
    region: String,
}

impl Secrets {
    pub(super) fn new(store: Store, region: &str) -> Self {
        Self { store, region: region.to_owned() }
    }

    /// Responds to one request.
    pub(super) async fn respond(
        &self,
        cloud: &Inner,
        caller: &Caller,
        operation: &str,
        body: &Bytes,
    ) -> Result<Response<Body>, AwsError> {
        let request: Value = serde_json::from_slice(body)?;
        let name = |member: &str| request[member].as_str().unwrap_or_default().to_owned();
        let (action, id) = match operation {
            "CreateSecret" => ("secretsmanager:CreateSecret", Some(name("Name"))),
            "GetSecretValue" => ("secretsmanager:GetSecretValue", Some(name("SecretId"))),
            "PutSecretValue" => ("secretsmanager:PutSecretValue", Some(name("SecretId"))),
            "UpdateSecret" => ("secretsmanager:UpdateSecret", Some(name("SecretId"))),
            "DescribeSecret" => ("secretsmanager:DescribeSecret", Some(name("SecretId"))),
            "DeleteSecret" => ("secretsmanager:DeleteSecret", Some(name("SecretId"))),
            "RestoreSecret" => ("secretsmanager:RestoreSecret", Some(name("SecretId"))),
            "UpdateSecretVersionStage" => {
                ("secretsmanager:UpdateSecretVersionStage", Some(name("SecretId")))
            }
            "ListSecretVersionIds" => {
                ("secretsmanager:ListSecretVersionIds", Some(name("SecretId")))
            }
            "ListSecrets" => ("secretsmanager:ListSecrets", None),
            "GetRandomPassword" => ("secretsmanager:GetRandomPassword", None),
            _ => {
                return Err(AwsError::invalid(
                    "UnknownOperationException",
                    format!("the local Secrets Manager does not support {operation}"),
                ));
            }
        };
        let name = id.as_deref().map(secret_name);
        let resource =
            name.as_ref().map_or_else(|| "*".to_owned(), |name| arn::secret(&self.region, name));
        caller.authorize(&[Check::new(action, resource)])?;
        let through = cloud.faults_for(caller, action).await?;
        let answer = match name {
            Some(name) => {
                let (operation, region) = (operation.to_owned(), self.region.clone());
                self.store
                    .run(move |store| on_one(store, &region, &operation, &name, &request))
                    .await??
            }
            None if operation == "ListSecrets" => {
                let region = self.region.clone();
                let secrets = self.store.run(|store| list(store)).await??;
                json!({"SecretList": secrets.iter().filter(|secret| secret.deleted_at.is_none())
                    .map(|secret| secret.describe(&region)).collect::<Vec<_>>()})
            }
            None => json!({"RandomPassword": password::random(&request)?}),
        };
        through.finish()?;
        Ok(json_answer("application/x-amz-json-1.1", &answer))
    }
}

/// Loads a secret, lets the operation change it, and stores it, in one transaction.
fn on_one(
    store: &mut Connection,
    region: &str,
    operation: &str,
    name: &str,
    request: &Value,
) -> Result<Value, AwsError> {
    let transaction = store.transaction()?;
    let document: Option<String> = transaction
        .prepare_cached("SELECT document FROM secrets WHERE name = ?1")?
        .query_row(params![name], |row| row.get(0))
        .optional()?;
    let before: Option<Secret> = document.as_deref().map(serde_json::from_str).transpose()?;
    // Its recovery window has ended: it is deleted.
    let before = before.filter(|secret| secret.deleted_at.is_none_or(|at| at > crate::time::now()));
    let done = operations::apply(operation, before, name, region, request)?;
    match done.secret {
        operations::After::Unchanged => {}
        operations::After::Changed(secret) => {
            transaction
                .prepare_cached(
                    "INSERT INTO secrets VALUES (?1, ?2) ON CONFLICT DO UPDATE SET document = ?2",
                )?
                .execute(params![name, serde_json::to_string(&secret)?])?;
        }
        operations::After::Gone => {
            transaction
                .prepare_cached("DELETE FROM secrets WHERE name = ?1")?
                .execute(params![name])?;
        }
    }
    transaction.commit()?;
    Ok(done.answer)
}

fn list(store: &Connection) -> Result<Vec<Secret>, AwsError> {
    let mut statement = store.prepare_cached("SELECT document FROM secrets ORDER BY name")?;
    let documents = statement.query_map([], |row| row.get::<_, String>(0))?;
    documents.map(|document| Ok(serde_json::from_str(&document?)?)).collect()
}

/// Returns the name in an ID, which may be a name or an ARN with or without the characters that AWS
/// appends.
fn secret_name(id: &str) -> String {
    let Some((_, name)) = id.strip_prefix("arn:").and_then(|rest| rest.split_once(":secret:"))
    else {
        return id.to_owned();
    };
    match name.rsplit_once('-') {
        Some((bare, suffix)) if suffix.len() == 6 && arn::secret("", bare).ends_with(suffix) => {
            bare.to_owned()
        }
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_by_name_and_arn() {
        let arn = arn::secret("us-east-1", "app/signing-secret");
        assert_eq!(secret_name(&arn), "app/signing-secret");
        assert_eq!(secret_name("app/signing-secret"), "app/signing-secret");
        assert_eq!(
            secret_name("arn:aws:secretsmanager:us-east-1:0:secret:app/signing-secret"),
            "app/signing-secret"
        );
    }
}
