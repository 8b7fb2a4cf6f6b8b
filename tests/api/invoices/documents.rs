//! `GET /api/v1/invoices/{id}/pdf`, and the job `write-document`

use std::sync::Arc;

use builder_local::cloud::Faults;
use builder_local::cloud::faults::{Kind, Rule};
use builder_tests::{Answer, GOOD_CARD, Stack, User, catalogue};
use futures::future::join_all;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{eur, invoice_of, issue, path, products};

/// A downloaded file.
pub(super) struct Saved {
    status: u16,
    kind: String,
    disposition: String,
    pub(super) bytes: Vec<u8>,
}

/// Fetches a URL without credentials, like a browser after a redirect.
pub(super) async fn fetch(url: &str) -> Saved {
    let answer = reqwest::Client::new().get(url).send().await.unwrap();
    let header = |name: &str| {
        answer
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default()
    };
    let (status, kind, disposition) =
        (answer.status().as_u16(), header("content-type"), header("content-disposition"));
    Saved { status, kind, disposition, bytes: answer.bytes().await.unwrap().to_vec() }
}

/// Returns the URL of an invoice's file.
pub(super) async fn location(user: &User, invoice: &str) -> String {
    pdf(user, invoice).await.expect(200).text("url")
}

async fn pdf(user: &User, invoice: &str) -> Answer {
    user.get(format!("{}/pdf", path(invoice))).await
}

/// Returns the invoice, once its file is written.
pub(super) async fn filed(user: &User, invoice: &str) -> Value {
    user.wait_until(&path(invoice), "with its file", |seen| seen["file"].is_object()).await
}

/// Returns the XML in a PDF, if it contains any.
fn xml(pdf: &[u8]) -> Option<String> {
    let read = lopdf::Document::load_mem(pdf).unwrap();
    let streams = read
        .objects
        .values()
        .filter_map(|object| object.as_stream().ok()?.decompressed_content().ok());
    streams
        .filter_map(|content| String::from_utf8(content).ok())
        .find(|text| text.contains("CrossIndustryInvoice>"))
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Stores the data of the shop and a buyer that EN 16931 requires.
async fn introduce(stack: &Arc<Stack>, user: &User) {
    let settings = crate::settings::filled();
    stack.admin().await.put(crate::settings::PATH, &settings).if_match("*").await.expect(200);
    let address = json!({ "name": "Ada Lovelace", "lines": ["12 St James's Square"], "city": "London", "country": "GB" });
    user.patch("/api/v1/me", &json!({ "billingAddress": address })).if_match("*").await.expect(200);
}

#[tokio::test]
async fn the_invoice_of_a_paid_order_is_saved_as_an_electronic_one() {
    let stack = Stack::own().assert_idle().start();
    let user = stack.user().await;
    introduce(&stack, &user).await;
    let [tea, pot] = products(&stack).await;
    let (order, _) = user.pay(&stack, &[(&tea, 2), (&pot, 1)], GOOD_CARD).await;
    let invoice = invoice_of(&user, &order).await;
    let seen = filed(&user, &invoice).await;
    let number = seen["number"].as_str().unwrap();

    let answer = pdf(&user, &invoice).await.expect(200);
    assert_eq!(answer.required("cache-control"), "no-store");
    let url = answer.text("url");
    let expires_at: jiff::Timestamp = answer.text("expiresAt").parse().unwrap();
    let seconds = expires_at.duration_since(jiff::Timestamp::now()).as_secs();
    assert!(answer.header("location").is_none() && (200..=310).contains(&seconds), "{seconds}");
    // A browser that navigates here is redirected to the file. A script can't follow a redirect to
    // the bucket, so it gets the URL.
    for (name, value, status) in [
        ("sec-fetch-mode", "navigate", 303),
        ("accept", "text/html,application/xhtml+xml,*/*;q=0.8", 303),
        ("sec-fetch-mode", "cors", 200),
        ("accept", "application/json", 200),
    ] {
        let answer =
            user.get(format!("{}/pdf", path(&invoice))).header(name, value).await.expect(status);
        assert_eq!(
            answer.header("location").is_some_and(|location| location.starts_with("http")),
            status == 303
        );
        assert_eq!(answer.body.is_empty(), status == 303);
    }
    let saved = fetch(&url).await;
    assert_eq!((saved.status, saved.kind.as_str()), (200, "application/pdf"));
    assert_eq!(saved.disposition, format!("attachment; filename=\"{number}.pdf\""));
    assert!(saved.bytes.starts_with(b"%PDF-"));
    assert_eq!(
        seen["file"],
        json!({ "bytes": saved.bytes.len(), "sha256": hash(&saved.bytes), "electronic": true })
    );
    let xml = xml(&saved.bytes).expect("an electronic invoice");
    for part in
        [number, &order, "Ada Lovelace", "Lovelace &amp; Babbage GmbH", "DE123456789", "29.15"]
    {
        assert!(xml.contains(part), "{part}: {xml}");
    }

    let stranger = stack.user().await;
    pdf(&stranger, &invoice).await.problem(404, "not-found");
    stack.visitor().get(format!("{}/pdf", path(&invoice))).await.problem(401, "unauthenticated");
    let saved_by_admin = fetch(&location(&stack.admin().await, &invoice).await).await;
    assert_eq!(saved_by_admin.bytes, saved.bytes);
}

#[tokio::test]
async fn a_download_url_is_valid_only_for_its_file() {
    let stack = Stack::own().assert_idle().start();
    let user = stack.user().await;
    let [tea, _] = products(&stack).await;
    let order = user.order(&[(&tea, 1)]).await.expect(201).text("id");
    let other = user.order(&[(&tea, 1)]).await.expect(201).text("id");
    let admin = stack.admin().await;
    let [invoice, other] =
        [issue(&admin, &order, json!({})).await, issue(&admin, &other, json!({})).await];
    let [invoice, other] = [invoice.expect(201).text("id"), other.expect(201).text("id")];
    filed(&user, &invoice).await;
    filed(&user, &other).await;
    let url = location(&user, &invoice).await;
    assert!(url.contains("X-Amz-Expires=300") && fetch(&url).await.status == 200, "{url}");
    let (before, signature) = url.split_once("X-Amz-Signature=").unwrap();
    let flipped = if signature.starts_with('0') { '1' } else { '0' };
    for spoiled in [
        format!("{before}X-Amz-Signature={flipped}{}", &signature[1..]),
        url.replace(&invoice, &other),
        url.replace("X-Amz-Expires=300", "X-Amz-Expires=3000"),
        url.replace(".pdf%22", ".exe%22"),
        url.split_once('?').unwrap().0.to_owned(),
    ] {
        assert_ne!(spoiled, url);
        let saved = fetch(&spoiled).await;
        assert_eq!(saved.status, 403, "{spoiled}: {}", String::from_utf8_lossy(&saved.bytes));
    }
}

#[tokio::test]
async fn a_buyer_without_an_address_gets_a_plain_pdf() {
    let stack = Stack::own().assert_idle().start();
    let admin = stack.admin().await;
    let user = stack.user().await;
    for name in ["عمر الخيام", "山田 太郎", "Ἀριστοτέλης 😀", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢", "Владимир".repeat(12).as_str()]
    {
        user.patch("/api/v1/me", &json!({ "name": name })).if_match("*").await.expect(200);
        let product = catalogue::create(&admin, json!({ "name": name, "taxPercent": "7.5" })).await;
        let order = user.order(&[(&product, 1)]).await.expect(201).text("id");
        let invoice = issue(&admin, &order, json!({})).await.expect(201).text("id");
        let seen = filed(&user, &invoice).await;
        assert_eq!(seen["file"]["electronic"], false, "{name}");
        let saved = fetch(&location(&user, &invoice).await).await;
        assert!(saved.bytes.starts_with(b"%PDF-") && xml(&saved.bytes).is_none(), "{name}");
    }
}

#[tokio::test]
async fn the_largest_order_has_several_pages() {
    let stack = Stack::own().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let made = (0..50).map(|_| catalogue::create(&admin, json!({})));
    let made = join_all(made).await;
    let items: Vec<_> = made.iter().map(|product| (product.as_str(), 3)).collect();
    let order = user.order(&items).await.expect(201).text("id");
    let invoice = issue(&admin, &order, json!({})).await.expect(201).text("id");
    filed(&user, &invoice).await;
    let saved = fetch(&location(&user, &invoice).await).await;
    assert!(lopdf::Document::load_mem(&saved.bytes).unwrap().get_pages().len() > 2);
}

#[tokio::test]
async fn credit_notes_of_any_size_have_files() {
    let stack = Stack::own().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    introduce(&stack, &user).await;
    let [tea, pot] = products(&stack).await;
    let (order, payment) = user.pay(&stack, &[(&tea, 2), (&pot, 1)], GOOD_CARD).await;
    let invoice = invoice_of(&user, &order).await;
    for amount in [1, 2, 1_000] {
        admin
            .refund(&payment, &json!({ "amount": eur(amount), "reason": "duplicate" }))
            .await
            .expect(201);
        stack.wait_until_idle().await;
    }
    let notes = user.get(path(&invoice)).await.expect(200).data()["creditNotes"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(notes.len(), 3);
    for note in &notes {
        let note = filed(&user, note["id"].as_str().unwrap()).await;
        let saved = fetch(&location(&user, note["id"].as_str().unwrap()).await).await;
        assert_eq!(xml(&saved.bytes).is_some(), note["file"]["electronic"].as_bool().unwrap());
    }
    let last = filed(&user, notes[2]["id"].as_str().unwrap()).await;
    assert_eq!((&last["total"], &last["file"]["electronic"]), (&eur(1_000), &json!(true)));
}

#[tokio::test]
async fn the_pdf_is_not_ready_while_it_is_being_written() {
    let rule = Rule { operation: "s3:PutObject".into(), kind: Kind::Error500, probability: 1.0 };
    let stack = Stack::own().faults(Faults { seed: 1, rules: vec![rule] }).start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let [tea, _] = products(&stack).await;
    let order = user.order(&[(&tea, 1)]).await.expect(201).text("id");
    let invoice = issue(&admin, &order, json!({})).await.expect(201).text("id");
    let problem = pdf(&user, &invoice).await.problem(409, "invoice-not-ready");
    assert_eq!(problem.answer.required("retry-after"), "2");
    admin.command(format!("{}/send", path(&invoice))).await.problem(409, "invoice-not-ready");
}

/// Returns the message that causes an invoice's file to be written.
fn message(invoice: &str) -> Value {
    super::message("invoice.issued", invoice, "usr_00000000000000000000000000")
}

#[tokio::test]
async fn writing_a_file_again_changes_nothing() {
    let stack = Stack::own().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let [tea, _] = products(&stack).await;
    let order = user.order(&[(&tea, 1)]).await.expect(201).text("id");
    let invoice = issue(&admin, &order, json!({})).await.expect(201).text("id");
    let before = (filed(&user, &invoice).await, user.get(path(&invoice)).await.etag());
    // A new file would differ now.
    introduce(&stack, &user).await;
    let again = join_all((0..4).map(|_| stack.invoke("write-document", message(&invoice)))).await;
    assert!(
        again.iter().all(|outcome| outcome
            .as_ref()
            .is_ok_and(|answer| answer["batchItemFailures"] == json!([]))),
        "{again:?}"
    );
    assert_eq!((filed(&user, &invoice).await, user.get(path(&invoice)).await.etag()), before);
    let saved = fetch(&location(&user, &invoice).await).await;
    assert_eq!(before.0["file"]["sha256"], hash(&saved.bytes));
}

/// Half of the dropped calls are executed: the file exists, but its writer got no response.
#[tokio::test]
async fn the_first_file_is_kept() {
    let rule =
        |operation: &str| Rule { operation: operation.into(), kind: Kind::Drop, probability: 0.5 };
    let rules = vec![rule("s3:PutObject"), rule("s3:GetObject")];
    let stack = Stack::own().faults(Faults { seed: 1, rules }).start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let [tea, _] = products(&stack).await;
    for _ in 0..8 {
        let order = user.order(&[(&tea, 1)]).await.expect(201).text("id");
        let invoice = issue(&admin, &order, json!({})).await.expect(201).text("id");
        // Some of them fail. The test doesn't wait for the queue to deliver them again.
        let together =
            join_all((0..3).map(|_| stack.invoke("write-document", message(&invoice)))).await;
        drop(together);
        let seen = filed(&user, &invoice).await;
        let url = location(&user, &invoice).await;
        let saved = loop {
            // The request of the URL may fail, too.
            if let Ok(answer) = reqwest::Client::new().get(&url).send().await
                && answer.status().is_success()
                && let Ok(bytes) = answer.bytes().await
            {
                break bytes;
            }
        };
        assert_eq!(seen["file"]["sha256"], hash(&saved));
        let events = stack.aws().items(builder_tests::aws::DATA_TABLE).await;
        let filed = events.iter().filter(|item| {
            item["type"]["S"] == "invoice.filed"
                && item["pk"]["S"].as_str().unwrap().contains(&invoice)
        });
        assert_eq!(filed.count(), 1);
    }
}
