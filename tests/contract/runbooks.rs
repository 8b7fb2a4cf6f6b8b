//! Every alarm has its runbook, and every runbook its alarm.

use std::collections::BTreeSet;

use builder_runtime::telemetry;

use crate::sources::{below, read, rust};
use crate::templates::templates;

const PREFIX: &str = "builder-${Stage}-";

fn alarms() -> BTreeSet<String> {
    let mut alarms = BTreeSet::new();
    for (file, document) in templates() {
        for (name, resource) in document["Resources"].as_object().unwrap() {
            if resource["Type"] == "AWS::CloudWatch::Alarm" {
                let alarm = resource["Properties"]["AlarmName"]["Fn::Sub"]
                    .as_str()
                    .unwrap_or_else(|| panic!("{file}: {name} has no name"));
                alarms.insert(
                    alarm
                        .strip_prefix(PREFIX)
                        .unwrap_or_else(|| panic!("{file}: {alarm} begins otherwise"))
                        .to_owned(),
                );
            }
        }
    }
    alarms
}

#[test]
fn every_alarm_has_a_runbook_and_every_runbook_an_alarm() {
    let files = below("docs/runbooks").into_iter().map(|file| file.path);
    let names =
        files.map(|path| path.rsplit('/').next().unwrap().trim_end_matches(".md").to_owned());
    let runbooks: BTreeSet<_> = names.filter(|name| name != "README").collect();
    assert!(!alarms().is_empty());
    assert_eq!(alarms(), runbooks);
}

#[test]
fn the_list_of_runbooks_names_each() {
    let list = read("docs/runbooks/README.md");
    for alarm in alarms() {
        assert!(
            list.contains(&format!("({alarm}.md)")),
            "docs/runbooks/README.md doesn't name {alarm}"
        );
    }
}

#[test]
fn alarm_metrics_are_emitted_by_a_function() {
    let code: String =
        ["shared", "functions"].into_iter().flat_map(rust).map(|source| source.text).collect();
    let mut counted = 0;
    for (file, document) in templates() {
        for (name, resource) in document["Resources"].as_object().unwrap() {
            let properties = &resource["Properties"];
            if resource["Type"] == "AWS::CloudWatch::Alarm"
                && properties["Namespace"] == telemetry::NAMESPACE
            {
                let metric = properties["MetricName"]
                    .as_str()
                    .unwrap_or_else(|| panic!("{file}: {name} names no metric"));
                assert!(
                    code.contains(&format!("(\"{metric}\", ")),
                    "{file}: nobody counts {metric}, which {name} listens to"
                );
                counted += 1;
            }
        }
    }
    assert!(counted > 0);
}
