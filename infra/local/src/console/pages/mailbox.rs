//! The pages of sent mail.

use serde_json::{Value, json};

use super::emails::{SHOWN, attachments};
use crate::cloud::Mail;
use crate::console::answer::{Answer, Trouble, mail as framed};
use crate::console::parameters::{Parameters, link};
use crate::console::site::{Site, time};

const HERE: &str = "/_local/mails";

/// `/_local/mails?to=`: the latest mails.
pub(in crate::console) async fn list(site: &Site, query: &Parameters) -> Answer {
    let to = query.get("to");
    let mails = site.setup.mails.list(to, SHOWN).await?;
    let rows: Vec<Value> = mails.iter().map(row).collect();
    site.page(
        "mails.html",
        "Mails",
        HERE,
        json!({ "mails": rows, "to": to.unwrap_or_default(), "most": SHOWN }),
    )
}

/// `/_local/mails/{id}`: one mail.
pub(in crate::console) async fn show(site: &Site, id: &str) -> Answer {
    let mail = find(site, id).await?;
    let content = json!({
        "mail": row(&mail),
        "replyTo": mail.reply_to.join(", "),
        "parts": pieces(mail.text.as_deref().unwrap_or_default()),
        "html": mail.html.is_some().then(|| link(&["mails", id, "html"], &[])),
        "attachments": attachments(&mail),
    });
    site.page("mail.html", &mail.subject, HERE, content)
}

/// `/_local/mails/{id}/html`: the HTML part for the frame on the mail's page. Its links open in a
/// new tab.
pub(in crate::console) async fn html(site: &Site, id: &str) -> Answer {
    let html = find(site, id).await?.html.ok_or(Trouble::Missing)?;
    Ok(framed(format!("<base target=\"_blank\">{html}")))
}

async fn find(site: &Site, id: &str) -> Result<Mail, Trouble> {
    site.setup.mails.find(id).await?.ok_or(Trouble::Missing)
}

/// Returns a mail as a row of a table.
pub(super) fn row(mail: &Mail) -> Value {
    json!({
        "href": link(&["mails", &mail.message_id], &[]),
        "time": time(mail.sent_at),
        "to": mail.to,
        "from": mail.from,
        "subject": mail.subject,
        "attachments": mail.attachments.len(),
    })
}

/// Splits a text into URLs, which become links, and the text between them.
fn pieces(text: &str) -> Vec<Value> {
    let mut pieces: Vec<Value> = Vec::new();
    let mut between = String::new();
    for word in text.split_inclusive(char::is_whitespace) {
        let address = word.trim_end();
        if address.starts_with("http://") || address.starts_with("https://") {
            pieces.push(json!({ "text": std::mem::take(&mut between), "href": Value::Null }));
            pieces.push(json!({ "text": address, "href": address }));
            between.push_str(&word[address.len()..]);
        } else {
            between.push_str(word);
        }
    }
    pieces.push(json!({ "text": between, "href": Value::Null }));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_a_text_become_links_and_nothing_is_lost() {
        let text = "Follow\nhttp://x/?a=1&b=2\nor javascript:alert(1) https://y";
        let pieces = pieces(text);
        let whole: String = pieces.iter().map(|piece| piece["text"].as_str().unwrap()).collect();
        assert_eq!(whole, text);
        let links: Vec<&str> = pieces.iter().filter_map(|piece| piece["href"].as_str()).collect();
        assert_eq!(links, ["http://x/?a=1&b=2", "https://y"]);
    }
}
