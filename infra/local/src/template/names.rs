//! The names of resources, and the values of `!Ref` and `!GetAtt` for them.

use serde_json::Value;

use super::error::{Place, TemplateError};
use super::properties::scalar_text;
use super::scope::Scope;

/// Resolves `!Ref name` of a resource.
pub(super) fn reference(
    scope: &Scope<'_>,
    name: &str,
    place: &Place,
) -> Result<Value, TemplateError> {
    // SAM's `!Ref PlaceOrder.Alias` and `!Ref PlaceOrder.Version` are ARNs.
    if let Some((function, "Alias" | "Version")) = name.split_once('.') {
        let arn = attribute(scope, function, "Arn", place)?;
        return Ok(Value::String(format!("{}:live", scalar_text(&arn).unwrap_or_default())));
    }
    let Some(resource) = scope.resource(name)? else { return Err(unknown(name, place)) };
    let physical = physical_name(scope, name, resource)?;
    Ok(Value::String(match kind(resource) {
        "AWS::SQS::Queue" => queue_url(scope, &physical),
        "AWS::SecretsManager::Secret" => arn(scope, "secret", &physical),
        "AWS::SNS::Topic" => arn(scope, "topic", &physical),
        "AWS::IAM::ManagedPolicy" => arn(scope, "policy", &physical),
        _ => physical,
    }))
}

/// Resolves `!GetAtt name.attribute` of a resource.
pub(super) fn attribute(
    scope: &Scope<'_>,
    name: &str,
    attribute: &str,
    place: &Place,
) -> Result<Value, TemplateError> {
    let Some(resource) = scope.resource(name)? else {
        // SAM creates a role for each function that names none.
        let function = name
            .strip_suffix("Role")
            .map(|function| scope.resource(function))
            .transpose()?
            .flatten();
        return match function {
            Some(_) => Ok(Value::String(arn(scope, "role", &format!("{}-{name}", scope.stack)))),
            None => Err(unknown(name, place)),
        };
    };
    if let Some(output) = attribute.strip_prefix("Outputs.") {
        let outputs = scope.nested_outputs(name, resource)?;
        return outputs
            .get(output)
            .cloned()
            .ok_or_else(|| place.error(format!("{name} has no output {output}; add it there")));
    }
    let physical = physical_name(scope, name, resource)?;
    let kind = kind(resource);
    let value = match (kind, attribute) {
        ("AWS::DynamoDB::Table", "Arn") => arn(scope, "table", &physical),
        // The label at its end is the time of creation; a wildcard in the policy matches it.
        ("AWS::DynamoDB::Table", "StreamArn") => {
            format!("{}/stream/*", arn(scope, "table", &physical))
        }
        ("AWS::SQS::Queue", "Arn") => arn(scope, "queue", &physical),
        ("AWS::SQS::Queue", "QueueUrl") => queue_url(scope, &physical),
        ("AWS::SecretsManager::Secret", "Id") => arn(scope, "secret", &physical),
        ("AWS::S3::Bucket", "Arn") => arn(scope, "bucket", &physical),
        ("AWS::S3::Bucket", "DomainName" | "RegionalDomainName") => {
            format!("{physical}.s3.amazonaws.com")
        }
        ("AWS::Serverless::Function", "Arn") => arn(scope, "function", &physical),
        ("AWS::IAM::Role", "Arn") => arn(scope, "role", &physical),
        ("AWS::Serverless::HttpApi" | "AWS::ApiGatewayV2::Api", "ApiEndpoint") => {
            scope.loading.platform.api_url.clone()
        }
        ("AWS::SNS::Topic", "TopicArn" | "Arn") => arn(scope, "topic", &physical),
        (_, "Arn") => arn(scope, kind.split("::").nth(1).unwrap_or("aws"), &physical),
        _ => format!("{physical}.{attribute}"),
    };
    Ok(Value::String(value))
}

/// Returns the name of a resource in the account: its own, or the stack's and its logical name.
pub(super) fn physical_name(
    scope: &Scope<'_>,
    name: &str,
    resource: &Value,
) -> Result<String, TemplateError> {
    let property = match kind(resource) {
        "AWS::DynamoDB::Table" => "TableName",
        "AWS::SQS::Queue" => "QueueName",
        "AWS::S3::Bucket" => "BucketName",
        "AWS::SNS::Topic" => "TopicName",
        "AWS::IAM::Role" => "RoleName",
        "AWS::IAM::ManagedPolicy" => "ManagedPolicyName",
        "AWS::Logs::LogGroup" => "LogGroupName",
        "AWS::Serverless::Function" => return name_of(scope, name, resource),
        "AWS::SecretsManager::Secret" | "AWS::Scheduler::Schedule" => "Name",
        _ => "",
    };
    let place = scope.place_of(name).at(property);
    if let Some(own) = resource["Properties"].get(property)
        && let Some(own) = scalar_text(&scope.evaluate(own, &place)?)
    {
        return Ok(own);
    }
    let default = format!("{}-{name}", scope.stack);
    Ok(if kind(resource) == "AWS::S3::Bucket" { default.to_lowercase() } else { default })
}

/// Returns the type of a resource, such as `AWS::SQS::Queue`.
pub(super) fn kind(resource: &Value) -> &str {
    resource["Type"].as_str().unwrap_or_default()
}

fn queue_url(scope: &Scope<'_>, name: &str) -> String {
    let platform = scope.loading.platform;
    known(scope, "queue", name, "Url")
        .unwrap_or_else(|| format!("{}/{}/{name}", platform.aws_url, platform.account))
}

fn arn(scope: &Scope<'_>, kind: &str, name: &str) -> String {
    let platform = scope.loading.platform;
    let (region, account) = (&platform.region, &platform.account);
    if let Some(arn) = known(scope, kind, name, "Arn") {
        return arn;
    }
    match kind {
        "table" => format!("arn:aws:dynamodb:{region}:{account}:table/{name}"),
        "queue" => format!("arn:aws:sqs:{region}:{account}:{name}"),
        "secret" => crate::cloud::arn::secret(region, name),
        "bucket" => format!("arn:aws:s3:::{name}"),
        "function" => format!("arn:aws:lambda:{region}:{account}:function:{name}"),
        "role" | "policy" => format!("arn:aws:iam::{account}:{kind}/{name}"),
        "topic" => format!("arn:aws:sns:{region}:{account}:{name}"),
        other => format!("arn:aws:{}:{region}:{account}:{name}", other.to_lowercase()),
    }
}

/// Returns an attribute that is only known once the resource exists.
fn known(scope: &Scope<'_>, kind: &str, name: &str, attribute: &str) -> Option<String> {
    let attributes = scope.loading.known.iter().find(|((k, n), _)| *k == kind && n == name)?.1;
    attributes.get(attribute).cloned()
}

fn unknown(name: &str, place: &Place) -> TemplateError {
    place.error(format!(
        "{name} is neither a parameter nor a resource of this template; declare \
         it or correct the name"
    ))
}

/// Returns the name of a function: the last element of its `CodeUri`, which is also the name of its
/// binary.
pub(super) fn name_of(
    scope: &Scope<'_>,
    logical: &str,
    resource: &Value,
) -> Result<String, TemplateError> {
    let place = scope.place_of(logical).at("CodeUri");
    let code = scope.evaluate(&resource["Properties"]["CodeUri"], &place)?;
    match scalar_text(&code)
        .as_deref()
        .and_then(|path| path.trim_end_matches('/').rsplit('/').next())
    {
        Some(name) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err(place.error(
            "CodeUri is missing; add the binary's directory, such as target/lambda/place-order",
        )),
    }
}

/// Returns the function's name in an ARN, an integration URI, or the name itself.
pub(super) fn name_in_arn(text: &str) -> String {
    let after = text.split_once(":function:").map_or(text, |(_, name)| name);
    after.split([':', '/']).next().unwrap_or(after).to_owned()
}
