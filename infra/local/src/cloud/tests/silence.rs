//! Requests whose bodies arrive slowly or never.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::cloud;

const HEAD: &str = "POST / HTTP/1.1\r\nhost: localhost\r\nx-amz-target: \
     DynamoDB_20120810.ListTables\r\nauthorization: AWS4-HMAC-SHA256 \
     Credential=local/20260101/us-east-1/dynamodb/aws4_request, Signature=x\r\ncontent-length: \
     8\r\n\r\n";

async fn connect() -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let cloud = cloud(Vec::new(), None);
    tokio::spawn(async move { cloud.serve(listener, std::future::pending()).await });
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(HEAD.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn a_stalled_body_closes_its_connection() {
    let mut stream = connect().await;
    stream.write_all(b"{}").await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(Duration::from_secs(20), stream.read_to_string(&mut answer))
        .await
        .expect("it ends")
        .unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 408 ") && answer.contains("RequestTimeoutException"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_slow_body_is_accepted() {
    let mut stream = connect().await;
    for piece in [b"{}", b"  ", b"  ", b"  "] {
        tokio::time::sleep(Duration::from_millis(600)).await;
        stream.write_all(piece).await.unwrap();
    }
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
}
