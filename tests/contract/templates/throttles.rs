//! Routes that cost much, or mail somebody, have throttles of their own.

use builder_local::template::Throttle;
use builder_runtime::Access;
use builder_tests::routes;
use serde_json::Value;

use crate::templates::{model, templates};

/// Public routes that send a mail to an address that anybody may name.
const MAILING: [&str; 3] = ["forgot-password", "register", "resend-verification"];
/// What lets anybody have codes checked, or another server asked.
const ASKING: [&str; 3] = ["finish-oidc", "login-second-factor", "start-oidc"];
/// A whole processor, in MB: what functions get that hash passwords.
const WHOLE_PROCESSOR: u32 = 1_769;

/// The stage's stanza.
fn stage() -> Value {
    let stages =
        templates()["infra/gateway.yaml"]["Resources"].as_object().unwrap().clone().into_iter();
    stages
        .map(|(_, resource)| resource)
        .find(|resource| resource["Type"] == "AWS::ApiGatewayV2::Stage")
        .unwrap()
}

/// The settings of routes as the template has them while they are on.
fn settings() -> serde_json::Map<String, Value> {
    stage()["Properties"]["RouteSettings"]["Fn::If"][1].as_object().unwrap().clone()
}

#[test]
fn settings_name_only_routes_that_exist() {
    let model = model();
    assert_eq!(model.api.throttles.len(), settings().len());
    for key in model.api.throttles.keys() {
        assert!(model.api.routes.iter().any(|route| route.key == *key), "there is no route {key}");
    }
}

/// CloudFormation takes `RouteSettings` for plain JSON: what a reference to a parameter of type
/// Number gives there is a string.
#[test]
fn settings_of_routes_are_numbers_and_no_references() {
    for (key, settings) in settings() {
        for limit in ["ThrottlingRateLimit", "ThrottlingBurstLimit"] {
            assert!(settings[limit].is_number(), "{key}: {limit} is {}", settings[limit]);
        }
        assert!(settings["DetailedMetricsEnabled"].is_boolean(), "{key}");
    }
}

#[test]
fn expensive_public_routes_have_lower_throttles() {
    let model = model();
    let usual = model.api.default_throttle.unwrap();
    let mut tighter = 0;
    for route in routes().iter().filter(|route| !matches!(route.access, Access::Permit(_))) {
        let function = model.function(route.name).unwrap();
        if function.memory_mb >= WHOLE_PROCESSOR
            || MAILING.contains(&route.name)
            || ASKING.contains(&route.name)
        {
            let own = model
                .api
                .throttles
                .get(&route.key())
                .unwrap_or_else(|| panic!("{route:?} has no throttle of its own"));
            let Throttle { rate, burst } = *own;
            assert!(rate <= usual.rate / 10.0 && burst <= usual.burst / 10.0, "{route:?}: {own:?}");
            tighter += 1;
        }
    }
    assert_eq!(
        tighter,
        model.api.throttles.len(),
        "a route is throttled for a reason that is not written here"
    );
}

/// A throttle refuses whoever comes next. Who comes through the edge must not be able to use one up
/// alone.
#[test]
fn the_firewall_limit_is_below_all_throttles() {
    let templates = templates();
    let allowed = &templates["infra/edge.yaml"]["Parameters"]["RequestsPerFiveMinutes"]["Default"];
    let allowed_per_second = allowed.as_f64().unwrap() / 300.0;
    for (key, throttle) in model().api.throttles {
        assert!(
            allowed_per_second < throttle.rate,
            "{key}: {allowed_per_second} requests a second"
        );
    }
}

/// What a route's settings leave out is not the stage's.
#[test]
fn route_settings_repeat_all_default_settings() {
    let stage = stage();
    let members =
        |settings: &Value| settings.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let mut usual = members(&stage["Properties"]["DefaultRouteSettings"]);
    usual.sort();
    for (key, settings) in settings() {
        let mut own = members(&settings);
        own.sort();
        assert_eq!(own, usual, "{key}");
    }
}
