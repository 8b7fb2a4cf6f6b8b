//! The front page, and properties of all pages.

use builder_tests::Stack;

use super::{between, html, page, token_of};

/// All pages that need no data.
const PAGES: [&str; 9] = [
    "/_local",
    "/_local/requests",
    "/_local/mails",
    "/_local/queues",
    "/_local/tables",
    "/_local/tables/builder-dev-data",
    "/_local/buckets",
    "/_local/jobs",
    "/_local/payments",
];

#[tokio::test]
async fn browsers_get_the_front_page_and_programs_the_api() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let front = html(&visitor, "/").await;
    assert!(front.contains(&format!("href=\"{}/docs\"", stack.api_url)), "{front}");
    for shown in [
        "First steps",
        "AWS endpoint",
        "Stripe",
        "Functions",
        "Running for",
        "Clock",
        "dead letters",
        "Latest requests",
    ] {
        assert!(front.contains(shown), "{shown}: {front}");
    }
    assert!(
        html(&visitor, "/_local").await.contains("<h1>Local stack</h1>"),
        "both paths must return the same page"
    );
    for accept in ["*/*", "application/json"] {
        visitor.get("/").header("accept", accept).await.problem(404, "not-found");
    }
    // Similar paths belong to the API.
    visitor.get("/_localhost").header("accept", "text/html").await.problem(404, "not-found");
    visitor.command("/").header("accept", "text/html").await.problem(404, "not-found");
}

#[tokio::test]
async fn pages_load_no_external_files_and_run_no_scripts() {
    let stack = Stack::shared();
    for path in PAGES {
        let answer = page(&stack.visitor(), path).await;
        let policy = answer.required("content-security-policy");
        for rule in ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"] {
            answer.check(policy.contains(rule), rule);
        }
        answer.check(
            !policy.contains("unsafe") && !policy.contains("script-src"),
            "expected no script",
        );
        answer.check(answer.header("cache-control") == Some("no-store"), "expected no caching");
        // With `no-referrer`, a browser would hide the origin of a form, and every button would be
        // refused.
        answer.check(
            answer.header("referrer-policy") == Some("same-origin"),
            "expected the origin in forms",
        );
        let html = answer.body_text();
        answer
            .check(html.starts_with("<!doctype html>\n<html lang=\"en\">"), "expected a language");
        let said = [
            "<title>",
            "<h1>",
            "href=\"#main\"",
            "id=\"main\"",
            "name=\"viewport\"",
            "<nav aria-label",
        ];
        said.iter().for_each(|part| answer.check(html.contains(part), part));
        answer.check(
            !html.contains("<script") && !html.contains(" style=") && !html.contains("onclick"),
            "expected no script",
        );
        for table in html.split("<thead>").skip(1) {
            let head = table.split("</thead>").next().unwrap();
            answer.check(
                !head.contains("<th>") && head.contains("<th scope=\"col\""),
                "expected column headers with a scope",
            );
        }
    }
    let style = stack.visitor().get("/_local/style.css").await.expect(200);
    style.check(
        style.header("content-type") == Some("text/css; charset=utf-8"),
        "expected a style sheet",
    );
    style.check(!style.body_text().contains("url("), "expected no external files");
}

#[tokio::test]
async fn missing_items_get_a_404_page() {
    let stack = Stack::shared();
    for path in [
        "/_local/nothing",
        "/_local/requests/999999999",
        "/_local/mails/none",
        "/_local/queues/none",
        "/_local/tables/none",
        "/_local/tables/builder-dev-data?index=none",
        "/_local/tables/builder-dev-data/item?key=%7B%22pk%22%3A%7B%22S%22%3A%22x%22%7D%2C%22sk%22%3A%7B%22S%22%3A%22x%22%7D%7D",
        "/_local/buckets/none-of-this-name",
        "/_local/jobs/none",
        "/_local/jobs/get-order",
        "/_local/payments/pi_none",
        "/_local/emails/none/attachments/0",
    ] {
        let answer = stack.visitor().get(path).await.expect(404);
        answer.check(
            answer.body_text().contains("There is nothing of this name."),
            "expected a page that states it",
        );
    }
}

#[tokio::test]
async fn pages_require_a_local_host_name() {
    let stack = Stack::shared();
    for path in ["/_local", "/_local/queues", "/_local/style.css"] {
        let refused = stack.visitor().get(path).header("host", "evil.example").await.expect(403);
        refused.check(refused.body_text().contains("localhost"), "expected the host name to use");
    }
    // With a foreign host name, `/` is the API's, as in the cloud.
    stack
        .visitor()
        .get("/")
        .header("host", "evil.example")
        .header("accept", "text/html")
        .await
        .problem(404, "not-found");
    let named = stack
        .visitor()
        .get("/")
        .header("host", "localhost:3000")
        .header("accept", "text/html")
        .await;
    named.check(named.status == 200, "expected status 200");
    named.check(named.body_text().contains("Latest requests"), "expected the front page");
}

#[tokio::test]
async fn cross_site_forms_are_refused() {
    let stack = Stack::own().start();
    let visitor = stack.visitor();
    let token = token_of(&html(&visitor, "/_local/jobs").await);
    let here = stack.api_url.clone();
    let good = format!("token={token}");
    let run = "/_local/jobs/verify-audit/run";
    let press = async |headers: &[(&str, &str)], form: &str| {
        let request =
            visitor.command(run).body("application/x-www-form-urlencoded", form.to_owned());
        headers
            .iter()
            .fold(request, |request, (name, value)| request.header(name, *value))
            .await
            .status
    };
    assert_eq!(press(&[("origin", "https://evil.example")], &good).await, 403);
    assert_eq!(press(&[("origin", "null")], &good).await, 403);
    assert_eq!(press(&[("sec-fetch-site", "cross-site")], &good).await, 403);
    assert_eq!(press(&[("host", "evil.example")], &good).await, 403);
    assert_eq!(press(&[("origin", &here)], "token=guessed").await, 403);
    assert_eq!(press(&[("origin", &here)], "").await, 403);
    let shown = html(&visitor, "/_local/jobs").await;
    let job = between(&shown, "/_local/jobs/verify-audit\">", "</tr>");
    assert!(!job.contains("/_local/invocations/"), "expected that no job has run: {job}");
    assert_eq!(press(&[("origin", &here), ("sec-fetch-site", "same-origin")], &good).await, 303);
    // A GET does nothing, and other pages accept no form.
    visitor.get(run).await.expect(404);
    visitor
        .command("/_local/tables")
        .body("application/x-www-form-urlencoded", good)
        .await
        .expect(405);
    let large = vec![b'x'; 1024 * 1024 + 1];
    visitor.command(run).body("application/x-www-form-urlencoded", large).await.expect(413);
}
