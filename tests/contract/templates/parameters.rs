//! A deployment that could not work is refused before anything is made: by what its parameters must
//! fulfil.

use std::collections::BTreeMap;

use builder_tests::deployed;

use crate::templates::templates;

/// What `stage` needs, with one of the parameters left out or replaced.
fn with(stage: &str, name: &str, value: Option<&str>) -> Result<(), String> {
    let mut parameters = BTreeMap::from([
        ("Stage", stage),
        ("EmailFrom", "shop@shop.example"),
        ("AppUrl", "https://shop.example"),
        ("AlarmEmail", "operator@shop.example"),
        ("OriginLock", "open"),
    ]);
    match value {
        Some(value) => drop(parameters.insert(name, value)),
        None => drop(parameters.remove(name)),
    }
    let parameters: Vec<_> = parameters.into_iter().collect();
    deployed(&format!("builder-{stage}"), &parameters).map(drop)
}

#[test]
fn staging_and_production_demand_addresses_that_work() {
    for stage in ["staging", "prod"] {
        assert_eq!(with(stage, "Stage", Some(stage)), Ok(()));
        for name in ["EmailFrom", "AppUrl", "AlarmEmail"] {
            let problem = with(stage, name, None).unwrap_err();
            assert!(
                problem
                    .starts_with(&format!("template.yaml: Rules.RealAddresses: {name} must be ")),
                "{stage}: {problem}"
            );
        }
        let problem = with(stage, "RouteThrottles", Some("off")).unwrap_err();
        assert_eq!(
            problem,
            "template.yaml: Rules.RouteThrottlesOutsideOfTests: RouteThrottles is off only in \
             tests."
        );
    }
    for name in ["EmailFrom", "AppUrl", "AlarmEmail"] {
        assert_eq!(with("dev", name, None), Ok(()), "dev sends to nobody but its developers");
    }
}

#[test]
fn production_without_an_edge_says_so() {
    let hash = "ab".repeat(32);
    for (lock, allowed) in
        [(None, false), (Some("none"), false), (Some("open"), true), (Some(hash.as_str()), true)]
    {
        let answer = with("prod", "OriginLock", lock);
        assert_eq!(answer.is_ok(), allowed, "{lock:?}: {answer:?}");
        assert!(answer.map_or_else(
            |problem| problem.contains("Rules.LockedOrOpenInProduction: In production OriginLock"),
            |()| true
        ));
    }
    assert_eq!(with("staging", "OriginLock", None), Ok(()));
    // Functions know two words less: an API without an edge is none to them.
    let model = deployed("builder-dev", &[("Stage", "dev"), ("OriginLock", "open")]).unwrap();
    assert!(
        model.functions.iter().all(|function| function
            .environment
            .get("ORIGIN_LOCK")
            .is_none_or(|lock| lock == "none"))
    );
}

#[test]
fn a_deployment_without_a_stage_fails() {
    let problem = deployed("builder-prod", &[("AppUrl", "https://shop.example")]).unwrap_err();
    assert!(
        problem.starts_with("template.yaml: Parameters.Stage: the parameter has no value"),
        "{problem}"
    );
    let template = &templates()["template.yaml"];
    assert!(template["Parameters"]["Stage"].get("Default").is_none());
}

#[test]
fn the_stage_must_match_the_stack_name() {
    for stack in ["builder-prod", "builder", "builder-dev-2"] {
        let problem = deployed(stack, &[("Stage", "dev")]).unwrap_err();
        assert!(problem.contains("the stack must be called builder-<Stage>"), "{stack}: {problem}");
    }
    // Everything that has a fixed name waits for one of the stacks that refuse.
    let template = &templates()["template.yaml"];
    let guarded = ["Data", "Gateway", "Messaging"];
    for (name, resource) in template["Resources"].as_object().unwrap() {
        if resource["Type"] != "AWS::Serverless::Application" {
            continue;
        }
        let parameters = &resource["Properties"]["Parameters"];
        if guarded.contains(&name.as_str()) {
            assert_eq!(parameters["Stage"]["Fn::If"][0], "IsStackOfStage", "{name}");
        } else {
            let waits = guarded
                .iter()
                .any(|stack| parameters.to_string().contains(&format!("[\"{stack}\",\"Outputs.")));
            assert!(
                waits || resource["DependsOn"] == "Data",
                "{name} is made whatever the stack is called"
            );
        }
    }
}

#[test]
fn what_samconfig_deploys_is_the_stage_of_its_stack() {
    let config = crate::sources::read("samconfig.toml");
    let mut seen = 0;
    for section in config.split("\n[").skip(1) {
        let stage = section.split(['.', '-']).next().unwrap();
        let line = |name: &str| {
            section
                .lines()
                .find(|line| line.starts_with(name))
                .unwrap_or_else(|| panic!("[{section}: no {name}"))
        };
        let suffix =
            if section.split('.').next().unwrap().ends_with("-edge") { "-edge" } else { "" };
        assert_eq!(line("stack_name"), format!("stack_name = \"builder-{stage}{suffix}\""));
        assert!(line("parameter_overrides").contains(&format!("\"Stage={stage}\"")));
        seen += 1;
    }
    assert_eq!(seen, 5);
}
