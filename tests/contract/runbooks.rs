//! Every alarm has its runbook, and every runbook its alarm.

use std::collections::BTreeSet;

use crate::resources::templates;
use crate::sources::{below, read};

const PREFIX: &str = "builder-${Stage}-";

fn alarms() -> BTreeSet<String> {
    let mut alarms = BTreeSet::new();
    for (file, document) in templates() {
        for (name, resource) in document["Resources"].as_object().unwrap() {
            if resource["Type"] == "AWS::CloudWatch::Alarm" {
                let alarm =
                    resource["Properties"]["AlarmName"]["Fn::Sub"].as_str().unwrap_or_else(|| panic!("{file}: {name} has no name"));
                alarms.insert(alarm.strip_prefix(PREFIX).unwrap_or_else(|| panic!("{file}: {alarm} begins otherwise")).to_owned());
            }
        }
    }
    alarms
}

#[test]
fn every_alarm_has_a_runbook_and_every_runbook_an_alarm() {
    let files = below("docs/runbooks").into_iter().map(|file| file.path);
    let names = files.map(|path| path.rsplit('/').next().unwrap().trim_end_matches(".md").to_owned());
    let runbooks: BTreeSet<_> = names.filter(|name| name != "README").collect();
    assert!(!alarms().is_empty());
    assert_eq!(alarms(), runbooks);
}

#[test]
fn the_list_of_runbooks_names_each() {
    let list = read("docs/runbooks/README.md");
    for alarm in alarms() {
        assert!(list.contains(&format!("({alarm}.md)")), "docs/runbooks/README.md doesn't name {alarm}");
    }
}
