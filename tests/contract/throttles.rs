//! Routes that cost much, or mail somebody, have throttles of their own.

use builder_local::template::Throttle;
use builder_runtime::Access;
use builder_tests::routes;
use serde_json::Value;

use crate::resources::templates;
use crate::stanzas::model;

/// Public routes that send a mail to an address that anybody may name.
const MAILING: [&str; 3] = ["forgot-password", "register", "resend-verification"];
/// What lets anybody have codes checked, or another server asked.
const ASKING: [&str; 3] = ["finish-oidc", "login-second-factor", "start-oidc"];
/// A whole processor, in MB: what functions get that hash passwords.
const WHOLE_PROCESSOR: u32 = 1_769;

#[test]
fn settings_name_only_routes_that_exist_and_come_after_them() {
    let (model, templates) = (model(), templates());
    assert!(!model.api.throttles.is_empty());
    let resources = templates["template.yaml"]["Resources"].as_object().unwrap();
    let stage = resources.values().find(|resource| resource["Type"] == "AWS::ApiGatewayV2::Stage").unwrap();
    let waits_for = |stack: &str| match &stage["DependsOn"] {
        Value::Array(names) => names.iter().any(|name| name == stack),
        name => name == stack,
    };
    for key in model.api.throttles.keys() {
        let route = model.api.routes.iter().find(|route| route.key == *key).unwrap_or_else(|| panic!("there is no route {key}"));
        let file = route.stanza.split(": ").next().unwrap();
        let (stack, _) = resources.iter().find(|(_, resource)| resource["Properties"]["Location"] == file).unwrap();
        assert!(waits_for(stack), "API Gateway refuses settings for {key} while {stack} isn't made: let the stage depend on it");
    }
}

#[test]
fn what_anybody_can_make_expensive_is_throttled_more_tightly() {
    let model = model();
    let usual = model.api.default_throttle.unwrap();
    let mut tighter = 0;
    for route in routes().iter().filter(|route| !matches!(route.access, Access::Permit(_))) {
        let function = model.function(route.name).unwrap();
        if function.memory_mb >= WHOLE_PROCESSOR || MAILING.contains(&route.name) || ASKING.contains(&route.name) {
            let own = model.api.throttles.get(&route.key()).unwrap_or_else(|| panic!("{route:?} has no throttle of its own"));
            let Throttle { rate, burst } = *own;
            assert!(rate <= usual.rate / 10.0 && burst <= usual.burst / 10.0, "{route:?}: {own:?}");
            tighter += 1;
        }
    }
    assert_eq!(tighter, model.api.throttles.len(), "a route is throttled for a reason that is not written here");
}

/// A throttle refuses whoever comes next. Who comes through the edge must not be able to use one up alone.
#[test]
fn the_firewall_lets_one_address_have_less_than_any_throttle() {
    let templates = templates();
    let allowed = &templates["infra/edge.yaml"]["Parameters"]["RequestsPerFiveMinutes"]["Default"];
    let allowed_per_second = allowed.as_f64().unwrap() / 300.0;
    for (key, throttle) in model().api.throttles {
        assert!(allowed_per_second < throttle.rate, "{key}: {allowed_per_second} requests a second");
    }
}

/// What a route's settings leave out is not the stage's.
#[test]
fn settings_say_all_that_the_default_ones_say() {
    let templates = templates();
    let stages = templates["template.yaml"]["Resources"].as_object().unwrap().values();
    let stage = stages.into_iter().find(|resource| resource["Type"] == "AWS::ApiGatewayV2::Stage").unwrap();
    let members = |settings: &Value| settings.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let mut usual = members(&stage["Properties"]["DefaultRouteSettings"]);
    usual.sort();
    for (key, settings) in stage["Properties"]["RouteSettings"].as_object().unwrap() {
        let mut own = members(settings);
        own.sort();
        assert_eq!(own, usual, "{key}");
    }
}
