//! After a process was killed, the index and the files are consistent.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;

use super::sdk::client;
use crate::cloud::s3::objects::receive::INLINE;
use crate::cloud::{Cloud, CloudOptions};

/// Passes the directory to the child process.
const DIRECTORY: &str = "BUILDER_TEST_KILLED_STORE";

fn open(directory: &Path) -> Cloud {
    Cloud::open(CloudOptions { data_dir: Some(directory.to_owned()), ..CloudOptions::default() })
        .unwrap()
}

/// Alternates small and large bodies; the bytes identify the write.
fn body(number: usize) -> Vec<u8> {
    let size = if number.is_multiple_of(2) { 100 } else { 3 * INLINE };
    number.to_string().into_bytes().into_iter().cycle().take(size).collect()
}

/// Not a test itself, but the process that the test below starts and kills.
#[tokio::test]
#[ignore = "runs until it is killed"]
async fn writes_until_it_is_killed() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let cloud = open(Path::new(&directory));
    let client = client(&cloud, "test");
    client.create_bucket().bucket("files").send().await.unwrap();
    for number in 0.. {
        let key = format!("key-{}", number % 7);
        client
            .put_object()
            .bucket("files")
            .key(&key)
            .body(ByteStream::from(body(number)))
            .send()
            .await
            .unwrap();
        writeln!(std::io::stdout(), "acknowledged {number}").unwrap();
        if number % 5 == 4 {
            let gone = format!("key-{}", (number + 3) % 7);
            client.delete_object().bucket("files").key(&gone).send().await.unwrap();
        }
    }
}

#[tokio::test]
async fn acknowledged_writes_survive_a_kill() {
    for round in 0..4_u64 {
        let directory = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "cloud::s3::tests::survival::writes_until_it_is_killed",
                "--ignored",
                "--nocapture",
            ])
            .env(DIRECTORY, directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (told, tells) = std::sync::mpsc::channel();
        let reader = std::thread::spawn(move || {
            let mut last = 0;
            for line in output.lines().map_while(Result::ok) {
                if let Some(number) = line.strip_prefix("acknowledged ") {
                    last = number.parse::<usize>().unwrap();
                    told.send(()).ok();
                }
            }
            last
        });
        tells.recv_timeout(Duration::from_secs(60)).unwrap();
        tokio::time::sleep(Duration::from_millis(120 + 37 * round)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        let last = reader.join().unwrap();

        let cloud = open(directory.path());
        let client = client(&cloud, "test");
        let listed = client.list_objects_v2().bucket("files").send().await.unwrap();
        let mut found = HashSet::new();
        for object in listed.contents() {
            let key = object.key().unwrap();
            let read = client.get_object().bucket("files").key(key).send().await.unwrap();
            let read = read.body.collect().await.unwrap().to_vec();
            // The last write of a key may not have been acknowledged.
            let of_key = (0..=last + 1).filter(|number| format!("key-{}", number % 7) == key);
            let written = of_key.rev().take(2).find(|number| body(*number) == read);
            assert!(written.is_some(), "{key} is not what was written last");
            found.insert(key.to_owned());
        }
        assert!(
            found.contains(&format!("key-{}", last % 7)),
            "the last that was acknowledged, {last}"
        );
        let files = std::fs::read_dir(directory.path().join("s3/bodies")).unwrap().count();
        let large = listed
            .contents()
            .iter()
            .filter(|object| object.size().unwrap() > INLINE as i64)
            .count();
        assert_eq!(files, large, "files and index agree");
    }
}
