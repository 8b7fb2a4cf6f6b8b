//! Presigned URLs: the signer, the signed request and the expiry decide.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>

use hmac::{Hmac, Mac as _};
use http::{Method, Request};
use http_body_util::BodyExt as _;
use jiff::{SignedDuration, Timestamp};
use s3s::Body;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::cloud::{Cloud, CloudOptions, Principal, Statement};

const HOST: &str = "localhost:4566";

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// Returns the URL for a request, valid for five minutes from `at`. The signer's secret is the same
/// as its name.
fn presigned(who: &str, method: &Method, path: &str, at: Timestamp) -> String {
    let time = at.strftime("%Y%m%dT%H%M%SZ").to_string();
    let scope = format!("{}/us-east-1/s3/aws4_request", &time[..8]);
    let credential = format!("{who}/{scope}").replace('/', "%2F");
    let query = format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date={time}&X-Amz-Expires=300&X-Amz-SignedHeaders=host\
         &response-content-disposition=attachment%3B%20filename%3D%22a.pdf%22"
    );
    let canonical = format!("{method}\n{path}\n{query}\nhost:{HOST}\n\nhost\nUNSIGNED-PAYLOAD");
    let text =
        format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex::encode(Sha256::digest(canonical)));
    let key = ["us-east-1", "s3", "aws4_request"]
        .iter()
        .fold(mac(format!("AWS4{who}").as_bytes(), &time[..8]), |key, part| mac(&key, part));
    format!("{path}?{query}&X-Amz-Signature={}", hex::encode(mac(&key, &text)))
}

async fn send(
    cloud: &Cloud,
    method: Method,
    url: &str,
    body: &'static str,
) -> (u16, String, String) {
    let request = Request::builder()
        .method(method)
        .uri(url)
        .header("host", HOST)
        .header("content-length", body.len());
    let answer = cloud.respond(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let disposition =
        answer.headers().get("content-disposition").map(|value| value.to_str().unwrap().to_owned());
    let status = answer.status().as_u16();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    (status, disposition.unwrap_or_default(), String::from_utf8_lossy(&bytes).into_owned())
}

/// Returns a cloud with a bucket that contains `a` and `b`, and a reader who may read `a` only.
async fn filled() -> Cloud {
    let cloud = Cloud::open(CloudOptions::default()).unwrap();
    let policy = json!({"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::files/a"}});
    cloud.add_principal(
        "reader",
        Principal::with_statements("reader", "reader", Statement::of_policy(&policy).unwrap()),
    );
    for (path, body) in [("/files", ""), ("/files/a", "first"), ("/files/b", "second")] {
        let url = presigned("test", &Method::PUT, path, Timestamp::now());
        assert_eq!(send(&cloud, Method::PUT, &url, body).await.0, 200, "{path}");
    }
    cloud
}

#[tokio::test]
async fn a_presigned_url_returns_its_object_with_the_signed_name() {
    let cloud = filled().await;
    let url = presigned("reader", &Method::GET, "/files/a", Timestamp::now());
    let (status, disposition, body) = send(&cloud, Method::GET, &url, "").await;
    assert_eq!(
        (status, disposition.as_str(), body.as_str()),
        (200, "attachment; filename=\"a.pdf\"", "first")
    );
}

#[tokio::test]
async fn a_presigned_url_has_the_permissions_of_its_signer() {
    let cloud = filled().await;
    for (who, method, path) in [
        ("reader", Method::GET, "/files/b"),
        ("reader", Method::PUT, "/files/a"),
        ("nobody", Method::GET, "/files/a"),
    ] {
        let url = presigned(who, &method, path, Timestamp::now());
        assert_eq!(send(&cloud, method, &url, "").await.0, 403, "{who} {path}");
    }
}

#[tokio::test]
async fn a_presigned_url_expires_and_is_bound_to_its_request() {
    let cloud = filled().await;
    let ago = |seconds| Timestamp::now() - SignedDuration::from_secs(seconds);
    let get = async |url: String| send(&cloud, Method::GET, &url, "").await;
    assert_eq!(get(presigned("reader", &Method::GET, "/files/a", ago(290))).await.0, 200);
    let (status, _, body) = get(presigned("reader", &Method::GET, "/files/a", ago(301))).await;
    assert!(status == 403 && body.contains("Request has expired"), "{status} {body}");

    let good = presigned("test", &Method::GET, "/files/a", Timestamp::now());
    for spoiled in [
        good.replace("/files/a", "/files/b"),
        good.replace("=300", "=301"),
        good.replace("a.pdf", "a.exe"),
        good.replace("test", "local"),
    ] {
        let (status, _, body) = get(spoiled).await;
        assert!(status == 403 && body.contains("SignatureDoesNotMatch"), "{status} {body}");
    }
    assert_eq!(send(&cloud, Method::HEAD, &good, "").await.0, 403);
    assert_eq!(send(&cloud, Method::GET, "/files/a", "").await.0, 403);
}
