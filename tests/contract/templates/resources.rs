//! No stack comes near CloudFormation's limit of 500 resources, and no policy says more than it
//! must.

use serde_json::Value;

use crate::templates::{model, templates};

/// Below CloudFormation's 500, with room for a change in progress.
const MOST: usize = 450;

/// At most so many resources does SAM make of one.
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html>
fn expanded(resource: &Value) -> usize {
    if resource["Type"] != "AWS::Serverless::Function" {
        return 1;
    }
    let properties = &resource["Properties"];
    let given = |name: &str| usize::from(!properties[name].is_null());
    let events = properties["Events"].as_object().map_or(0, serde_json::Map::len);
    // Function and role; version and alias; deployment group; the invocations' settings; event
    // sources with their permissions.
    2 + 2 * given("AutoPublishAlias")
        + given("DeploymentPreference")
        + given("EventInvokeConfig")
        + 2 * events
}

#[test]
fn no_stack_holds_too_many_resources() {
    for (file, document) in templates() {
        let resources =
            document["Resources"].as_object().unwrap_or_else(|| panic!("{file} has no resources"));
        let count: usize = resources.values().map(expanded).sum();
        println!("{file}: {count} resources");
        assert!(count <= MOST, "{file} makes {count} resources; {MOST} at most: split the domain");
    }
}

#[test]
fn every_nested_template_is_named_by_the_root() {
    let all = templates();
    let named: Vec<_> = all["template.yaml"]["Resources"]
        .as_object()
        .unwrap()
        .values()
        .filter_map(|resource| resource["Properties"]["Location"].as_str())
        .collect();
    for file in all.keys().filter(|file| *file != "template.yaml" && !file.ends_with("edge.yaml")) {
        assert!(named.contains(&file.as_str()), "{file} is not deployed by template.yaml");
    }
}

#[test]
fn no_policy_allows_everything_or_a_scan() {
    for function in &model().functions {
        for statement in &function.statements {
            let list = |name: &str| match &statement[name] {
                Value::Array(items) => items.clone(),
                one => vec![one.clone()],
            };
            for action in list("Action") {
                let action =
                    action.as_str().unwrap_or_else(|| panic!("{}: {statement}", function.stanza));
                assert!(!action.contains('*'), "{}: the action {action}", function.stanza);
                assert_ne!(action, "dynamodb:Scan", "{}: nothing scans", function.stanza);
            }
            let knows_no_resources = list("Action")
                .iter()
                .all(|action| action.as_str().is_some_and(|action| action.starts_with("xray:")));
            for resource in list("Resource") {
                assert!(
                    resource != "*" || knows_no_resources,
                    "{}: a statement on every resource: {statement}",
                    function.stanza
                );
            }
        }
    }
}

/// The most characters in the inline policies of a role, without white space
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>).
const LONGEST_POLICY: usize = 10_240;

#[test]
fn the_policy_of_a_function_fits_its_role() {
    for function in &model().functions {
        let length = serde_json::to_string(&function.statements).unwrap().len();
        // The names of a real account and stage are longer than the local ones.
        assert!(length + length / 4 < LONGEST_POLICY, "{}: {length} characters", function.stanza);
    }
}

/// A name that is fixed is taken while the thing is there: a first deployment that failed must take
/// it away again, or every further one is told that it exists already. What holds data is kept all
/// the same when a stack is deleted or a thing leaves its template.
#[test]
fn what_is_kept_after_its_stack_is_not_kept_after_a_first_deployment_that_failed() {
    let mut kept = 0;
    for (file, document) in templates() {
        for (name, resource) in document["Resources"].as_object().unwrap() {
            let policy = &resource["DeletionPolicy"];
            assert_ne!(policy, "Retain", "{file}: {name}: RetainExceptOnCreate");
            if policy == "RetainExceptOnCreate" {
                assert_eq!(resource["UpdateReplacePolicy"], "Retain", "{file}: {name}");
                kept += 1;
            }
            let holds_data =
                ["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SecretsManager::Secret"];
            if holds_data.iter().any(|kind| resource["Type"] == *kind) {
                assert!(policy.is_string(), "{file}: {name} holds data: say what becomes of it");
            }
        }
    }
    assert!(kept >= 9, "{kept}");
}

/// Only the indexes that a function reads, by name: one that is added is nobody's until it is
/// somebody's.
#[test]
fn no_function_may_read_indexes_that_its_policy_does_not_name() {
    for function in &model().functions {
        let statements = serde_json::to_string(&function.statements).unwrap();
        assert!(!statements.contains("/index/*"), "{}: {statements}", function.stanza);
    }
}

/// What was signed stays locked as long as the stage is worth: a developer's stage can be removed
/// the day after.
#[test]
fn the_trail_is_locked_for_ten_years_in_production_and_a_day_in_development() {
    let data = &templates()["infra/data.yaml"];
    let days = |stage: &str| data["Mappings"]["AuditLock"][stage]["Days"].as_u64().unwrap();
    assert_eq!([days("dev"), days("staging")], [1, 30]);
    assert!(days("prod") >= 3_652, "ten years");
    let retention = &data["Resources"]["AuditBucket"]["Properties"]["ObjectLockConfiguration"]["Rule"]
        ["DefaultRetention"];
    assert_eq!(retention["Days"]["Fn::FindInMap"][0], "AuditLock");
    assert!(retention.get("Years").is_none(), "S3 takes days or years");
}
