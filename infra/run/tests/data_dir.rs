//! Starts with the data of an earlier start.
#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use builder_local::{Options, Stack};
use serde_json::json;

const ADMIN: (&str, &str) = ("root@example.com", "correct horse battery staple");

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn options(data_dir: &Path) -> Options {
    Options {
        parameters: BTreeMap::from([("PasswordCost".to_owned(), "4".to_owned())]),
        data_dir: Some(data_dir.to_owned()),
        admin: Some((ADMIN.0.to_owned(), ADMIN.1.to_owned())),
        ..Options::in_memory(repository(), builder_run::functions)
    }
}

async fn refusal(options: Options) -> String {
    let error = Stack::start(options).await.err().map(|error| format!("{error:#}")).unwrap();
    assert!(!error.contains('\n'), "{error}");
    error
}

/// Returns whether the start finds an administrator that it didn't create.
async fn has_data(options: Options) -> bool {
    let stack = Stack::start(options).await.unwrap();
    stack.wait_idle(Duration::from_secs(10)).await.unwrap();
    let made = stack.administrator().is_some();
    let again = stack
        .invoke("bootstrap-admin", json!({ "email": "x@example.com", "password": ADMIN.1 }))
        .await;
    assert!(again.is_err(), "there is an administrator");
    stack.stop().await;
    !made
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_fresh_start_keeps_the_data() {
    let base = tempfile::tempdir().unwrap();
    let options = options(&base.path().join("data"));
    assert!(!has_data(options.clone()).await);
    for (name, value, told) in [
        ("Stag", "dev", "there is no parameter Stag"),
        ("StripeUrl", "ftp://x", "does not match"),
        ("PasswordCost", "99", "is more than 15"),
        // // Only detected when the function starts.
        ("OidcProviders", "[{]", "can't start"),
    ] {
        let mut wrong = Options { fresh: true, ..options.clone() };
        wrong.parameters.insert(name.to_owned(), value.to_owned());
        let refusal = refusal(wrong).await;
        assert!(refusal.contains(told), "{refusal}");
        assert!(has_data(options.clone()).await, "{name}");
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    for wrong in [
        Options { api_port: port, ..options.clone() },
        Options { aws_port: port, ..options.clone() },
        Options { stripe_port: port, ..options.clone() },
    ] {
        let refusal = refusal(Options { fresh: true, ..wrong }).await;
        assert!(
            refusal.contains("is in use; stop what uses it or choose another with --"),
            "{refusal}"
        );
    }
    assert!(has_data(options.clone()).await);
    assert!(!has_data(Options { fresh: true, ..options.clone() }).await);
    assert!(has_data(options).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_or_damaged_file_prevents_the_start() {
    let base = tempfile::tempdir().unwrap();
    let data = base.path().join("data");
    let options = options(&data);
    assert!(!has_data(options.clone()).await);
    for name in ["dynamodb.sqlite", "services.sqlite", "s3/index.sqlite", "stripe/stripe.jsonl"] {
        let (path, kept) = (data.join(name), base.path().join("kept"));
        std::fs::rename(&path, &kept).unwrap();
        if !name.starts_with("stripe") {
            let refusal = refusal(options.clone()).await;
            assert!(
                refusal.contains("is missing") && refusal.contains(path.to_str().unwrap()),
                "{refusal}"
            );
        }
        std::fs::write(&path, "no such thing\n").unwrap();
        let refusal = refusal(options.clone()).await;
        assert!(
            refusal.contains(path.to_str().unwrap()) && refusal.contains("--fresh"),
            "{refusal}"
        );
        assert!(!refusal.contains("encrypt") && !refusal.contains("port"), "{refusal}");
        std::fs::rename(&kept, &path).unwrap();
    }
    assert!(has_data(options).await);
}

/// Copies the repository's templates with one text replaced.
fn templates(directory: &Path, from: &str, to: &str) {
    let mut replaced = false;
    for pattern in ["", "infra", "functions/*"] {
        let (folder, each) =
            pattern.split_once("/*").map_or((pattern, false), |(folder, _)| (folder, true));
        let entries = std::fs::read_dir(repository().join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let files = entries.map(|path| if each { path.join("template.yaml") } else { path });
        for file in files.filter(|file| {
            file.extension().is_some_and(|extension| extension == "yaml") && file.is_file()
        }) {
            let text = std::fs::read_to_string(&file).unwrap();
            replaced |= text.contains(from);
            let target = directory.join(file.strip_prefix(repository()).unwrap());
            std::fs::create_dir_all(target.parent().unwrap()).unwrap();
            std::fs::write(target, text.replace(from, to)).unwrap();
        }
    }
    assert!(replaced, "no template has {from}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_of_another_template_is_refused_and_named() {
    let base = tempfile::tempdir().unwrap();
    let options = options(&base.path().join("data"));
    assert!(!has_data(options.clone()).await);
    for (number, (from, to, told)) in [
        (
            "StreamViewType: NEW_IMAGE",
            "StreamViewType: KEYS_ONLY",
            "the stream of the data: NEW_IMAGE; of the template: KEYS_ONLY",
        ),
        (
            "NonKeyAttributes: [state, version,",
            "NonKeyAttributes: [version,",
            "the indexes of the data",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let root = base.path().join(number.to_string());
        templates(&root, from, to);
        let refusal = refusal(Options { template_root: root, ..options.clone() }).await;
        assert!(refusal.contains("the table builder-dev-") && refusal.contains(told), "{refusal}");
        assert!(
            refusal.contains(
                "delete the data with --fresh, or choose another directory with --data-dir"
            ),
            "{refusal}"
        );
    }
    // // The attribute by which items expire can be changed.
    let root = base.path().join("ttl");
    templates(
        &root,
        "AttributeName: expiresAt\n        Enabled: true",
        "AttributeName: expiresAt\n        Enabled: false",
    );
    assert!(has_data(Options { template_root: root, ..options.clone() }).await);
    assert!(has_data(options).await);
}
