//! The limits of functions and their environment.

use std::collections::BTreeMap;
use std::time::Duration;

use builder_local::template::{self, Function, Known, Platform};
use builder_tests::repository;

/// Returns every function with the longest values of a deployment.
fn functions() -> Vec<Function> {
    let platform = Platform {
        region: "ap-northeast-1".into(),
        account: "123456789012".into(),
        stack: "builder-staging".into(),
        aws_url: "https://sqs.ap-northeast-1.amazonaws.com".into(),
        api_url: "https://a123456789.execute-api.ap-northeast-1.amazonaws.com".into(),
    };
    let host = format!("https://{}.example", "long-name.".repeat(10).trim_end_matches('.'));
    let hash = "ab".repeat(32);
    // Three providers with long URLs, and five origins.
    let provider =
        format!(r#"{{"name":"a-long-name","issuer":"{host}","clientId":"{}"}}"#, "c".repeat(80));
    let parameters = BTreeMap::from([
        ("Stage".to_owned(), "staging".to_owned()),
        (
            "EmailFrom".to_owned(),
            format!("{}@{}", "a".repeat(64), host.trim_start_matches("https://")),
        ),
        ("AlarmEmail".to_owned(), "operator@example.com".to_owned()),
        ("AppUrl".to_owned(), host.clone()),
        ("PublicUrl".to_owned(), host.clone()),
        ("CorsOrigins".to_owned(), vec![host; 5].join(",")),
        ("OriginLock".to_owned(), format!("{hash},{hash}")),
        ("OidcProviders".to_owned(), format!("[{}]", vec![provider; 3].join(","))),
    ]);
    let root = repository().join("template.yaml");
    template::load(&root, &parameters, &platform, &Known::new())
        .unwrap_or_else(|error| panic!("{error}"))
        .functions
}

/// Returns the violated limits.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>: 4 KB for all
/// variables, memory of 128 to 10,240 MB, a timeout of 900 seconds; an HTTP API waits no longer
/// than 30.
fn beyond_lambda(function: &Function, routed: bool) -> Vec<&'static str> {
    // As Lambda counts them: the JSON object of names and values.
    let environment = serde_json::to_string(&function.environment).unwrap().len();
    let longest = Duration::from_secs(if routed { 30 } else { 900 });
    let mut found = Vec::new();
    if environment > 4_096 {
        found.push("4 KB of environment");
    }
    if !(128..=10_240).contains(&function.memory_mb) {
        found.push("128 to 10,240 MB");
    }
    if function.timeout.is_zero() || function.timeout > longest {
        found.push("a time-out");
    }
    found
}

#[test]
fn functions_keep_to_the_quotas_of_lambda_with_the_longest_values() {
    let routes = builder_tests::routes();
    for function in functions() {
        let routed = routes.iter().any(|route| route.name == function.name);
        assert_eq!(beyond_lambda(&function, routed), Vec::<&str>::new(), "{}", function.stanza);
    }
    let with = |change: fn(&mut Function)| {
        let mut function =
            functions().into_iter().find(|function| function.name == "login").unwrap();
        change(&mut function);
        beyond_lambda(&function, true)
    };
    assert_eq!(
        with(|function| drop(function.environment.insert("LONG".into(), "x".repeat(4_096)))),
        ["4 KB of environment"]
    );
    assert_eq!(with(|function| function.memory_mb = 10_241), ["128 to 10,240 MB"]);
    assert_eq!(with(|function| function.timeout = Duration::from_secs(31)), ["a time-out"]);
}
