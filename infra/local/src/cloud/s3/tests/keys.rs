//! Any legal key is treated as an opaque name.

use std::collections::BTreeSet;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;

use super::sdk::with_bucket;

/// Keys that have a special meaning in a path.
const HARD: [&str; 14] = [
    "../other/evil",
    "..",
    ".",
    "a",
    "a/b",
    "a/",
    "/x",
    "//",
    "a//b",
    "a/../b",
    "%2e%2e/x",
    "a b+c?d#e&f=g%",
    "\u{1f4a1}/\u{fc}",
    "bodies/index.sqlite",
];

async fn put(client: &Client, key: &str) {
    client
        .put_object()
        .bucket("files")
        .key(key)
        .body(ByteStream::from(key.as_bytes().to_vec()))
        .send()
        .await
        .unwrap();
}

async fn keys(client: &Client, bucket: &str, page: i32) -> Vec<String> {
    let mut keys = Vec::new();
    let mut pages = client.list_objects_v2().bucket(bucket).max_keys(page).into_paginator().send();
    while let Some(page) = pages.next().await {
        keys.extend(
            page.unwrap().contents.unwrap_or_default().into_iter().filter_map(|object| object.key),
        );
    }
    keys
}

#[tokio::test]
async fn a_key_never_leaves_its_bucket() {
    let (_cloud, client) = with_bucket().await;
    client.create_bucket().bucket("other").send().await.unwrap();
    let longest = "x/".repeat(512);
    let all = HARD.iter().copied().chain([longest.as_str()]);
    for key in all.clone() {
        put(&client, key).await;
    }
    for key in all.clone() {
        let found = client.get_object().bucket("files").key(key).send().await.unwrap();
        assert_eq!(found.body.collect().await.unwrap().to_vec(), key.as_bytes(), "{key}");
    }
    let mut sorted: Vec<&str> = all.clone().collect();
    sorted.sort_unstable();
    assert_eq!(keys(&client, "files", 3).await, sorted);
    assert!(keys(&client, "other", 3).await.is_empty());
    for key in all {
        client.delete_object().bucket("files").key(key).send().await.unwrap();
    }
    assert!(keys(&client, "files", 3).await.is_empty());
    let too_long = client
        .put_object()
        .bucket("files")
        .key("x".repeat(1_025))
        .body(ByteStream::from_static(b"x"))
        .send()
        .await;
    assert_eq!(too_long.unwrap_err().raw_response().unwrap().status().as_u16(), 400);
}

/// Computes the expected listing in a simple, slow way.
fn expected(keys: &BTreeSet<String>, prefix: &str) -> (Vec<String>, Vec<String>) {
    let (mut objects, mut prefixes) = (Vec::new(), Vec::new());
    for key in keys.iter().filter(|key| key.starts_with(prefix)) {
        match key[prefix.len()..].find('/') {
            None => objects.push(key.clone()),
            Some(at) => {
                let common = key[..=prefix.len() + at].to_owned();
                if prefixes.last() != Some(&common) {
                    prefixes.push(common);
                }
            }
        }
    }
    (objects, prefixes)
}

#[tokio::test]
async fn a_listing_by_pages_is_the_listing() {
    for seed in 0..24 {
        let mut random = fastrand::Rng::with_seed(seed);
        let letters = ['a', 'b', '/', '\u{e9}', '\u{10ffff}'];
        let mut word = |most: usize, letters: &[char]| -> String {
            (0..random.usize(..=most)).map(|_| letters[random.usize(..letters.len())]).collect()
        };
        let keys: BTreeSet<String> = (0..20).map(|_| format!("{}a", word(5, &letters))).collect();
        let prefix = word(2, &letters[..3]);
        let page = i32::try_from(seed % 3).unwrap() + 1;

        let (_cloud, client) = with_bucket().await;
        for key in &keys {
            put(&client, key).await;
        }
        let (mut objects, mut prefixes) = (Vec::new(), Vec::new());
        let list =
            client.list_objects_v2().bucket("files").prefix(&prefix).delimiter("/").max_keys(page);
        let mut pages = list.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.unwrap();
            assert!(page.key_count.unwrap() > 0 || page.is_truncated == Some(false), "seed {seed}");
            objects.extend(
                page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key),
            );
            prefixes.extend(
                page.common_prefixes
                    .unwrap_or_default()
                    .into_iter()
                    .filter_map(|common| common.prefix),
            );
        }
        assert_eq!((objects, prefixes), expected(&keys, &prefix), "seed {seed}");
    }
}
