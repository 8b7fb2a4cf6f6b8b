//! The sent mail.

use builder_tests::{Stack, Visitor};

use super::{between, html};

#[tokio::test]
async fn mails_are_shown_with_links_and_sandboxed_html() {
    let stack = Stack::shared();
    let visitor = stack.visitor();
    let email = Visitor::fresh_email();
    visitor.register(&email).await.expect(202);
    let sent = stack.mail(&email, "erify").await;
    let list = html(&visitor, &format!("/_local/mails?to={email}")).await;
    assert!(list.contains(&format!("<td>{email}</td>")) && list.contains(" UTC</td>"), "{list}");
    let mail = html(&visitor, between(&list, "<td class=\"wide\"><a href=\"", "\"")).await;
    assert!(mail.contains(&format!("token={}", sent.token())), "{mail}");
    let frame = between(&mail, "<iframe src=\"", "\"");
    assert!(mail.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""), "{mail}");
    let part = visitor.get(frame).await.expect(200);
    let policy = part.required("content-security-policy");
    part.check(
        policy.starts_with("sandbox ") && !policy.contains("allow-scripts"),
        "expected a sandbox",
    );
    part.check(
        policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'self'"),
        "expected a policy that loads nothing",
    );
    part.check(part.body_text().contains(&sent.token()), "expected the mail");
    let none = html(&visitor, "/_local/mails?to=%22%3E%3Cb%3E@example.com").await;
    assert!(none.contains("&quot;&gt;&lt;b&gt;@example.com") && !none.contains("<b>@"), "{none}");
}
