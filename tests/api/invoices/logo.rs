//! The logo of the settings on the PDFs of invoices.

use std::sync::Arc;

use builder_tests::aws::DATA_TABLE;
use builder_tests::{Stack, User};
use lopdf::{Dictionary, Document, Object};
use png::{BitDepth, ColorType, Encoder};
use serde_json::{Value, json};

use super::documents::{fetch, filed, location};
use super::{issue, products};
use crate::settings;
use crate::settings::logo::{JPEG, PNG, put};

/// Issues an invoice, and returns the sizes of the images in its PDF, without masks.
async fn printed(stack: &Arc<Stack>, user: &User, product: &str) -> Vec<(i64, i64)> {
    let order = user.order(&[(product, 1)]).await.expect(201).text("id");
    let invoice = issue(&stack.admin().await, &order, json!({})).await.expect(201).text("id");
    filed(user, &invoice).await;
    pictures(&fetch(&location(user, &invoice).await).await.bytes)
}

fn pictures(pdf: &[u8]) -> Vec<(i64, i64)> {
    let read = Document::load_mem(pdf).unwrap();
    let streams: Vec<&Dictionary> =
        read.objects.values().filter_map(|object| Some(&object.as_stream().ok()?.dict)).collect();
    let images = |dictionary: &&&Dictionary| {
        dictionary
            .get(b"Subtype")
            .and_then(Object::as_name)
            .is_ok_and(|name| name == b"Image".as_slice())
    };
    let masks: Vec<_> = streams
        .iter()
        .filter_map(|dictionary| dictionary.get(b"SMask").ok()?.as_reference().ok())
        .collect();
    let is_mask = |dictionary: &Dictionary| {
        masks.iter().any(|mask| {
            read.get_object(*mask)
                .is_ok_and(|object| object.as_stream().is_ok_and(|of| of.dict == *dictionary))
        })
    };
    let number = |dictionary: &Dictionary, name: &[u8]| {
        dictionary.get(name).and_then(Object::as_i64).unwrap()
    };
    let shown = streams.iter().filter(images).filter(|dictionary| !is_mask(dictionary));
    shown.map(|dictionary| (number(dictionary, b"Width"), number(dictionary, b"Height"))).collect()
}

/// Returns a PNG of this format.
fn drawn(width: u32, color: ColorType, depth: BitDepth) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, 2);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if color == ColorType::Indexed {
        encoder.set_palette(vec![0x1f, 0x3a, 0x5f]);
    }
    let mut writer = encoder.write_header().unwrap();
    let row = (width as usize * color.samples() * depth as usize).div_ceil(8);
    writer.write_image_data(&vec![0; row * 2]).unwrap();
    writer.finish().unwrap();
    file
}

#[tokio::test]
async fn invoices_have_the_logo_at_the_time_of_writing() {
    let stack = Stack::own().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let [tea, _] = products(&stack).await;
    assert_eq!(printed(&stack, &user, &tea).await, []);
    put(&admin, PNG).await.expect(200);
    assert_eq!(printed(&stack, &user, &tea).await, [(360, 120)]);
    // From the instance's cache.
    assert_eq!(printed(&stack, &user, &tea).await, [(360, 120)]);
    put(&admin, JPEG).await.expect(200);
    assert_eq!(printed(&stack, &user, &tea).await, [(60, 20)]);
    let mut body = admin.get(settings::PATH).await.expect(200).data();
    body["branding"]["logo"] = Value::Null;
    admin.put(settings::PATH, &body).if_match("*").await.expect(200);
    assert_eq!(printed(&stack, &user, &tea).await, []);
}

#[tokio::test]
async fn accepted_logos_can_be_printed() {
    let stack = Stack::own().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let [tea, _] = products(&stack).await;
    let forms = [
        (ColorType::Grayscale, BitDepth::One),
        (ColorType::Grayscale, BitDepth::Sixteen),
        (ColorType::GrayscaleAlpha, BitDepth::Eight),
        (ColorType::Indexed, BitDepth::Four),
        (ColorType::Rgb, BitDepth::Sixteen),
        (ColorType::Rgba, BitDepth::Sixteen),
    ];
    for ((color, depth), width) in forms.into_iter().zip(10..) {
        put(&admin, &drawn(width, color, depth)).await.expect(200);
        assert_eq!(printed(&stack, &user, &tea).await, [(width.into(), 2)], "{color:?} {depth:?}");
    }
}

/// An invoice must be issued, even if its logo is missing.
#[tokio::test]
async fn invoices_are_written_without_a_missing_logo() {
    let stack = Stack::own().assert_idle().start();
    let (admin, user) = (stack.admin().await, stack.user().await);
    let [tea, _] = products(&stack).await;
    let answer = put(&admin, PNG).await.expect(200);
    let sha256 = answer.data()["branding"]["logo"]["sha256"].as_str().unwrap().to_owned();
    // The settings refer to an image that was never stored.
    let items = stack.aws().items(DATA_TABLE).await;
    let mut item = items
        .into_iter()
        .find(|item| item["state"]["S"].as_str().is_some_and(|state| state.contains(&sha256)))
        .unwrap();
    item["state"]["S"] =
        item["state"]["S"].as_str().unwrap().replace(&sha256, &"0".repeat(64)).into();
    stack.aws().put_item(DATA_TABLE, &item).await;
    assert_eq!(
        admin.get(settings::PATH).await.expect(200).data()["branding"]["logo"]["sha256"],
        "0".repeat(64)
    );
    assert_eq!(printed(&stack, &user, &tea).await, []);
    // After it is stored again, it is shown.
    put(&admin, PNG).await.expect(200);
    assert_eq!(printed(&stack, &user, &tea).await, [(360, 120)]);
}
