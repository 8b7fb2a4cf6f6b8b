//! The mails about invoices and credit notes.

use std::time::Duration;

use builder_tests::{GOOD_CARD, Mail, Stack, User};
use serde_json::json;

use super::{invoice_of, issue, message, path, products};

/// Returns the mails about documents to a user, newest first.
async fn letters(stack: &std::sync::Arc<Stack>, user: &User) -> Vec<Mail> {
    let mails = stack.mails(&user.email).await;
    mails
        .into_iter()
        .filter(|mail| ["invoice", "credit note"].iter().any(|word| mail.subject.contains(word)))
        .collect()
}

#[tokio::test]
async fn an_invoice_is_mailed_automatically_and_again_on_request() {
    let stack = Stack::own().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let [tea, pot] = products(&stack).await;
    let (order, payment) = user.pay(&stack, &[(&tea, 2), (&pot, 1)], GOOD_CARD).await;
    let invoice = invoice_of(&user, &order).await;
    stack.wait_until_idle().await;
    let seen = user.get(path(&invoice)).await.expect(200).data();
    let number = seen["number"].as_str().unwrap();
    let mails = letters(&stack, &user).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert_eq!(mails[0].subject, format!("Your invoice {number}"));
    for text in [&mails[0].text, &mails[0].html] {
        assert!(
            ["Ada Lovelace", number, "29.15 EUR", "It has been paid"]
                .iter()
                .all(|part| text.contains(part)),
            "{text}"
        );
    }
    let [attachment] = mails[0].attachments.as_slice() else { panic!("{mails:?}") };
    assert_eq!(
        (attachment.name.as_str(), attachment.content_type.as_str()),
        (format!("{number}.pdf").as_str(), "application/pdf")
    );
    assert_eq!(json!(attachment.bytes), seen["file"]["bytes"]);
    let attached = stack.visitor().get(&attachment.url).await.expect(200);
    let url = user.get(format!("{}/pdf", path(&invoice))).await.expect(200).text("url");
    let saved = reqwest::get(url).await.unwrap().bytes().await.unwrap();
    assert!(
        attached.body.starts_with(b"%PDF-") && attached.body == saved,
        "the attachment must be the file"
    );
    assert_eq!(attached.header("content-type"), Some("application/pdf"));

    user.command(format!("{}/send", path(&invoice))).await.problem(403, "forbidden");
    admin.command(format!("{}/send", path(&invoice))).key("once").await.expect(200);
    admin.command(format!("{}/send", path(&invoice))).key("once").await.expect(200);
    stack.wait_until_idle().await;
    assert_eq!(letters(&stack, &user).await.len(), 2);

    admin.refund(&payment, &json!({ "reason": "duplicate" })).await.expect(201);
    stack.wait_until_idle().await;
    let mails = letters(&stack, &user).await;
    assert_eq!(mails.len(), 3);
    assert!(
        mails[0].subject.starts_with("Your credit note CN-") && mails[0].text.contains(number),
        "{:?}",
        mails[0]
    );
    assert!(mails[0].attachments[0].name.starts_with("CN-"));
}

#[tokio::test]
async fn open_invoices_and_reminders_state_the_due_date() {
    let stack = Stack::own().frozen_clock().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    const IBAN: &str = "DE02120300000000202051";
    let mut settings = admin.get("/api/v1/settings").await.expect(200).data();
    settings["company"]["bankAccount"] = json!({ "iban": IBAN });
    admin.put("/api/v1/settings", &settings).if_match("*").await.expect(200);
    let [tea, _] = products(&stack).await;
    let order = user.order(&[(&tea, 1)]).await.expect(201).text("id");
    let issued = issue(&admin, &order, json!({})).await.expect(201);
    let due = issued
        .text("dueOn")
        .parse::<jiff::civil::Date>()
        .unwrap()
        .strftime("%-d %B %Y")
        .to_string();
    stack.wait_until_idle().await;
    let mails = letters(&stack, &user).await;
    assert_eq!(mails.len(), 1);
    assert!(
        mails[0].text.contains(&format!("Please pay it by {due}.")) && mails[0].html.contains(&due),
        "{}",
        mails[0].text
    );
    assert_eq!(mails[0].attachments.len(), 1);

    stack.clock.advance(Duration::from_secs(22 * 24 * 3600));
    stack.invoke("remind-overdue", json!({})).await.unwrap();
    stack.wait_until_idle().await;
    let mails = letters(&stack, &user).await;
    assert_eq!(mails.len(), 2);
    let number = issued.text("number").replace('-', "");
    for mail in &mails {
        for text in [&mail.text, &mail.html] {
            assert!(text.contains(IBAN) && text.contains(&number) && text.contains("RF"), "{text}");
        }
    }
    assert!(
        mails[0].subject.starts_with("Reminder: invoice INV-") && mails[0].text.contains(&due),
        "{:?}",
        mails[0]
    );
    assert_eq!(
        mails[0].attachments,
        [builder_tests::Attachment {
            url: mails[0].attachments[0].url.clone(),
            ..mails[1].attachments[0].clone()
        }]
    );
}

#[tokio::test]
async fn void_invoices_do_not_request_payment() {
    let stack = Stack::own().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let [tea, _] = products(&stack).await;
    let order = user.order(&[(&tea, 1)]).await.expect(201).text("id");
    let invoice = issue(&admin, &order, json!({})).await.expect(201).text("id");
    stack.wait_until_idle().await;
    admin.command(format!("{}/void", path(&invoice))).await.expect(200);
    stack.wait_until_idle().await;
    let subjects = async || {
        letters(&stack, &user).await.into_iter().map(|mail| mail.subject).collect::<Vec<_>>()
    };
    let before = subjects().await;
    assert!(before.len() == 2 && before[0].contains("credit note CN-"), "{before:?}");
    // Delayed messages, each with its own ID: the mail depends on the current state of the invoice.
    let owner = user.id().await;
    for kind in ["invoice.filed", "invoice.reminded", "invoice.voided"] {
        stack.invoke("send-email", message(kind, &invoice, &owner)).await.unwrap();
    }
    assert_eq!(subjects().await, before);
    stack
        .invoke("send-email", message("invoice.sending_requested", &invoice, &owner))
        .await
        .unwrap();
    let mails = letters(&stack, &user).await;
    assert!(mails.len() == 3 && mails[0].text.contains("It is void"), "{mails:?}");
}

#[tokio::test]
async fn erased_users_get_no_mail() {
    let stack = Stack::own().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let [tea, _] = products(&stack).await;
    let (order, _) = user.pay(&stack, &[(&tea, 1)], GOOD_CARD).await;
    let invoice = invoice_of(&user, &order).await;
    stack.wait_until_idle().await;
    admin.delete(format!("/api/v1/users/{}", user.id().await)).if_match("*").await.expect(204);
    admin.command(format!("{}/send", path(&invoice))).await.expect(200);
    stack.wait_until_idle().await;
    assert_eq!(letters(&stack, &user).await.len(), 1);
    admin.get(format!("{}/pdf", path(&invoice))).await.expect(200);
}
