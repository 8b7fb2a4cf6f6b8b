//! Checks that `docs/local-aws.md` lists exactly the supported operations.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::BodyExt;
use s3s::Body;
use serde_json::json;

use super::{call_as, cloud};
use crate::cloud::Cloud;

const PAGE: &str = include_str!("../../../../../docs/local-aws.md");
/// The supported operations of S3. The protocol returns `NotImplemented` for those that are missing
/// in this file.
const S3: &str = include_str!("../s3/service.rs");

/// Returns the names in the list of a service.
fn documented(service: &str) -> BTreeSet<String> {
    let section = PAGE
        .split(&format!("\n## {service}\n"))
        .nth(1)
        .unwrap_or_else(|| panic!("no section {service}"));
    let list = section.split("Operations: ").nth(1).unwrap().split("\n\n").next().unwrap();
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

async fn is_known(cloud: &Cloud, target: &str) -> bool {
    let (status, answer) = call_as(cloud, "local", target, json!({})).await.unwrap();
    let refused = ["UnknownOperationException", "UnsupportedOperation"];
    let code = answer["__type"].as_str().unwrap_or_default();
    assert!(status < 500, "{target}: {answer}");
    !refused.iter().any(|refusal| code.ends_with(refusal))
}

#[tokio::test]
async fn only_documented_operations_are_supported() {
    let cloud = cloud(Vec::new(), None);
    for (service, prefix, others) in [
        (
            "DynamoDB",
            "DynamoDB_20120810",
            &[
                "CreateBackup",
                "DescribeBackup",
                "ListBackups",
                "RestoreTableFromBackup",
                "DescribeContinuousBackups",
                "UpdateContinuousBackups",
                "CreateGlobalTable",
                "DescribeEndpoints",
                "DescribeLimits",
                "PutResourcePolicy",
                "ExportTableToPointInTime",
                "ImportTable",
                "EnableKinesisStreamingDestination",
                "DescribeContributorInsights",
            ][..],
        ),
        ("SQS", "AmazonSQS", &["AddPermission", "RemovePermission", "CancelMessageMoveTask"]),
        (
            "Secrets Manager",
            "secretsmanager",
            &[
                "RotateSecret",
                "CancelRotateSecret",
                "TagResource",
                "UntagResource",
                "PutResourcePolicy",
                "GetResourcePolicy",
                "BatchGetSecretValue",
                "ReplicateSecretToRegions",
                "ValidateResourcePolicy",
            ],
        ),
    ] {
        let documented = documented(service);
        assert!(documented.len() > 5, "{service}");
        for operation in &documented {
            assert!(
                is_known(&cloud, &format!("{prefix}.{operation}")).await,
                "{service}: {operation} is documented"
            );
        }
        for operation in others {
            assert!(!documented.contains(*operation));
            assert!(
                !is_known(&cloud, &format!("{prefix}.{operation}")).await,
                "{service}: {operation} is not documented"
            );
        }
    }
}

#[test]
fn the_operations_of_s3_are_those_that_are_documented() {
    let camel = |name: &str| {
        name.split('_').map(|part| part[..1].to_uppercase() + &part[1..]).collect::<String>()
    };
    let carried_out =
        S3.split("async fn ").skip(1).map(|rest| camel(rest.split('(').next().unwrap()));
    // The protocol turns a form upload into a `PutObject`.
    let carried_out: BTreeSet<String> = carried_out.chain(["PostObject".to_owned()]).collect();
    assert_eq!(carried_out, documented("S3"));
}

#[tokio::test]
async fn other_operations_of_s3_are_not_implemented() {
    let cloud = cloud(Vec::new(), None);
    let client = crate::aws::Clients::new(
        crate::aws::Transport::Local(cloud.clone()),
        crate::aws::Home { region: "us-east-1".into(), account: "000000000000".into() },
        crate::aws::Keys { access: "test".into(), secret: "test".into() },
        Default::default(),
    )
    .administrator();
    client.put("files", None, Bytes::new()).await.unwrap();
    for query in [
        "policy",
        "cors",
        "lifecycle",
        "encryption",
        "notification",
        "website",
        "acl",
        "tagging",
        "replication",
    ] {
        let (status, body) = client.get(&format!("/files?{query}=")).await.unwrap();
        let body = String::from_utf8_lossy(&body);
        assert!(
            status.as_u16() == 501 && body.contains("<Code>NotImplemented</Code>"),
            "{query}: {status} {body}"
        );
    }
}

#[tokio::test]
async fn other_services_support_the_documented_operations() {
    let cloud = cloud(Vec::new(), None);
    let send = async |service: &str, path: &str, body: &'static str| {
        let credential = format!(
            "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/{service}/aws4_request, \
             Signature=x"
        );
        let request =
            Request::builder().method(Method::POST).uri(path).header("authorization", credential);
        let answer =
            cloud.respond(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        (
            status,
            String::from_utf8_lossy(&answer.into_body().collect().await.unwrap().to_bytes())
                .into_owned(),
        )
    };
    assert_eq!(documented("STS"), BTreeSet::from(["GetCallerIdentity".to_owned()]));
    assert_eq!(send("sts", "/", "Action=GetCallerIdentity&Version=2011-06-15").await.0, 200);
    let (status, body) = send("sts", "/", "Action=AssumeRole&Version=2011-06-15").await;
    assert!(status == 400 && body.contains("InvalidAction"), "{body}");
    assert!(documented("SES").contains("SendEmail"));
    let mail = r#"{"FromEmailAddress":"a@example.com","Destination":{"ToAddresses":["b@example.com"]},
        "Content":{"Simple":{"Subject":{"Data":"s"},"Body":{"Text":{"Data":"t"}}}}}"#;
    let (status, body) = send("ses", "/v2/email/outbound-emails", mail).await;
    assert_eq!(status, 200, "{body}");
    assert!((400..500).contains(&send("ses", "/v2/email/templates", "{}").await.0));
    assert!(documented("Lambda").contains("Invoke"));
    let (status, body) = send("lambda", "/2015-03-31/functions/none/invocations", "{}").await;
    assert!(status == 404 || status == 500, "no stack is behind this cloud: {status} {body}");
    assert!(
        (400..500).contains(&send("lambda", "/2015-03-31/functions/none/versions", "{}").await.0)
    );
}
