//! The latest requests, each with its log lines and AWS calls.

use std::path::{Path, PathBuf};

use builder_tests::{Log, Stack, repository};

use super::{between, html};

#[tokio::test]
async fn requests_are_shown_with_log_lines_and_iam_decisions() {
    Log::subscribe();
    let stack = Stack::own().with_cloud_of_its_own().start();
    let user = stack.user().await;
    let id = user.get("/api/v1/me").await.expect(200).required("x-request-id").to_owned();
    let list = html(&user, &format!("/_local/requests?find={id}")).await;
    assert!(list.contains("GET /api/v1/me</a>"), "{list}");
    assert!(!list.contains("POST /api/v1/auth/login"), "expected only matching requests: {list}");
    let page = html(&user, between(&list, "<td class=\"wide\"><a href=\"", "\"")).await;
    assert!(page.contains(&id) && page.contains("<dd>get-me</dd>"), "{page}");
    let log = between(&page, "<h2>Log</h2>", "<h2>Calls of AWS</h2>");
    assert!(log.contains("answered method=GET path=/api/v1/me status=200"), "{log}");
    let calls = between(&page, "<h2>Calls of AWS</h2>", "All requests and jobs");
    assert!(calls.contains("<span class=\"good\">allowed</span> dynamodb:"), "{calls}");
    assert!(
        calls.contains(":table/builder-dev-data</small>")
            && calls.contains("&quot;Effect&quot;: &quot;Allow&quot;"),
        "{calls}"
    );
    assert!(!calls.contains("refused"), "{calls}");
}

#[tokio::test]
async fn concurrent_requests_keep_their_own_lines_and_calls() {
    Log::subscribe();
    let stack = Stack::own().with_cloud_of_its_own().unlimited().start();
    let user = stack.user().await;
    let paths: Vec<String> =
        (0..20).map(|number| format!("/api/v1/products?limit={}", number + 1)).collect();
    let answers =
        futures::future::join_all(paths.iter().map(async |path| user.get(path).await.expect(200)))
            .await;
    for answer in answers {
        let id = answer.required("x-request-id");
        let list = html(&user, &format!("/_local/requests?find={id}")).await;
        let page = html(&user, between(&list, "<td class=\"wide\"><a href=\"", "\"")).await;
        assert_eq!(page.matches("answered method=GET").count(), 1, "{page}");
        assert!(page.contains("dynamodb:Query"), "{page}");
    }
}

#[tokio::test]
async fn calls_refused_by_iam_are_shown_with_the_reason() {
    // The repository's templates, except that one function may not read its data.
    let templates = tempfile::tempdir().unwrap();
    copy_templates(templates.path());
    let stanzas = templates.path().join("functions/auth/template.yaml");
    let text = std::fs::read_to_string(&stanzas).unwrap();
    let (before, after) = text.split_once("FunctionName: !Sub builder-${Stage}-get-me\n").unwrap();
    let after = after.replacen(
        "Sid: DataGet\n              Effect: Allow",
        "Sid: DataGet\n              Effect: Deny",
        1,
    );
    std::fs::write(
        &stanzas,
        format!("{before}FunctionName: !Sub builder-${{Stage}}-get-me\n{after}"),
    )
    .unwrap();
    let stack = Stack::own().with_cloud_of_its_own().with_templates(templates.path()).start();
    let user = stack.user().await;
    let answer = user.get("/api/v1/me").await;
    answer.check(answer.status >= 500, "expected a failure");
    let list = html(&user, "/_local/requests?find=%2Fapi%2Fv1%2Fme&errors=1").await;
    assert!(list.contains("<span class=\"bad\">IAM refused</span>"), "{list}");
    let page = html(&user, between(&list, "<td class=\"wide\"><a href=\"", "\"")).await;
    let calls = between(&page, "<h2>Calls of AWS</h2>", "All requests and jobs");
    assert!(calls.contains("<span class=\"bad\">refused</span> dynamodb:"), "{calls}");
    assert!(
        calls.contains("is not authorized to perform") && calls.contains("with an explicit deny"),
        "{calls}"
    );
    assert!(calls.contains("400 AccessDeniedException"), "{calls}");
}

/// Copies the templates to a directory in which a test may change them.
fn copy_templates(to: &Path) {
    let root = repository();
    let mut files: Vec<PathBuf> = vec!["template.yaml".into()];
    for folder in ["infra", "functions"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let file = if path.is_dir() { path.join("template.yaml") } else { path };
            if file.extension().is_some_and(|ending| ending == "yaml") && file.is_file() {
                files.push(file.strip_prefix(&root).unwrap().to_owned());
            }
        }
    }
    for file in files {
        std::fs::create_dir_all(to.join(&file).parent().unwrap()).unwrap();
        std::fs::copy(root.join(&file), to.join(&file)).unwrap();
    }
}

#[tokio::test]
async fn gateway_responses_and_hostile_paths_are_shown_as_text() {
    let stack = Stack::own().start();
    let visitor = stack.visitor();
    visitor
        .get("/%3Cscript%3Ealert(1)%3C/script%3E?q=\"><img/src=x>")
        .await
        .problem(404, "not-found");
    visitor.get("/nowhere?token=vt_AAAAAAAAAAAAAAAAAAAA").await.problem(404, "not-found");
    assert_eq!(visitor.get("/health").header("x-large", "x".repeat(11_000)).await.status, 431);
    let list = html(&visitor, "/_local/requests?errors=1").await;
    assert!(!list.contains("<img") && !list.contains("<script"), "{list}");
    assert!(list.contains("GET /%3Cscript%3E") && list.contains("431"), "{list}");
    assert!(list.contains("GET /nowhere?token=[secret]") && !list.contains("vt_AAAA"), "{list}");
    let hostile = html(&visitor, "/_local/requests?find=%22%3E%3Cimg%20src%3Dx%3E").await;
    assert!(hostile.contains("value=\"&quot;&gt;&lt;img src=x&gt;\""), "{hostile}");
    let none = html(&visitor, "/_local/requests?find=nothing-has-this-in-it").await;
    assert_eq!(none.matches("<p class=\"quiet\">None.</p>").count(), 2, "{none}");
}

#[tokio::test]
async fn jobs_are_shown_with_their_trigger() {
    let stack = Stack::own().start();
    let user = stack.user().await;
    stack.wait_until_idle().await;
    let list = html(&user, "/_local/requests?find=send-email").await;
    let invocations = between(&list, "Jobs and other invocations", "</main>");
    assert!(
        invocations.contains("send-email by queue") && invocations.contains("<td>done"),
        "{invocations}"
    );
    let relayed = html(&user, "/_local/requests?find=relay-events").await;
    assert!(relayed.contains("relay-events by stream"), "{relayed}");
}
