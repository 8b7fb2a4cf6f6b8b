//! The local stack can read the repository's own templates.
#![expect(clippy::panic, reason = "a test ends at the first surprise, with the error's own line")]

use std::collections::BTreeMap;
use std::path::Path;

use builder_local::template::{Known, Model, Platform, Trigger, load};

fn model(stage: &str, parameters: &[(&str, &str)]) -> Model {
    let platform = Platform {
        region: "us-east-1".to_owned(),
        account: "000000000000".to_owned(),
        stack: format!("builder-{stage}"),
        aws_url: "http://127.0.0.1:4566".to_owned(),
        api_url: "http://127.0.0.1:3000".to_owned(),
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    // Parameters that stages other than dev require.
    let addresses = [
        ("EmailFrom", "shop@shop.example"),
        ("AppUrl", "https://shop.example"),
        ("AlarmEmail", "a@shop.example"),
        ("OriginLock", "open"),
    ];
    let stage = [("Stage", stage)];
    let parameters = stage.iter().chain(&addresses).chain(parameters);
    let parameters: BTreeMap<_, _> =
        parameters.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    load(&root, &parameters, &platform, &Known::new()).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_stage_resolves_completely() {
    for stage in ["dev", "staging", "prod"] {
        let model = model(stage, &[("CorsOrigins", "https://app.example")]);
        assert!(model.tables.len() >= 2 && !model.queues.is_empty() && !model.secrets.is_empty());
        assert!(model.api.cors.is_some());
        for function in &model.functions {
            // GET /health only reports that the function is running: it calls no service, so it has
            // no permissions.
            assert_eq!(
                function.statements.is_empty(),
                function.name.ends_with("health"),
                "{}: policies",
                function.stanza
            );
            for (name, value) in &function.environment {
                assert!(
                    !value.is_empty() && !value.contains("${"),
                    "{}: {name}={value}",
                    function.stanza
                );
            }
            let statements = serde_json::to_string(&function.statements).unwrap();
            assert!(
                !statements.contains("Fn::") && !statements.contains("\"Ref\""),
                "{}: {statements}",
                function.stanza
            );
        }
    }
}

#[test]
fn event_sources_refer_to_resources_of_the_template() {
    let model = model("dev", &[]);
    for trigger in model.functions.iter().flat_map(|function| &function.triggers) {
        match trigger {
            Trigger::Queue(queue) => assert!(
                model.queues.iter().any(|known| known.name == queue.queue),
                "{}",
                queue.queue
            ),
            Trigger::Stream(stream) => assert!(
                model.tables.iter().any(|known| known.name == stream.table),
                "{}",
                stream.table
            ),
            Trigger::Schedule(_) | Trigger::Bucket(_) => {}
        }
    }
}

#[test]
fn buckets_keep_versions_and_lock_them_as_the_template_says() {
    for (stage, mode, days) in [("dev", "GOVERNANCE", "1"), ("prod", "COMPLIANCE", "3653")] {
        let model = model(stage, &[]);
        for bucket in &model.buckets {
            assert_eq!(bucket.versioning.as_deref(), Some("Enabled"), "{}", bucket.name);
            let audit = bucket.name.contains("-audit-");
            assert_eq!(bucket.object_lock, audit, "{}", bucket.name);
            let retention = bucket
                .retention
                .as_ref()
                .map(|retention| (retention["Mode"].as_str(), retention["Days"].as_str()));
            assert_eq!(retention, audit.then_some((mode, days)), "{}", bucket.name);
        }
    }
}

#[test]
fn every_queue_has_a_policy_of_its_own() {
    let model = model("dev", &[]);
    for queue in &model.queues {
        assert!(
            model.queue_policies.iter().any(|policy| policy.queues.contains(&queue.name)),
            "{}",
            queue.name
        );
    }
    assert!(
        model.queue_policies.iter().all(|policy| policy.document.contains("aws:SecureTransport"))
    );
}
