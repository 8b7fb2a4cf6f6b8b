//! Routes, jobs, stanzas and gateway routes are the same.

use std::collections::{BTreeMap, BTreeSet};

use builder_tests::{functions, routes};

use crate::sources::{pascal, source_of};
use crate::templates::model;

#[test]
fn every_function_has_a_stanza_and_every_stanza_a_function() {
    let linked: BTreeSet<_> =
        functions().iter().map(|function| function.name().to_owned()).collect();
    let stanzas: BTreeSet<_> =
        model().functions.iter().map(|function| function.name.clone()).collect();
    assert_eq!(linked, stanzas);
    assert_eq!(linked.len(), functions().len(), "two functions have one name");
}

#[test]
fn every_route_is_a_route_of_the_gateway_that_leads_to_its_function() {
    let ours: BTreeMap<_, _> = routes()
        .iter()
        .flat_map(|route| route.keys().into_iter().map(|key| (key, route.name.to_owned())))
        .collect();
    let theirs: BTreeMap<_, _> = model()
        .api
        .routes
        .iter()
        .map(|route| (route.key.clone(), route.function.clone()))
        .collect();
    assert_eq!(ours, theirs);
}

#[test]
fn a_stanza_is_named_as_its_function_and_stands_in_its_domains_template() {
    for function in &model().functions {
        let (file, resource) = function
            .stanza
            .split_once(": Resources.")
            .unwrap_or_else(|| panic!("{}", function.stanza));
        assert_eq!(resource, pascal(&function.name), "{file}");
        let domain =
            file.strip_prefix("functions/").and_then(|rest| rest.strip_suffix("/template.yaml"));
        let domain = domain.unwrap_or_else(|| panic!("{} stands in {file}", function.name));
        let source = source_of(&function.name);
        assert!(source.starts_with(&format!("functions/{domain}/")), "{file}: {source}");
    }
}

#[test]
fn the_first_line_of_a_routes_file_is_its_method_and_path() {
    for domain in crate::sources::folders("functions") {
        for source in crate::sources::rust(&format!("functions/{domain}/src")) {
            let name =
                source.path.rsplit('/').next().unwrap().trim_end_matches(".rs").replace('_', "-");
            let Some(route) = routes()
                .into_iter()
                .find(|route| route.name == name && !source.path.contains("/bin/"))
            else {
                continue;
            };
            let first = source.text.lines().next().unwrap_or_default();
            assert!(
                first.starts_with(&format!("//! `{}`", route.key())),
                "{}: {first}",
                source.path
            );
        }
    }
}

#[test]
fn only_jobs_are_triggered_by_something_else_than_the_gateway() {
    let routed: BTreeSet<_> = routes().iter().map(|route| route.name.to_owned()).collect();
    for function in &model().functions {
        // By an operator, or by Secrets Manager.
        let by_hand = ["bootstrap-admin", "reapply-erasures", "rotate-signing-key", "verify-audit"]
            .contains(&function.name.as_str());
        let triggered = !function.triggers.is_empty() || by_hand;
        assert_ne!(routed.contains(&function.name), triggered, "{}", function.name);
    }
}
