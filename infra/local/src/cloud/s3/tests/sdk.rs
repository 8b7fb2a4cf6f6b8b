//! The object store, used through the official SDK.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketVersioningStatus, ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart, Delete,
    MetadataDirective, ObjectIdentifier, ObjectLockLegalHold, ObjectLockLegalHoldStatus,
    VersioningConfiguration,
};
use builder_store::aws::Aws;
use builder_store::config::Env;
use futures::future::join_all;
use serde_json::json;

use crate::aws::in_process;
use crate::cloud::{Cloud, CloudOptions, Principal, Statement};

/// Returns a client with an access key whose secret is the same text.
pub(in crate::cloud::s3) fn client(cloud: &Cloud, key: &str) -> Client {
    let variables = [
        ("AWS_ACCESS_KEY_ID", key),
        ("AWS_SECRET_ACCESS_KEY", key),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", "http://localhost:4566"),
    ];
    let env =
        Env::from_map(variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    Aws::new(&env, Some(in_process::http_client(cloud, "test", None))).unwrap().s3()
}

pub(super) async fn with_bucket() -> (Cloud, Client) {
    let cloud = Cloud::open(CloudOptions::default()).unwrap();
    let client = client(&cloud, "test");
    client.create_bucket().bucket("files").send().await.unwrap();
    (cloud, client)
}

async fn put(client: &Client, key: &str, body: impl Into<Vec<u8>>) -> Option<String> {
    let put = client.put_object().bucket("files").key(key).body(ByteStream::from(body.into()));
    put.send().await.unwrap().version_id
}

async fn get(client: &Client, key: &str) -> Vec<u8> {
    let found = client.get_object().bucket("files").key(key).send().await.unwrap();
    found.body.collect().await.unwrap().to_vec()
}

/// Returns status and code of an error.
fn refusal<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(
    result: Result<T, SdkError<E, aws_sdk_s3::config::http::HttpResponse>>,
) -> (u16, String) {
    let error = result.unwrap_err();
    let status = error.raw_response().map_or(0, |response| response.status().as_u16());
    (status, error.as_service_error().and_then(|error| error.code()).unwrap_or_default().to_owned())
}

fn is(refusal: (u16, String), status: u16, code: &str) {
    assert_eq!(refusal, (status, code.to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_64_concurrent_writers_creates_and_one_replaces() {
    let (_cloud, client) = with_bucket().await;
    let write = |number: usize, etag: Option<String>| {
        let put = client
            .put_object()
            .bucket("files")
            .key("one")
            .body(ByteStream::from(number.to_string().into_bytes()));
        let put = match etag {
            Some(etag) => put.if_match(etag),
            None => put.if_none_match("*"),
        };
        tokio::spawn(put.send())
    };
    for round in 0..2 {
        let etag = match round {
            0 => None,
            _ => client.head_object().bucket("files").key("one").send().await.unwrap().e_tag,
        };
        let outcomes =
            join_all((0..64).map(|number| write(round * 100 + number, etag.clone()))).await;
        let mut winners = Vec::new();
        for (number, outcome) in outcomes.into_iter().enumerate() {
            match outcome.unwrap() {
                Ok(_) => winners.push(round * 100 + number),
                refused => is(refusal(refused), 412, "PreconditionFailed"),
            }
        }
        assert_eq!(winners.len(), 1);
        assert_eq!(get(&client, "one").await, winners[0].to_string().as_bytes());
    }
}

#[tokio::test]
async fn a_rejected_upload_changes_nothing() {
    let (_cloud, client) = with_bucket().await;
    put(&client, "a", "before").await;
    let new =
        || client.put_object().bucket("files").key("a").body(ByteStream::from_static(b"after"));
    is(refusal(new().content_md5("1B2M2Y8AsgTpgAmY7PhCfg==").send().await), 400, "BadDigest");
    is(refusal(new().content_md5("no digest").send().await), 400, "InvalidDigest");
    is(
        refusal(new().checksum_sha256("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=").send().await),
        400,
        "BadDigest",
    );
    is(refusal(new().checksum_crc32("AAAAAA==").send().await), 400, "BadDigest");
    is(refusal(new().if_none_match("*").send().await), 412, "PreconditionFailed");
    is(refusal(new().if_match("\"x\"").send().await), 412, "PreconditionFailed");
    is(refusal(new().key("b").if_match("\"x\"").send().await), 404, "NoSuchKey");
    is(refusal(new().metadata("long", "x".repeat(3_000)).send().await), 400, "MetadataTooLarge");
    assert_eq!(get(&client, "a").await, b"before");
    let list = client.list_objects_v2().bucket("files").send().await.unwrap();
    assert_eq!(list.key_count, Some(1));
}

#[tokio::test]
async fn metadata_is_returned() {
    let (_cloud, client) = with_bucket().await;
    let put = client
        .put_object()
        .bucket("files")
        .key("a")
        .body(ByteStream::from_static(b"x"))
        .content_type("text/plain");
    let put = put
        .content_disposition("attachment")
        .cache_control("no-store")
        .metadata("who", "ann")
        .tagging("a=1&b=2%203");
    put.checksum_algorithm(ChecksumAlgorithm::Sha256).send().await.unwrap();
    let found = client.get_object().bucket("files").key("a").send().await.unwrap();
    assert_eq!(found.content_type(), Some("text/plain"));
    assert_eq!(
        (found.content_disposition(), found.cache_control()),
        (Some("attachment"), Some("no-store"))
    );
    assert_eq!(found.metadata().unwrap()["who"], "ann");
    assert_eq!(
        (found.tag_count(), found.e_tag()),
        (Some(2), Some("\"9dd4e461268c8034f5c8564e155c67a6\""))
    );
    assert_eq!(found.checksum_sha256(), Some("LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE="));
    let copy =
        client.copy_object().bucket("files").key("b").copy_source("files/a").send().await.unwrap();
    assert!(copy.copy_object_result().unwrap().e_tag().is_some());
    let head = client.head_object().bucket("files").key("b").send().await.unwrap();
    assert_eq!(
        (head.content_type(), head.metadata().unwrap()["who"].as_str()),
        (Some("text/plain"), "ann")
    );
    let onto_itself = || client.copy_object().bucket("files").key("a").copy_source("files/a");
    is(refusal(onto_itself().send().await), 400, "InvalidRequest");
    let replace =
        onto_itself().metadata_directive(MetadataDirective::Replace).metadata("who", "bob");
    replace.send().await.unwrap();
    let head = client.head_object().bucket("files").key("a").send().await.unwrap();
    assert_eq!(
        (head.content_type(), head.metadata().unwrap()["who"].as_str()),
        (Some("binary/octet-stream"), "bob")
    );
    is(
        refusal(
            client.copy_object().bucket("files").key("c").copy_source("files/none").send().await,
        ),
        404,
        "NoSuchKey",
    );
}

#[tokio::test]
async fn missing_objects_and_buckets_have_different_errors() {
    let (_cloud, client) = with_bucket().await;
    let body = || ByteStream::from_static(b"x");
    is(
        refusal(client.put_object().bucket("missing").key("a").body(body()).send().await),
        404,
        "NoSuchBucket",
    );
    is(refusal(client.get_object().bucket("missing").key("a").send().await), 404, "NoSuchBucket");
    is(refusal(client.list_objects_v2().bucket("missing").send().await), 404, "NoSuchBucket");
    is(
        refusal(client.delete_object().bucket("missing").key("a").send().await),
        404,
        "NoSuchBucket",
    );
    is(refusal(client.get_object().bucket("files").key("a").send().await), 404, "NoSuchKey");
    client.delete_object().bucket("files").key("a").send().await.unwrap();
    put(&client, "a", "x").await;
    is(refusal(client.delete_bucket().bucket("files").send().await), 409, "BucketNotEmpty");
    assert_eq!(get(&client, "a").await, b"x");
    client.delete_object().bucket("files").key("a").send().await.unwrap();
    client.delete_bucket().bucket("files").send().await.unwrap();
    is(refusal(client.delete_bucket().bucket("files").send().await), 404, "NoSuchBucket");
}

#[tokio::test]
async fn missing_objects_are_hidden_without_list_permission() {
    let (cloud, _) = with_bucket().await;
    let policy = json!({"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::files/*"}});
    cloud.add_principal(
        "reader",
        Principal::with_statements("reader", "reader", Statement::of_policy(&policy).unwrap()),
    );
    let reader = client(&cloud, "reader");
    is(refusal(reader.get_object().bucket("files").key("a").send().await), 403, "AccessDenied");
}

#[tokio::test]
async fn ranges_and_conditions_are_applied() {
    let (_cloud, client) = with_bucket().await;
    put(&client, "a", "0123456789").await;
    let read = |range: &str| client.get_object().bucket("files").key("a").range(range).send();
    for (range, body, content_range) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=-100", "0123456789", "bytes 0-9/10"),
        ("bytes=5-100", "56789", "bytes 5-9/10"),
    ] {
        let found = read(range).await.unwrap();
        assert_eq!(found.content_range(), Some(content_range), "{range}");
        assert_eq!(found.body.collect().await.unwrap().to_vec(), body.as_bytes(), "{range}");
    }
    for range in ["bytes=10-", "bytes=20-30", "bytes=-0"] {
        is(refusal(read(range).await), 416, "InvalidRange");
    }
    let etag = client.head_object().bucket("files").key("a").send().await.unwrap().e_tag.unwrap();
    let get = || client.get_object().bucket("files").key("a");
    assert_eq!(refusal(get().if_none_match(&etag).send().await).0, 304);
    assert_eq!(
        refusal(client.head_object().bucket("files").key("a").if_none_match(&etag).send().await).0,
        304
    );
    is(refusal(get().if_match("\"other\"").send().await), 412, "PreconditionFailed");
    assert!(
        get().if_match(&etag).send().await.is_ok()
            && get().if_none_match("\"other\"").send().await.is_ok()
    );
}

#[tokio::test]
async fn large_bodies_are_returned_whole_and_in_ranges() {
    let (_cloud, client) = with_bucket().await;
    let large: Vec<u8> = (0..10_000_019_u32).map(|number| (number % 251) as u8).collect();
    put(&client, "large", large.clone()).await;
    assert_eq!(get(&client, "large").await, large);
    let found = client
        .get_object()
        .bucket("files")
        .key("large")
        .range("bytes=3000000-8999999")
        .send()
        .await
        .unwrap();
    assert_eq!(found.body.collect().await.unwrap().to_vec(), large[3_000_000..9_000_000]);
    client
        .copy_object()
        .bucket("files")
        .key("copy")
        .copy_source("files/large")
        .send()
        .await
        .unwrap();
    client.delete_object().bucket("files").key("large").send().await.unwrap();
    assert_eq!(get(&client, "copy").await, large);
}

#[tokio::test]
async fn an_upload_in_parts_becomes_one_object() {
    let (_cloud, client) = with_bucket().await;
    let started = client
        .create_multipart_upload()
        .bucket("files")
        .key("big")
        .content_type("text/plain")
        .send()
        .await
        .unwrap();
    let id = started.upload_id().unwrap().to_owned();
    let parts = [vec![b'a'; 5 * 1024 * 1024], vec![b'b'; 7]];
    let mut done = Vec::new();
    for (number, part) in (1..).zip(&parts) {
        let upload =
            client.upload_part().bucket("files").key("big").upload_id(&id).part_number(number);
        let etag = upload.body(ByteStream::from(part.clone())).send().await.unwrap().e_tag.unwrap();
        done.push(CompletedPart::builder().part_number(number).e_tag(etag).build());
    }
    let listed =
        client.list_parts().bucket("files").key("big").upload_id(&id).send().await.unwrap();
    assert_eq!(
        listed.parts().iter().map(|part| part.size().unwrap()).collect::<Vec<_>>(),
        [5 * 1024 * 1024, 7]
    );
    is(refusal(client.head_object().bucket("files").key("big").send().await), 404, "NotFound");
    let complete = |parts: Vec<CompletedPart>| {
        let upload = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        client
            .complete_multipart_upload()
            .bucket("files")
            .key("big")
            .upload_id(&id)
            .multipart_upload(upload)
            .send()
    };
    is(refusal(complete(done.iter().rev().cloned().collect()).await), 400, "InvalidPartOrder");
    let wrong = CompletedPart::builder().part_number(1).e_tag("\"x\"").build();
    is(refusal(complete(vec![wrong]).await), 400, "InvalidPart");
    let etag = complete(done.clone()).await.unwrap().e_tag.unwrap();
    assert!(etag.ends_with("-2\""), "{etag}");
    assert_eq!(get(&client, "big").await, parts.concat());
    is(refusal(complete(done).await), 404, "NoSuchUpload");
    let ended = client.create_multipart_upload().bucket("files").key("big").send().await.unwrap();
    let ended = ended.upload_id().unwrap();
    client
        .abort_multipart_upload()
        .bucket("files")
        .key("big")
        .upload_id(ended)
        .send()
        .await
        .unwrap();
    assert!(
        client.list_multipart_uploads().bucket("files").send().await.unwrap().uploads().is_empty()
    );
}

#[tokio::test]
async fn versions_remain_after_replacing_and_deleting() {
    let (_cloud, client) = with_bucket().await;
    put(&client, "a", "unversioned").await;
    let enabled =
        VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    client
        .put_bucket_versioning()
        .bucket("files")
        .versioning_configuration(enabled)
        .send()
        .await
        .unwrap();
    let first = put(&client, "a", "first").await.unwrap();
    let second = put(&client, "a", "second").await.unwrap();
    let deleted = client.delete_object().bucket("files").key("a").send().await.unwrap();
    assert_eq!(deleted.delete_marker(), Some(true));
    is(refusal(client.get_object().bucket("files").key("a").send().await), 404, "NoSuchKey");
    let read = async |version: &str| {
        let found =
            client.get_object().bucket("files").key("a").version_id(version).send().await.unwrap();
        found.body.collect().await.unwrap().to_vec()
    };
    assert_eq!(read(&first).await, b"first");
    assert_eq!(read("null").await, b"unversioned");
    let listed = client.list_object_versions().bucket("files").send().await.unwrap();
    let ids: Vec<&str> =
        listed.versions().iter().filter_map(|version| version.version_id()).collect();
    assert_eq!(ids, [second.as_str(), first.as_str(), "null"]);
    assert_eq!(listed.delete_markers().len(), 1);
    is(refusal(client.delete_bucket().bucket("files").send().await), 409, "BucketNotEmpty");
    let marker = deleted.version_id().unwrap();
    client.delete_object().bucket("files").key("a").version_id(marker).send().await.unwrap();
    assert_eq!(get(&client, "a").await, b"second");
    client.delete_object().bucket("files").key("a").version_id(&second).send().await.unwrap();
    assert_eq!(get(&client, "a").await, b"first");
    is(
        refusal(client.get_object().bucket("files").key("a").version_id(&second).send().await),
        404,
        "NoSuchVersion",
    );
}

#[tokio::test]
async fn a_locked_version_cannot_be_deleted() {
    let (_cloud, client) = with_bucket().await;
    client
        .create_bucket()
        .bucket("locked")
        .object_lock_enabled_for_bucket(true)
        .send()
        .await
        .unwrap();
    let put = client.put_object().bucket("locked").key("a").body(ByteStream::from_static(b"x"));
    let version = put.send().await.unwrap().version_id.unwrap();
    let hold = |status| {
        let hold = ObjectLockLegalHold::builder().status(status).build();
        client
            .put_object_legal_hold()
            .bucket("locked")
            .key("a")
            .version_id(&version)
            .legal_hold(hold)
            .send()
    };
    let delete = || client.delete_object().bucket("locked").key("a").version_id(&version).send();
    hold(ObjectLockLegalHoldStatus::On).await.unwrap();
    is(refusal(delete().await), 403, "AccessDenied");
    assert!(
        client.delete_object().bucket("locked").key("a").send().await.is_ok(),
        "a delete marker hides it"
    );
    hold(ObjectLockLegalHoldStatus::Off).await.unwrap();
    delete().await.unwrap();
    let suspended =
        VersioningConfiguration::builder().status(BucketVersioningStatus::Suspended).build();
    let suspend =
        client.put_bucket_versioning().bucket("locked").versioning_configuration(suspended).send();
    is(refusal(suspend.await), 409, "InvalidBucketState");
}

#[tokio::test]
async fn many_are_deleted_at_once() {
    let (_cloud, client) = with_bucket().await;
    for key in ["a", "b", "c"] {
        put(&client, key, key).await;
    }
    let ids = ["a", "b", "none"].map(|key| ObjectIdentifier::builder().key(key).build().unwrap());
    let delete = Delete::builder().set_objects(Some(ids.to_vec())).build().unwrap();
    let deleted = client.delete_objects().bucket("files").delete(delete).send().await.unwrap();
    assert_eq!((deleted.deleted().len(), deleted.errors().len()), (3, 0));
    let left = client.list_objects_v2().bucket("files").send().await.unwrap();
    assert_eq!(left.contents().iter().filter_map(|object| object.key()).collect::<Vec<_>>(), ["c"]);
}
