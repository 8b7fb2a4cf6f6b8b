//! The targets of links in mails, on a machine without the application.

use builder_tests::{Stack, User};
use serde_json::json;

/// Returns every URL in a text.
fn addresses(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| letter.is_whitespace() || "\"<>'".contains(letter));
    words
        .filter(|word| word.starts_with("http"))
        .map(|word| word.replace("&#x2f;", "/").replace("&amp;", "&"))
        .collect()
}

/// Returns the names of the pages in the source of the mails.
fn linked_pages() -> Vec<String> {
    let sources = builder_tests::repository().join("functions/notifications/src");
    let files = std::fs::read_dir(sources)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file());
    let texts = files.map(|path| std::fs::read_to_string(path).unwrap()).collect::<String>();
    let calls = texts.split("link(work, \"").skip(1);
    calls.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_mail_link_has_a_page() {
    let stack = Stack::shared();
    let pages = linked_pages();
    assert!(pages.len() >= 2, "{pages:?}");
    for page in pages
        .iter()
        .map(String::as_str)
        .chain(["oidc/google/callback", "oidc/google/callback?error=access_denied"])
    {
        let sign = if page.contains('?') { '&' } else { '?' };
        let answer =
            reqwest::get(format!("{}/_local/{page}{sign}token=t&code=c&state=s", stack.api_url))
                .await
                .unwrap();
        assert_eq!(answer.status(), 200, "{page}");
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
        let text = answer.text().await.unwrap();
        assert!(
            text.contains("<form data-api=\"/api/v1/") && text.contains("curl -s http"),
            "{page}: {text}"
        );
    }
    let answer = reqwest::get(format!("{}/_local/no-such-page", stack.api_url)).await.unwrap();
    assert_eq!(answer.status(), 404);
}

#[tokio::test]
async fn links_in_sent_mails_open_pages() {
    let stack = Stack::own().assert_idle().start();
    let user: User = stack.user().await;
    user.signed_out()
        .post("/api/v1/auth/forgot-password", &json!({ "email": user.email }))
        .await
        .expect(202);
    stack.mail(&user.email, "password").await;
    stack.wait_until_idle().await;
    let mut followed = 0;
    for mail in stack.mails(&user.email).await {
        for address in addresses(&mail.text).into_iter().chain(addresses(&mail.html)) {
            assert_eq!(
                reqwest::get(&address).await.unwrap().status(),
                200,
                "{address} of {:?}",
                mail.subject
            );
            followed += 1;
        }
    }
    // Two mails, each with its link in the text and in the HTML.
    assert!(followed >= 4, "{followed} links");
}
