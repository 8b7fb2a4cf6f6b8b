//! The HTTP API: its cross-origin rules and its stage's settings. Its routes are read by
//! [`super::body`].

use serde_json::Value;

use crate::template::error::{Place, TemplateError};
use crate::template::model::{Cors, Model, Throttle};
use crate::template::properties::Properties;
use crate::template::scope::Scope;

/// API Gateway's own limits for a region, which are the defaults.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html>
const OF_THE_REGION: Throttle = Throttle { rate: 10_000.0, burst: 5_000.0 };

/// `AWS::Serverless::HttpApi` or `AWS::ApiGatewayV2::Api`.
pub(super) fn http_api(
    scope: &Scope<'_>,
    name: &str,
    resource: &Value,
) -> Result<(), TemplateError> {
    let properties = scope.properties(name, resource)?;
    if let Some(cors) = properties.within("CorsConfiguration")? {
        add_cors(
            scope,
            &cors,
            [
                "AllowOrigins",
                "AllowMethods",
                "AllowHeaders",
                "ExposeHeaders",
                "MaxAge",
                "AllowCredentials",
            ],
        )?;
    }
    if let Some(body) = properties.within("Body")? {
        if let Some(cors) = body.within("x-amazon-apigateway-cors")? {
            add_cors(
                scope,
                &cors,
                [
                    "allowOrigins",
                    "allowMethods",
                    "allowHeaders",
                    "exposeHeaders",
                    "maxAge",
                    "allowCredentials",
                ],
            )?;
        }
        super::body::routes(scope, &body)?;
    }
    stage_settings(scope, &properties)
}

/// Adds the CORS rules. Their six members have the names of a template's property, or of an OpenAPI
/// document's extension.
fn add_cors(scope: &Scope<'_>, cors: &Properties, names: [&str; 6]) -> Result<(), TemplateError> {
    let [origins, methods, headers, expose, max_age, credentials] = names;
    let present = |texts: Vec<String>| {
        texts.into_iter().filter(|text| !text.trim().is_empty()).collect::<Vec<_>>()
    };
    let cors = Cors {
        origins: present(cors.texts(origins)?),
        methods: present(cors.texts(methods)?),
        headers: present(cors.texts(headers)?),
        expose: present(cors.texts(expose)?),
        max_age: cors.number(max_age)?.and_then(|seconds| u64::try_from(seconds).ok()),
        credentials: cors.truth(credentials, false)?,
    };
    scope.add(|model| model.api.cors = Some(cors));
    Ok(())
}

/// `AWS::ApiGatewayV2::Stage`.
pub(super) fn stage(scope: &Scope<'_>, name: &str, resource: &Value) -> Result<(), TemplateError> {
    stage_settings(scope, &scope.properties(name, resource)?)
}

/// Replaces the physical name of the function in each route's integration by the function's name.
pub(in crate::template) fn connect(model: &mut Model) {
    for route in &mut model.api.routes {
        if let Some(function) =
            model.functions.iter().find(|function| function.physical_name == route.function)
        {
            route.function.clone_from(&function.name);
        }
    }
}

/// Refuses an API that API Gateway would refuse.
pub(in crate::template) fn check(model: &Model) -> Result<(), TemplateError> {
    for (index, route) in model.api.routes.iter().enumerate() {
        let place = Place::new(route.stanza.clone());
        if model.function(&route.function).is_none() {
            return Err(place.error(format!(
                "the route {} doesn't invoke a function of the template",
                route.key
            )));
        }
        if let Err(problem) = crate::syntax::router::check_key(&route.key) {
            return Err(place.error(problem));
        }
        if model.api.routes[..index].iter().any(|other| other.key == route.key) {
            return Err(place.error(format!("the route {} exists already; remove one", route.key)));
        }
    }
    for key in model.api.throttles.keys() {
        if !model.api.routes.iter().any(|route| route.key == *key) {
            return Err(Place::new("RouteSettings")
                .error(format!("there is no route {key}; remove its setting or add the route")));
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
        let settings =
            Properties::from_value(settings, properties.place.at("RouteSettings").at(&key))?;
        // A route's settings replace the default ones as a whole: omitted settings are as in a
        // stage without settings.
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
        (rate, burst) => Some(Throttle {
            rate: rate.unwrap_or(OF_THE_REGION.rate),
            burst: burst.unwrap_or(OF_THE_REGION.burst),
        }),
    })
}
