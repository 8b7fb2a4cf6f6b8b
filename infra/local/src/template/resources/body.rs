//! The OpenAPI document of an HTTP API, with API Gateway's extensions: a route for each operation,
//! and its function.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html>

use serde_json::Value;

use super::events::gateway_timeout;
use super::invocations;
use crate::template::error::TemplateError;
use crate::template::model::Route;
use crate::template::names::name_in_arn;
use crate::template::properties::Properties;
use crate::template::scope::Scope;

/// The method of an operation for all methods without their own operation in the path.
const ANY: &str = "x-amazon-apigateway-any-method";
/// The text before and after the function's ARN in an integration's `uri`.
const INVOCATION: (&str, &str) = (":lambda:path/2015-03-31/functions/", "/invocations");

/// Adds the routes of the document. Until [`super::api::connect`], they contain the function's
/// physical name.
pub(in crate::template) fn routes(
    scope: &Scope<'_>,
    body: &Properties,
) -> Result<(), TemplateError> {
    let Some(paths) = body.within("paths")? else {
        return Err(body.place.error("paths is missing; add it"));
    };
    for (path, _) in body.object("paths")?.unwrap_or_default() {
        let Some(operations) = paths.within(&path)? else { continue };
        for (method, _) in paths.object(&path)?.unwrap_or_default() {
            if let Some(operation) = operations.within(&method)? {
                let route = route(scope, &path, &method, &operation)?;
                scope.add(|model| model.api.routes.push(route));
            }
        }
    }
    Ok(())
}

fn route(
    scope: &Scope<'_>,
    path: &str,
    method: &str,
    operation: &Properties,
) -> Result<Route, TemplateError> {
    let key = match method {
        ANY if operation.truth("isDefaultRoute", false)? => "$default".to_owned(),
        ANY => format!("ANY {path}"),
        method => format!("{} {path}", method.to_uppercase()),
    };
    let Some(integration) = operation.within("x-amazon-apigateway-integration")? else {
        return Err(operation.place.error("x-amazon-apigateway-integration is missing; add it"));
    };
    if integration.required_text("type")? != "aws_proxy" {
        return Err(integration.place.at("type").error("the local stack only supports aws_proxy"));
    }
    if integration.value("payloadFormatVersion") != Some(&Value::String("2.0".to_owned())) {
        return Err(integration
            .place
            .error("payloadFormatVersion must be '2.0', which the functions expect"));
    }
    let uri = integration.required_text("uri")?;
    let arn = uri.split_once(INVOCATION.0).and_then(|(_, rest)| rest.strip_suffix(INVOCATION.1));
    let Some(arn) = arn.filter(|arn| arn.contains(":function:")) else {
        let wanted = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/<ARN>/invocations";
        return Err(integration
            .place
            .at("uri")
            .error(format!("it doesn't name a function; write !Sub {wanted}")));
    };
    let role = integration.required_text("credentials")?;
    invocations::note(scope, arn.to_owned(), role, integration.place.at("credentials"));
    let timeout = gateway_timeout(integration.number("timeoutInMillis")?);
    Ok(Route { key, function: name_in_arn(arn), timeout, stanza: operation.place.to_string() })
}
