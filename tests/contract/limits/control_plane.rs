//! The quotas of API Gateway's control plane.

use std::collections::BTreeMap;

use builder_tests::routes;
use serde_json::Value;

use crate::sources::pascal;
use crate::templates::templates;

/// Returns how often API Gateway's control plane is called to create the templates' resources, and
/// how many of the calls create a deployment. Each resource is created and then polled until it
/// exists; a stage with automatic deployment is deployed once for its initial document, and once
/// for each route and integration that is a resource of its own.
fn control_plane_calls(templates: &BTreeMap<String, Value>) -> (usize, usize) {
    let resources =
        templates.values().flat_map(|template| template["Resources"].as_object().unwrap().values());
    let kinds: Vec<_> = resources
        .filter_map(|resource| resource["Type"].as_str()?.strip_prefix("AWS::ApiGatewayV2::"))
        .collect();
    let deployments = kinds
        .iter()
        .filter(|kind| ["Stage", "Route", "Integration", "Deployment"].contains(kind))
        .count();
    (2 * kinds.len() + deployments, deployments)
}

/// Returns whether the quotas suffice: ten calls per second, and one deployment in five seconds,
/// for the whole account, which can't be increased.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>, "API Gateway quotas
/// for creating, deploying and managing an API".
fn keeps_the_rates(templates: &BTreeMap<String, Value>) -> bool {
    let (calls, deployments) = control_plane_calls(templates);
    calls <= 10 && deployments <= 1
}

#[test]
fn a_deployment_keeps_the_rates_of_the_gateways_control_plane_even_if_all_its_calls_come_at_once() {
    let mut templates = templates();
    assert!(keeps_the_rates(&templates), "{:?}", control_plane_calls(&templates));
    // With a resource for each route and each integration instead.
    let each = |kind: &str| serde_json::json!({ "Type": format!("AWS::ApiGatewayV2::{kind}") });
    let many = routes().into_iter().flat_map(|route| {
        ["Route", "Integration"].map(|kind| (format!("{}{kind}", pascal(route.name)), each(kind)))
    });
    let many: serde_json::Map<String, Value> = many.collect();
    templates.insert("many.yaml".to_owned(), serde_json::json!({ "Resources": many }));
    assert!(!keeps_the_rates(&templates));
    assert!(control_plane_calls(&templates).1 > 100);
}
