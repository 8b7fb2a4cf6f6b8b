//! Rules of the layers that the compiler doesn't enforce.

use builder_tests::repository;

use crate::sources::{Source, below, rust};

/// What is deployed: no tests and examples.
fn product_code() -> Vec<Source> {
    ["shared", "functions"]
        .into_iter()
        .flat_map(rust)
        .filter(|source| source.path.contains("/src/"))
        .collect()
}

/// What knows neither HTTP nor Lambda.
fn below_the_runtime() -> impl Iterator<Item = Source> {
    ["store", "identity", "core"].into_iter().flat_map(|layer| rust(&format!("shared/{layer}/src")))
}

/// Nothing in these sources holds any of these texts, except in the files named.
#[track_caller]
fn only_in(sources: &[Source], wanted: &[&str], allowed: &[&str]) {
    let found = sources
        .iter()
        .filter(|source| !allowed.contains(&source.path.as_str()))
        .flat_map(|source| source.holding(wanted));
    let found: Vec<_> = found.collect();
    assert!(found.is_empty(), "only {allowed:?} may hold {wanted:?}:\n{}", found.join("\n"));
    for file in allowed {
        let source = sources.iter().find(|source| source.path == **file);
        let used = source.is_some_and(|source| !source.holding(wanted).is_empty());
        assert!(used, "{file} no longer needs its exception for {wanted:?}: remove it");
    }
}

#[test]
fn one_place_reads_the_environment() {
    only_in(&product_code(), &["std::env", "env::var"], &["shared/store/src/config.rs"]);
}

#[test]
fn one_place_builds_aws_clients() {
    only_in(
        &product_code(),
        &["Client::from_conf", "aws_smithy_http_client", "SdkConfig"],
        &["shared/store/src/aws/mod.rs"],
    );
}

#[test]
fn one_place_maps_errors_to_statuses() {
    only_in(
        &product_code(),
        &["From<Error> for Problem", "From<builder_store::Error> for"],
        &["shared/runtime/src/response/problem.rs"],
    );
    let below: Vec<Source> = below_the_runtime().collect();
    only_in(&below, &["StatusCode", "use http::"], &[]);
    // Domains answer with outcomes; these few have a more particular status to give.
    let domains = rust("functions");
    let allowed = ["functions/auth/src/refusals.rs", "functions/system/src/not_found.rs"];
    only_in(&domains, &["StatusCode::"], &allowed);
}

/// The list may only shrink: what knows DynamoDB, all of it.
#[test]
fn few_files_use_dynamodb() {
    let allowed = [
        "shared/store/src/aws/mod.rs",
        "shared/store/src/commit/mod.rs",
        "shared/store/src/listing/mod.rs",
        "shared/core/src/orders/store.rs",
        "shared/core/src/products/store.rs",
        "shared/store/src/table/mod.rs",
        "shared/store/src/table/conditional.rs",
        "shared/store/src/table/many.rs",
        "shared/identity/src/tokens/public_keys.rs",
        "shared/identity/src/sessions/access.rs",
        "shared/identity/src/account/store.rs",
        "shared/runtime/src/admission/guard/mod.rs",
    ];
    only_in(&product_code(), &["aws_sdk_dynamodb"], &allowed);
}

#[test]
fn no_code_scans_a_table() {
    only_in(&product_code(), &[".scan()", "operation::scan", "execute_statement"], &[]);
}

/// Files below the runtime that do I/O or ask for the time. All others are pure, the rules of every
/// aggregate among them.
const IO: [&str; 54] = [
    "shared/core/src/invoices/number.rs",
    "shared/core/src/invoices/store.rs",
    "shared/core/src/ledger/balances.rs",
    "shared/core/src/orders/store.rs",
    "shared/core/src/payments/breaker.rs",
    "shared/core/src/payments/hooks.rs",
    "shared/core/src/payments/store.rs",
    "shared/core/src/ports/documents.rs",
    "shared/core/src/ports/email.rs",
    "shared/core/src/ports/erasures.rs",
    "shared/core/src/ports/logos.rs",
    "shared/core/src/ports/payments/mod.rs",
    "shared/core/src/ports/payments/stripe/mod.rs",
    "shared/core/src/products/store.rs",
    "shared/core/src/reconciliation/store.rs",
    "shared/core/src/sending.rs",
    "shared/core/src/settings/store.rs",
    "shared/identity/src/account/addresses.rs",
    "shared/identity/src/account/deletions.rs",
    "shared/identity/src/account/directory.rs",
    "shared/identity/src/account/identities.rs",
    "shared/identity/src/account/known_networks.rs",
    "shared/identity/src/account/store.rs",
    "shared/identity/src/api_keys/key_use.rs",
    "shared/identity/src/export.rs",
    "shared/identity/src/mailed_links/mail_limit.rs",
    "shared/identity/src/oidc/client.rs",
    "shared/identity/src/oidc/exchange.rs",
    "shared/identity/src/oidc/store.rs",
    "shared/identity/src/password/attempts.rs",
    "shared/identity/src/password/mod.rs",
    "shared/identity/src/policy.rs",
    "shared/identity/src/second_factor/factors.rs",
    "shared/identity/src/sessions/access.rs",
    "shared/identity/src/sessions/mod.rs",
    "shared/identity/src/tokens/public_keys.rs",
    "shared/identity/src/tokens/token.rs",
    "shared/store/src/audit/heads.rs",
    "shared/store/src/audit/search.rs",
    "shared/store/src/audit/verify.rs",
    "shared/store/src/aws/web.rs",
    "shared/store/src/cached.rs",
    "shared/store/src/clock.rs",
    "shared/store/src/commit/idempotency.rs",
    "shared/store/src/commit/mod.rs",
    "shared/store/src/feed/log.rs",
    "shared/store/src/feed/read.rs",
    "shared/store/src/feed/sequence.rs",
    "shared/store/src/feed/sweep.rs",
    "shared/store/src/listing/history.rs",
    "shared/store/src/listing/mod.rs",
    "shared/store/src/table/conditional.rs",
    "shared/store/src/table/many.rs",
    "shared/store/src/table/mod.rs",
];

#[test]
fn code_below_the_runtime_is_pure_except_for_io_files() {
    let sources: Vec<Source> = below_the_runtime().collect();
    only_in(&sources, &["async ", "&Table", "Timestamp::now", "SystemTime"], &IO);
}

#[test]
fn only_the_clock_reads_the_time() {
    // Logs carry the machine's time, and an invocation's deadline is the machine's.
    let allowed = [
        "shared/store/src/clock.rs",
        "shared/runtime/src/function.rs",
        "shared/runtime/src/telemetry/mod.rs",
    ];
    only_in(&product_code(), &["Timestamp::now()", "SystemTime::now()"], &allowed);
}

#[test]
fn there_are_no_todos_and_no_silenced_lints() {
    let all: Vec<_> = ["shared", "functions", "infra/local"].into_iter().flat_map(rust).collect();
    only_in(&all, &["todo!(", "unimplemented!(", "#[allow(", "#![allow("], &[]);
}

#[test]
fn no_file_contains_local_paths() {
    // Put together here, so that this file doesn't name them.
    let mut places: Vec<String> =
        ["/home", "/root", "/Users", "/work"].iter().map(|place| format!("{place}/")).collect();
    places.push(repository().display().to_string());
    for file in below("") {
        for (index, line) in file.text.lines().enumerate() {
            // A path begins somewhere; `.github/workflows/` and `https://x/home/` are none.
            let found = places.iter().any(|place| {
                line.match_indices(place.as_str()).any(|(at, _)| {
                    !line[..at].ends_with(|before: char| {
                        before.is_alphanumeric() || "./-_*{}".contains(before)
                    })
                })
            });
            assert!(!found, "{}:{}: {line}", file.path, index + 1);
        }
    }
}
