//! `rotate-signing-key`: Secrets Manager invokes it every thirty days, and whenever an operator
//! starts a rotation, once for each step.
//!
//! The steps are those of
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html>.
//! Each can be repeated: the request's token identifies the version that is being created.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::DisplayErrorContext;
use builder_identity::keys::JWKS;
use builder_identity::tokens::public_keys;
use builder_identity::tokens::signing_secret::SigningSecret;
use builder_runtime::{Fault, Function, Job, Resources, Trigger, Work};
use serde::Deserialize;
use serde_json::{Value, json};

const CURRENT: &str = "AWSCURRENT";
const PENDING: &str = "AWSPENDING";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rotation {
    step: Step,
    secret_id: String,
    client_request_token: String,
}

#[derive(Deserialize)]
enum Step {
    #[serde(rename = "createSecret")]
    Create,
    #[serde(rename = "setSecret")]
    Set,
    #[serde(rename = "testSecret")]
    Test,
    #[serde(rename = "finishSecret")]
    Finish,
}

/// Returns the job.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Job::task(
            "rotate-signing-key",
            Trigger::Rotation { secret: "SIGNING_SECRET", expression: "rate(30 days)" },
            rotate_signing_key,
        ),
        Resources::new().timeout(30).get([JWKS]).put([JWKS]).update([JWKS]),
    )
}

async fn rotate_signing_key(work: Work, payload: Value) -> Result<Value, Fault> {
    let rotation: Rotation = serde_json::from_value(payload)?;
    let secret = Secret {
        client: work.app().aws().secrets(),
        id: rotation.secret_id,
        token: rotation.client_request_token,
    };
    match rotation.step {
        Step::Create => secret.create().await?,
        // A key is published before any token is signed with it. A replaced key stays published
        // until its last token has expired.
        Step::Set => {
            let keys = secret.pending().await?.public_keys()?;
            public_keys::replace_all(work.table(), keys, &work.context()).await?;
        }
        Step::Test => {
            let published = public_keys::all(work.table()).await?;
            let wanted = secret.pending().await?.public_keys()?;
            if let Some(key) =
                wanted.iter().find(|key| !published.iter().any(|present| present.kid == key.kid))
            {
                return Err(format!("the key {} is not published", key.kid).into());
            }
        }
        Step::Finish => secret.finish().await?,
    }
    Ok(json!({}))
}

/// The secret, and the version that is being created.
struct Secret {
    client: Client,
    id: String,
    token: String,
}

impl Secret {
    async fn create(&self) -> Result<(), Fault> {
        if self.read(PENDING, Some(&self.token)).await?.is_some() || self.is_current().await? {
            return Ok(());
        }
        let current = self.read(CURRENT, None).await?.ok_or("the signing secret has no value")?;
        let next = current.rotate()?.write()?;
        let request = self
            .client
            .put_secret_value()
            .secret_id(&self.id)
            .client_request_token(&self.token)
            .version_stages(PENDING);
        request.secret_string(next.as_str()).send().await.map(drop).map_err(failed)
    }

    async fn finish(&self) -> Result<(), Fault> {
        let described =
            self.client.describe_secret().secret_id(&self.id).send().await.map_err(failed)?;
        let versions = described.version_ids_to_stages.unwrap_or_default();
        let holder = versions
            .into_iter()
            .find(|(_, stages)| stages.iter().any(|stage| stage == CURRENT))
            .map(|(id, _)| id);
        if holder.as_deref() == Some(&self.token) {
            return Ok(());
        }
        let request =
            self.client.update_secret_version_stage().secret_id(&self.id).version_stage(CURRENT);
        request
            .move_to_version_id(&self.token)
            .set_remove_from_version_id(holder)
            .send()
            .await
            .map(drop)
            .map_err(failed)
    }

    /// Returns the version that is being created. After the last step it is the current one.
    async fn pending(&self) -> Result<SigningSecret, Fault> {
        let found = match self.read(PENDING, Some(&self.token)).await? {
            None => self.read(CURRENT, Some(&self.token)).await?,
            found => found,
        };
        found.ok_or_else(|| "this rotation has not created its version".into())
    }

    async fn is_current(&self) -> Result<bool, Fault> {
        Ok(self.read(CURRENT, Some(&self.token)).await?.is_some())
    }

    async fn read(
        &self,
        stage: &str,
        version: Option<&str>,
    ) -> Result<Option<SigningSecret>, Fault> {
        let request = self.client.get_secret_value().secret_id(&self.id).version_stage(stage);
        match request.set_version_id(version.map(str::to_owned)).send().await {
            Ok(found) => Ok(found.secret_string.as_deref().map(SigningSecret::read).transpose()?),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_resource_not_found_exception()) =>
            {
                Ok(None)
            }
            Err(error) => Err(failed(error)),
        }
    }
}

/// Describes an error without the content of the request.
fn failed(error: impl std::error::Error) -> Fault {
    DisplayErrorContext(error).to_string().into()
}
