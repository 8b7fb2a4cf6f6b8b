//! `PUT /api/v1/settings/logo`

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use builder_tests::{Client, Request, Stack};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{PATH, filled};

/// 360 × 120 pixels, RGB with transparency.
pub(crate) const PNG: &[u8] =
    include_bytes!("../../../shared/einvoice/tests/einvoice/samples/logo.png");
/// 60 × 20 pixels, RGB.
pub(crate) const JPEG: &[u8] =
    include_bytes!("../../../shared/einvoice/tests/einvoice/samples/logo.jpg");
const CMYK: &[u8] = include_bytes!("../../../shared/einvoice/tests/einvoice/samples/cmyk.jpg");

/// Uploads an image, at any version of the settings.
pub(crate) fn put(who: &Client, picture: &[u8]) -> Request {
    request(who, picture).if_match("*")
}

fn request(who: &Client, picture: &[u8]) -> Request {
    who.put(format!("{PATH}/logo"), &json!({ "image": STANDARD.encode(picture) }))
}

/// Returns the description of an image in the settings.
fn described(kind: &str, picture: &[u8]) -> Value {
    let sha256 = hex::encode(Sha256::digest(picture));
    json!({ "contentType": kind, "sha256": sha256, "bytes": picture.len() })
}

#[tokio::test]
async fn png_and_jpeg_logos_are_accepted() {
    let stack = Stack::own().start();
    let admin = stack.admin().await;
    // Even before the first change of the settings.
    let first = request(&admin, PNG).if_match("\"0\"").await.expect(200);
    assert_eq!(
        (&first.data()["branding"]["logo"], first.etag().as_str()),
        (&described("image/png", PNG), "\"1\"")
    );
    let mut expected = filled();
    admin.put(PATH, &expected).if_match("*").await.expect(200);
    let second = request(&admin, JPEG).if_match("\"2\"").await.expect(200);
    expected["branding"]["logo"] = described("image/jpeg", JPEG);
    assert_eq!((second.data(), second.etag().as_str()), (expected.clone(), "\"3\""));
    let read = admin.get(PATH).await.expect(200);
    assert_eq!((read.data(), read.etag()), (expected, second.etag()));
}

#[tokio::test]
async fn uploading_the_same_logo_writes_nothing() {
    let stack = Stack::own().start();
    let admin = stack.admin().await;
    let first = put(&admin, PNG).await.expect(200);
    let same = request(&admin, PNG).if_match(first.etag()).await.expect(200);
    assert_eq!((same.etag(), same.data()), (first.etag(), first.data()));
    assert_eq!(
        admin.get(format!("{PATH}/events")).await.expect(200).data().as_array().unwrap().len(),
        1
    );
}

#[tokio::test]
async fn changes_require_if_match() {
    let stack = Stack::own().start();
    let admin = stack.admin().await;
    request(&admin, PNG).await.problem(428, "precondition-required");
    for stale in ["\"1\"", "\"rubbish\"", ""] {
        request(&admin, PNG).if_match(stale).await.problem(412, "precondition-failed");
    }
    let requests = [PNG, JPEG].map(|picture| request(&admin, picture).if_match("\"0\""));
    let answers =
        futures::future::join_all(requests.map(|request| async move { request.await.status }))
            .await;
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|status| [200, 412].contains(status)), "{answers:?}");
}

#[tokio::test]
async fn unprintable_images_are_rejected_with_a_reason() {
    let stack = Stack::own().start();
    let admin = stack.admin().await;
    let large: Vec<u8> =
        PNG.iter().copied().chain(std::iter::repeat(0)).take(256 * 1024 + 1).collect();
    for (picture, expected) in [
        (b"GIF89a".as_slice(), "PNG or a JPEG"),
        (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "PNG or a JPEG"),
        (&PNG[..PNG.len() / 2], "not a complete PNG"),
        (&JPEG[..JPEG.len() / 2], "not a complete JPEG"),
        (CMYK, "CMYK"),
        (&large, "262144"),
    ] {
        let problem = put(&admin, picture).await.problem(422, "invalid-request");
        let detail = problem.body["errors"][0]["detail"].as_str().unwrap().to_owned();
        problem.at(&["/image"]);
        assert!(detail.contains(expected), "{detail}");
    }
    let path = format!("{PATH}/logo");
    for image in [
        json!("data:image/png;base64,AAAA"),
        json!("not base64"),
        json!(""),
        json!(1),
        Value::Null,
        json!([PNG]),
    ] {
        admin
            .put(&path, &json!({ "image": image }))
            .if_match("*")
            .await
            .problem(422, "invalid-request")
            .at(&["/image"]);
    }
    let named = json!({ "image": STANDARD.encode(PNG), "name": "logo.png" });
    admin.put(&path, &named).if_match("*").await.problem(422, "invalid-request").at(&["/name"]);
    assert_eq!(admin.get(PATH).await.expect(200).etag(), "\"0\"");
}

#[tokio::test]
async fn the_logo_stays_until_it_is_set_to_null() {
    let stack = Stack::own().start();
    let admin = stack.admin().await;
    put(&admin, PNG).await.expect(200);
    // The logo as it was read.
    let mut settings = admin.get(PATH).await.expect(200).data();
    settings["branding"]["color"] = "#102030".into();
    let after = admin.put(PATH, &settings).if_match("*").await.expect(200);
    assert_eq!(after.data(), settings);
    // Without the logo.
    settings["branding"].as_object_mut().unwrap().remove("logo");
    settings["branding"]["displayName"] = "Engines".into();
    let after = admin.put(PATH, &settings).if_match(after.etag()).await.expect(200);
    let logo = after.data()["branding"]["logo"].clone();
    assert_eq!(logo, described("image/png", PNG));

    let with = |member: &str, value: Value| {
        let mut logo = logo.clone();
        logo[member] = value;
        logo
    };
    let others = [
        described("image/jpeg", JPEG),
        with("contentType", json!("image/jpeg")),
        with("bytes", json!(1)),
        with("sha256", json!("A".repeat(64))),
    ];
    for other in others {
        settings["branding"]["logo"] = other;
        let problem =
            admin.put(PATH, &settings).if_match("*").await.problem(422, "invalid-request");
        assert!(
            problem.body["errors"][0]["detail"]
                .as_str()
                .unwrap()
                .contains("PUT /api/v1/settings/logo"),
            "{}",
            problem.body
        );
        problem.at(&["/branding/logo"]);
    }

    // A value that doesn't describe a logo is reported like an invalid value of any other member.
    let missing = ["/branding/logo/bytes", "/branding/logo/contentType", "/branding/logo/sha256"];
    for (other, pointers) in [
        (with("bytes", json!(0)), vec!["/branding/logo/bytes"]),
        (with("url", json!("https://example.com/logo.png")), vec!["/branding/logo/url"]),
        (json!({}), missing.to_vec()),
        (json!("iVBORw0KGgo="), vec!["/branding/logo"]),
    ] {
        settings["branding"]["logo"] = other;
        admin
            .put(PATH, &settings)
            .if_match("*")
            .await
            .problem(422, "invalid-request")
            .at(&pointers);
    }

    // It is reported with all other errors, at any version.
    settings["currency"] = "XAU".into();
    settings["branding"]["logo"] = json!({});
    let pointers = [missing.as_slice(), &["/currency"]].concat();
    admin
        .put(PATH, &settings)
        .if_match("\"7\"")
        .await
        .problem(422, "invalid-request")
        .at(&pointers);

    settings["currency"] = "EUR".into();
    settings["branding"]["logo"] = Value::Null;
    let removed = admin.put(PATH, &settings).if_match(after.etag()).await.expect(200);
    assert_eq!(removed.data(), settings);
    // A removed logo can't be referred to any more.
    settings["branding"]["logo"] = logo;
    admin
        .put(PATH, &settings)
        .if_match("*")
        .await
        .problem(422, "invalid-request")
        .at(&["/branding/logo"]);
    assert_eq!(admin.get(PATH).await.expect(200).etag(), removed.etag());
}

#[tokio::test]
async fn the_history_lists_logo_changes_without_the_image() {
    let stack = Stack::own().assert_idle().start();
    let admin = stack.admin().await;
    admin.put(PATH, &filled()).if_match("*").await.expect(200);
    put(&admin, PNG).await.expect(200);
    let events = admin.get(format!("{PATH}/events")).await.expect(200).data();
    let change = &events[0]["data"];
    assert_eq!(change.as_object().unwrap().keys().collect::<Vec<_>>(), ["at", "branding"]);
    assert_eq!(change["branding"]["logo"], described("image/png", PNG));
}
