//! What a template may hold as a whole, and the HTTP API.

use serde_json::{Value, json};

use super::{Templates, longest, of_type, prove};
use crate::sources::read;
use crate::templates::templates;

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>:
/// parameters, mappings and outputs 200 each, resources 500 (tests/contract/templates/resources.rs counts
/// what SAM makes), a value of a parameter 4,096 bytes, a description 1,024.
fn beyond_cloudformation(templates: &Templates) -> Vec<String> {
    let mut found = Vec::new();
    for (file, template) in templates {
        let members = |section: &str| template[section].as_object().map_or(0, serde_json::Map::len);
        for (section, most) in
            [("Parameters", 200), ("Mappings", 200), ("Outputs", 200), ("Resources", 500)]
        {
            if members(section) > most {
                found.push(format!(
                    "{file}: {} {section}, and {most} are the most",
                    members(section)
                ));
            }
        }
        if template["Description"].as_str().is_some_and(|text| text.len() > 1_024) {
            found.push(format!("{file}: the Description is longer than 1,024 bytes"));
        }
        for (name, parameter) in template["Parameters"].as_object().into_iter().flatten() {
            if parameter["Default"].as_str().is_some_and(|text| text.len() > 4_096) {
                found.push(format!("{file}: the value of {name} is longer than 4,096 bytes"));
            }
        }
        let names =
            ["Parameters", "Resources", "Outputs"].map(|section| template[section].as_object());
        for name in names.into_iter().flatten().flat_map(|members| members.keys()) {
            if name.len() > 255 || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                found.push(format!("{file}: {name} is not of at most 255 letters and digits"));
            }
        }
        // From S3, where `sam deploy` puts them.
        let size = longest(template).to_string().len();
        if size > 1_048_576 {
            found.push(format!("{file}: {size} bytes, and 1,048,576 are the most"));
        }
    }
    found
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>: 300 routes
/// and 300 integrations an API, an integration waits 30 seconds at most.
fn beyond_the_http_api(templates: &Templates) -> Vec<String> {
    let mut found = Vec::new();
    for (place, properties) in of_type(templates, "AWS::ApiGatewayV2::Api") {
        let paths = properties["Body"]["paths"].as_object().into_iter().flatten();
        let operations: Vec<&Value> = paths
            .flat_map(|(_, path)| path.as_object().into_iter().flatten())
            .map(|(_, operation)| operation)
            .collect();
        if operations.len() > 300 {
            found.push(format!("{place}: {} routes, and 300 are the most", operations.len()));
        }
        let waits = |operation: &&Value| {
            operation["x-amazon-apigateway-integration"]["timeoutInMillis"].as_u64()
        };
        if operations
            .iter()
            .filter_map(waits)
            .any(|milliseconds| !(50..=30_000).contains(&milliseconds))
        {
            found.push(format!("{place}: an integration waits 50 to 30,000 milliseconds"));
        }
    }
    found
}

#[test]
fn no_template_is_beyond_the_quotas_of_cloudformation() {
    prove(
        beyond_cloudformation,
        [
            (0..501)
                .map(|number| (format!("R{number}"), json!({})))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            json!({ "Not-Alphanumeric": {} }),
            json!({ "R": { "Properties": { "Text": "x".repeat(1_048_576) } } }),
        ],
    );
    for section in ["Parameters", "Mappings", "Outputs"] {
        let members: serde_json::Map<_, _> =
            (0..201).map(|number| (format!("M{number}"), json!({}))).collect();
        let broken = Templates::from([("broken.yaml".to_owned(), json!({ section: members }))]);
        assert_eq!(beyond_cloudformation(&broken).len(), 1, "{section}");
    }
    for broken in [
        json!({ "Description": "x".repeat(1_025) }),
        json!({ "Parameters": { "P": { "Default": "x".repeat(4_097) } } }),
    ] {
        assert_eq!(
            beyond_cloudformation(&Templates::from([("broken.yaml".to_owned(), broken)])).len(),
            1
        );
    }
}

#[test]
fn the_http_api_is_not_beyond_its_quotas() {
    let api = |paths: Value| json!({ "A": { "Type": "AWS::ApiGatewayV2::Api", "Properties": { "Body": { "paths": paths } } } });
    let path = |number: usize| (format!("/{number}"), json!({ "get": {} }));
    prove(
        beyond_the_http_api,
        [
            api((0..301).map(path).collect::<serde_json::Map<_, _>>().into()),
            api(
                json!({ "/": { "get": { "x-amazon-apigateway-integration": { "timeoutInMillis": 30_001 } } } }),
            ),
        ],
    );
}

/// A template in the call itself may have 51,200 bytes; a larger one must come from S3, and so must
/// code and nested templates.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
#[test]
fn what_is_too_large_for_a_call_is_deployed_from_a_bucket() {
    let config = read("samconfig.toml");
    let in_the_call = |section: &str| !section.contains("\nresolve_s3 = true");
    let mut larger = 0;
    for (file, _) in templates() {
        let deploys = format!("template_file = \"{file}\"");
        let nested = read(&file).contains("AWS::Serverless::Application");
        for section in config.split("\n[").filter(|section| section.contains(&deploys)) {
            let too_large = nested || read(&file).len() > 51_200;
            assert!(
                !(too_large && in_the_call(section)),
                "{file} is deployed without a bucket:\n[{section}"
            );
            larger += usize::from(too_large);
        }
    }
    assert_eq!(larger, 3, "the root, for each stage");
    assert!(in_the_call("x]\ntemplate_file = \"template.yaml\"\n"));
}
