//! The HTML of the stack's pages: no script but one, nothing from elsewhere.

use crate::cloud::Mail;

const STYLE: &str = "
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
header { display: flex; gap: 1.5rem; align-items: baseline; border-bottom: 1px solid #8886; margin-bottom: 1rem; }
h1 { font-size: 1.3rem; margin: 0 auto .5rem 0; }
details { border-bottom: 1px solid #8883; padding: .6rem 0; }
summary { cursor: pointer; display: grid; grid-template-columns: 1fr auto; gap: 0 1rem; }
summary small { grid-column: 1; opacity: .7; }
time { opacity: .7; font-variant-numeric: tabular-nums; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #8881; padding: 1rem; border-radius: .4rem; }
iframe { width: 100%; height: 24rem; border: 1px solid #8886; border-radius: .4rem; background: #fff; }
button { font: inherit; padding: .5rem 1.2rem; border-radius: .4rem; border: 1px solid #8886; cursor: pointer; }
";

/// The mailbox, newest first.
pub(super) fn mailbox(mails: &[Mail], aws_url: &str) -> String {
    let mut list = String::new();
    for mail in mails {
        let text = mail.text.as_deref().map(|text| format!("<pre>{}</pre>", linked(text))).unwrap_or_default();
        // In a sandbox: a mail's script must not run, and its links open in a tab of their own.
        let html = mail.html.as_deref().map(|html| {
            format!(
                "<iframe sandbox=\"allow-popups allow-popups-to-escape-sandbox\" loading=\"lazy\" title=\"HTML part\" srcdoc=\"{}\"></iframe>",
                escaped(&format!("<base target=\"_blank\">{html}"))
            )
        });
        let attachments = mail.attachments.iter().enumerate().map(|(place, attachment)| {
            let url = escaped(&super::attachment_url(mail, place));
            let (name, kind) = (escaped(&attachment.name), escaped(&attachment.content_type));
            format!("<p><a href=\"{url}\">{name}</a> <small>{kind}, {} bytes</small></p>", attachment.bytes.len())
        });
        let attachments: String = attachments.collect();
        list.push_str(&format!(
            "<details><summary><strong>{}</strong><time>{}</time><small>to {} from {}</small></summary>{text}{}{attachments}</details>",
            escaped(&mail.subject),
            mail.sent_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
            escaped(&mail.to),
            escaped(&mail.from),
            html.unwrap_or_default(),
        ));
    }
    if mails.is_empty() {
        list.push_str("<p>No mail was sent yet. Register at <code>POST /api/v1/auth/register</code> and reload.</p>");
    }
    document("Mailbox", &format!("{list}<p><small>AWS endpoint: <code>{}</code></small></p>", escaped(aws_url)))
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style>\
         <header><h1>{title}</h1><a href=\"/_local\">Mailbox</a><a href=\"/docs\">API documentation</a>\
         <a href=\"/health/ready\">Health</a></header><main>{body}</main></html>"
    )
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// Text with its addresses as links.
fn linked(text: &str) -> String {
    text.split_inclusive(char::is_whitespace)
        .map(|word| {
            let address = word.trim_end();
            if address.starts_with("http://") || address.starts_with("https://") {
                let address = escaped(address);
                format!("<a href=\"{address}\">{address}</a>{}", &word[word.trim_end().len()..])
            } else {
                escaped(word)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::Attachment;

    #[test]
    fn a_mail_can_put_no_markup_into_the_page() {
        let mail = Mail {
            message_id: "1".to_owned(),
            to: "<script>@x".to_owned(),
            from: "a@b".to_owned(),
            reply_to: Vec::new(),
            subject: "<b>\"'&".to_owned(),
            text: Some("see http://x/?a=1&b=\"2\" <i>".to_owned()),
            html: Some("<p title=\"x\">hi</p>".to_owned()),
            attachments: vec![Attachment { name: "<script>.pdf".to_owned(), content_type: "<i>".to_owned(), bytes: Vec::new() }],
            sent_at: jiff::Timestamp::UNIX_EPOCH,
        };
        let page = mailbox(&[mail], "http://127.0.0.1:4566");
        assert!(!page.contains("<script>") && !page.contains("<b>") && !page.contains("<i>"));
        assert!(page.contains("<a href=\"http://x/?a=1&amp;b=&quot;2&quot;\">"));
        assert!(page.contains("srcdoc=\"&lt;base target=&quot;_blank&quot;&gt;&lt;p title="));
    }
}
