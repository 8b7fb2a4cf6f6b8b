//! Creates the resources that the template describes, and leaves existing ones unchanged.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::{Aws, Service, buckets, table};
use crate::template::{Known, Model, Queue, Secret};

/// Creates every table, queue, secret and bucket that is missing. Returns the attributes that are
/// only known once a resource exists.
pub(crate) async fn provision(aws: &Aws, model: &Model) -> Result<Known> {
    let mut known = Known::new();
    for table in &model.tables {
        table::create(aws, table).await.with_context(|| format!("the table {}", table.name))?;
    }
    // Dead-letter queues first: a redrive policy names an existing queue.
    let (redriving, plain): (Vec<_>, Vec<_>) =
        model.queues.iter().partition(|queue| queue.attributes.contains_key("RedrivePolicy"));
    for queue in plain.into_iter().chain(redriving) {
        let url =
            create_queue(aws, queue).await.with_context(|| format!("the queue {}", queue.name))?;
        known.insert(("queue", queue.name.clone()), BTreeMap::from([("Url", url)]));
    }
    for policy in &model.queue_policies {
        for queue in &policy.queues {
            set_queue_policy(aws, queue, &policy.document)
                .await
                .with_context(|| format!("the policy of the queue {queue}"))?;
        }
    }
    for secret in &model.secrets {
        let arn = create_secret(aws, secret)
            .await
            .with_context(|| format!("the secret {}", secret.name))?;
        known.insert(("secret", secret.name.clone()), BTreeMap::from([("Arn", arn)]));
    }
    for bucket in &model.buckets {
        buckets::create(aws, bucket)
            .await
            .with_context(|| format!("the bucket {}", bucket.name))?;
    }
    Ok(known)
}

/// Registers the sender addresses of functions in SES, as an operator does once by hand in the
/// cloud.
pub(crate) async fn verify_senders(aws: &Aws, model: &Model) -> Result<()> {
    for function in &model.functions {
        let sends = function
            .statements
            .iter()
            .any(|statement| statement["Action"].to_string().contains("ses:Send"));
        let addresses = function
            .environment
            .values()
            .filter(|value| value.contains('@') && !value.contains('/'));
        for address in addresses.filter(|_| sends) {
            aws.create_identity(address).await.with_context(|| format!("the sender {address}"))?;
        }
    }
    Ok(())
}

async fn create_queue(aws: &Aws, queue: &Queue) -> Result<String> {
    let input = json!({ "QueueName": queue.name, "Attributes": queue.attributes });
    match aws.call(Service::Sqs, "CreateQueue", &input).await {
        Ok(output) => Ok(output["QueueUrl"].as_str().unwrap_or_default().to_owned()),
        Err(error) if matches!(error.code.as_str(), "QueueNameExists" | "QueueAlreadyExists") => {
            let url = aws.queue_url(&queue.name).await?;
            let input = json!({ "QueueUrl": url, "Attributes": queue.attributes });
            aws.call(Service::Sqs, "SetQueueAttributes", &input).await?;
            Ok(url)
        }
        Err(error) => Err(error.into()),
    }
}

async fn set_queue_policy(aws: &Aws, queue: &str, document: &str) -> Result<()> {
    let url = aws.queue_url(queue).await?;
    aws.call(
        Service::Sqs,
        "SetQueueAttributes",
        &json!({ "QueueUrl": url, "Attributes": { "Policy": document } }),
    )
    .await?;
    Ok(())
}

async fn create_secret(aws: &Aws, secret: &Secret) -> Result<String> {
    let value = match (&secret.value, &secret.generate) {
        (Some(value), _) => value.clone(),
        (None, Some(rules)) => generate(rules)?,
        (None, None) => bail!("has neither GenerateSecretString nor SecretString; add one"),
    };
    match aws
        .call(
            Service::Secrets,
            "CreateSecret",
            &json!({ "Name": secret.name, "SecretString": value }),
        )
        .await
    {
        Ok(output) => Ok(output["ARN"].as_str().unwrap_or_default().to_owned()),
        Err(error) if error.code == "ResourceExistsException" => {
            let output = aws
                .call(Service::Secrets, "DescribeSecret", &json!({ "SecretId": secret.name }))
                .await?;
            Ok(output["ARN"].as_str().unwrap_or_default().to_owned())
        }
        Err(error) => Err(error.into()),
    }
}

/// `GenerateSecretString`: evenly distributed random characters from the operating system.
fn generate(rules: &Value) -> Result<String> {
    let is =
        |name: &str| rules[name].as_bool().unwrap_or(false) || rules[name].as_str() == Some("true");
    let excluded = rules["ExcludeCharacters"].as_str().unwrap_or_default();
    let mut alphabet = String::new();
    for (excluded_by, characters) in [
        ("ExcludeLowercase", "abcdefghijklmnopqrstuvwxyz"),
        ("ExcludeUppercase", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        ("ExcludeNumbers", "0123456789"),
        ("ExcludePunctuation", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
    ] {
        if !is(excluded_by) {
            alphabet.push_str(characters);
        }
    }
    let alphabet: Vec<char> =
        alphabet.chars().filter(|character| !excluded.contains(*character)).collect();
    if alphabet.is_empty() {
        bail!("GenerateSecretString excludes every character");
    }
    let length = rules["PasswordLength"]
        .as_u64()
        .or_else(|| rules["PasswordLength"].as_str()?.parse().ok())
        .unwrap_or(32);
    let length = usize::try_from(length)?;
    let password = random_text(&alphabet, length)?;
    match (rules["SecretStringTemplate"].as_str(), rules["GenerateStringKey"].as_str()) {
        (Some(template), Some(key)) => {
            let mut object: Value =
                serde_json::from_str(template).context("SecretStringTemplate is not JSON")?;
            object[key] = Value::String(password);
            Ok(object.to_string())
        }
        _ => Ok(password),
    }
}

/// Returns random characters, evenly distributed over an alphabet of at most 256.
pub(crate) fn random_text(alphabet: &[char], length: usize) -> Result<String> {
    let fair = 256 - 256 % alphabet.len();
    let mut text = String::with_capacity(length);
    let mut drawn = [0_u8; 64];
    while text.chars().count() < length {
        getrandom::fill(&mut drawn).map_err(|error| {
            anyhow::anyhow!("the operating system's random number generator failed: {error}")
        })?;
        let missing = length - text.chars().count();
        text.extend(
            drawn
                .iter()
                .map(|byte| usize::from(*byte))
                .filter(|byte| *byte < fair)
                .take(missing)
                .map(|byte| alphabet[byte % alphabet.len()]),
        );
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_follows_its_rules() {
        let secret = generate(&json!({ "PasswordLength": 64, "ExcludePunctuation": true, "ExcludeCharacters": "abc" })).unwrap();
        assert_eq!(secret.len(), 64);
        assert!(
            secret
                .chars()
                .all(|character| character.is_ascii_alphanumeric() && !"abc".contains(character))
        );
        let within =
            json!({ "SecretStringTemplate": "{\"user\":\"x\"}", "GenerateStringKey": "password" });
        let within: Value = serde_json::from_str(&generate(&within).unwrap()).unwrap();
        assert_eq!(within["password"].as_str().unwrap().chars().count(), 32);
    }
}
