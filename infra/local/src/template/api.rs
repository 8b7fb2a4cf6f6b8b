//! The HTTP API: its stage's settings, its routes and integrations.

use serde_json::Value;

use super::error::{Place, TemplateError};
use super::events::gateway_timeout;
use super::functions::name_in_arn;
use super::invocations;
use super::model::{Cors, Model, Route, Throttle};
use super::properties::Properties;
use super::scope::Scope;

/// API Gateway's own limits for a region, which stand in for what is not given.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html>
const OF_THE_REGION: Throttle = Throttle { rate: 10_000.0, burst: 5_000.0 };

/// `AWS::Serverless::HttpApi` or `AWS::ApiGatewayV2::Api`.
pub(super) fn http_api(scope: &Scope<'_>, name: &str, resource: &Value) -> Result<(), TemplateError> {
    let properties = Properties::of(scope, name, resource)?;
    if let Some(cors) = properties.within("CorsConfiguration")? {
        let present = |texts: Vec<String>| texts.into_iter().filter(|text| !text.trim().is_empty()).collect::<Vec<_>>();
        let cors = Cors {
            origins: present(cors.texts("AllowOrigins")?),
            methods: present(cors.texts("AllowMethods")?),
            headers: present(cors.texts("AllowHeaders")?),
            expose: present(cors.texts("ExposeHeaders")?),
            max_age: cors.number("MaxAge")?.and_then(|seconds| u64::try_from(seconds).ok()),
            credentials: cors.truth("AllowCredentials", false)?,
        };
        scope.add(|model| model.api.cors = Some(cors));
    }
    stage_settings(scope, &properties)
}

/// `AWS::ApiGatewayV2::Stage`.
pub(super) fn stage(scope: &Scope<'_>, name: &str, resource: &Value) -> Result<(), TemplateError> {
    stage_settings(scope, &Properties::of(scope, name, resource)?)
}

/// `AWS::ApiGatewayV2::Route`.
pub(super) fn route(scope: &Scope<'_>, name: &str, resource: &Value) -> Result<(), TemplateError> {
    let properties = Properties::of(scope, name, resource)?;
    let key = properties.required_text("RouteKey")?;
    let target = properties.required_text("Target")?;
    let Some(integration) = target.strip_prefix("integrations/") else {
        return Err(properties.place.at("Target").error("write !Sub integrations/${Integration}"));
    };
    let route = Route {
        key,
        function: String::new(),
        timeout: gateway_timeout(None),
        target: Some(integration.to_owned()),
        stanza: properties.place.to_string(),
    };
    scope.add(|model| model.api.routes.push(route));
    Ok(())
}

/// `AWS::ApiGatewayV2::Integration`.
pub(super) fn integration(scope: &Scope<'_>, name: &str, resource: &Value) -> Result<(), TemplateError> {
    let properties = Properties::of(scope, name, resource)?;
    if properties.required_text("IntegrationType")? != "AWS_PROXY" {
        return Err(properties.place.at("IntegrationType").error("only AWS_PROXY is played locally"));
    }
    if properties.text("PayloadFormatVersion")?.as_deref() != Some("2.0") {
        return Err(properties.place.error("PayloadFormatVersion must be '2.0', which the functions read"));
    }
    let uri = properties.required_text("IntegrationUri")?;
    if !uri.contains(":function:") {
        return Err(properties.place.at("IntegrationUri").error("it names no function; use !GetAtt Function.Arn"));
    }
    let role = properties.required_text("CredentialsArn")?;
    invocations::note(scope, uri.clone(), role, properties.place.at("CredentialsArn"));
    let timeout = properties.number("TimeoutInMillis")?.map(|milliseconds| gateway_timeout(Some(milliseconds)));
    let id = format!("{}-{name}", scope.stack);
    scope.add(|model| {
        model.integrations.insert(id, (name_in_arn(&uri), timeout));
    });
    Ok(())
}

/// Finds the function behind each route's integration.
pub(super) fn connect(model: &mut Model) -> Result<(), TemplateError> {
    for route in &mut model.api.routes {
        let Some(target) = route.target.take() else { continue };
        let Some((function, timeout)) = model.integrations.get(&target) else {
            return Err(Place::new(route.stanza.clone()).error(format!("Target names no integration of the template: {target}")));
        };
        route.function = function.clone();
        route.timeout = timeout.unwrap_or(route.timeout);
    }
    Ok(())
}

/// Refuses what API Gateway would refuse.
pub(super) fn check(model: &Model) -> Result<(), TemplateError> {
    for (index, route) in model.api.routes.iter().enumerate() {
        let place = Place::new(route.stanza.clone());
        if model.function(&route.function).is_none() {
            return Err(place.error(format!("the route {} leads to no function of the template", route.key)));
        }
        if let Err(problem) = crate::gateway::router::check_key(&route.key) {
            return Err(place.error(problem));
        }
        if model.api.routes[..index].iter().any(|other| other.key == route.key) {
            return Err(place.error(format!("the route {} exists already; remove one", route.key)));
        }
    }
    for key in model.api.throttles.keys() {
        if !model.api.routes.iter().any(|route| route.key == *key) {
            return Err(Place::new("RouteSettings").error(format!("there is no route {key}; remove its setting or add the route")));
        }
    }
    Ok(())
}

fn stage_settings(scope: &Scope<'_>, properties: &Properties) -> Result<(), TemplateError> {
    if let Some(settings) = properties.within("DefaultRouteSettings")? {
        let throttle = throttle(&settings)?;
        scope.add(|model| model.api.default_throttle = throttle);
    }
    for (key, settings) in properties.object("RouteSettings")?.unwrap_or_default() {
        let settings = Properties::from_value(settings, properties.place.at("RouteSettings").at(&key))?;
        // They take the place of the default ones as a whole: what they leave out is as in a stage without settings.
        let throttle = throttle(&settings)?.unwrap_or(OF_THE_REGION);
        scope.add(|model| {
            model.api.throttles.insert(key, throttle);
        });
    }
    Ok(())
}

fn throttle(settings: &Properties) -> Result<Option<Throttle>, TemplateError> {
    let rate = settings.decimal("ThrottlingRateLimit")?;
    let burst = settings.decimal("ThrottlingBurstLimit")?;
    Ok(match (rate, burst) {
        (None, None) => None,
        (rate, burst) => Some(Throttle { rate: rate.unwrap_or(OF_THE_REGION.rate), burst: burst.unwrap_or(OF_THE_REGION.burst) }),
    })
}
