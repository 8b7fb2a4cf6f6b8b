//! Lambda's Runtime API for one function at a time, with a clock in it.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

use crate::process;

/// How long a function may take to start or to answer.
const LIMIT: Duration = Duration::from_secs(15);

/// How long a process that has asked for its next event is let alone, so that it sleeps and its
/// times are settled.
const SETTLE: Duration = Duration::from_millis(3);

/// What the function's process has said.
enum Said {
    /// It asks for an event.
    Next(Instant, oneshot::Sender<Bytes>),
    /// It has answered.
    Answer(Instant, Bytes),
    /// It has failed, at an event or while starting.
    Failure(Bytes),
}

/// A function's process that waits for an event. Killed when dropped.
pub struct Instance {
    child: Child,
    said: mpsc::UnboundedReceiver<Said>,
    next: Option<oneshot::Sender<Bytes>>,
    server: AbortHandle,
}

impl Instance {
    /// Starts the binary. Also gives the time from then to its first question for an event.
    ///
    /// # Errors
    /// When it does not ask for one.
    pub async fn start(
        binary: &Path,
        environment: &BTreeMap<String, String>,
    ) -> Result<(Self, Duration)> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?.to_string();
        let (say, mut said) = mpsc::unbounded_channel();
        let server = tokio::spawn(serve(listener, say)).abort_handle();
        let mut command = Command::new(binary);
        command
            .env_clear()
            .envs(environment)
            .envs([
                ("AWS_LAMBDA_RUNTIME_API", address.as_str()),
                ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
                ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/bench"),
                ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true);
        let started = Instant::now();
        let child =
            command.spawn().with_context(|| format!("{} can't be started", binary.display()))?;
        let (asked, next) = asked(&mut said).await?;
        Ok((Self { child, said, next: Some(next), server }, asked - started))
    }

    /// Hands over one event. Gives the answer, and the time from the event to the answer.
    ///
    /// # Errors
    /// When the function fails.
    pub async fn invoke(&mut self, event: &Value) -> Result<(Value, Duration)> {
        let event = Bytes::from(event.to_string());
        let next = self.next.take().context("the function's last invocation failed")?;
        let handed = Instant::now();
        if next.send(event).is_err() {
            bail!("the function has hung up");
        }
        let (answered, answer) = match heard(&mut self.said).await? {
            Said::Answer(at, answer) => (at, answer),
            Said::Failure(report) => {
                bail!("the function failed: {}", String::from_utf8_lossy(&report))
            }
            Said::Next(..) => bail!("the function asked for another event before it answered"),
        };
        let (_, next) = asked(&mut self.said).await?;
        self.next = Some(next);
        Ok((serde_json::from_slice(&answer).unwrap_or(Value::Null), answered - handed))
    }

    /// Processor time so far.
    ///
    /// # Errors
    /// When the process is gone.
    pub async fn cpu(&self) -> Result<Duration> {
        tokio::time::sleep(SETTLE).await;
        process::cpu_of_threads(self.pid())
    }

    /// The most memory it has had so far, in bytes.
    ///
    /// # Errors
    /// When the process is gone.
    pub fn peak_memory(&self) -> Result<u64> {
        Ok(process::memory(self.pid())?.0)
    }

    fn pid(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn heard(said: &mut mpsc::UnboundedReceiver<Said>) -> Result<Said> {
    let heard = tokio::time::timeout(LIMIT, said.recv())
        .await
        .context("the function did not answer in time")?;
    heard.context("the function has ended")
}

async fn asked(
    said: &mut mpsc::UnboundedReceiver<Said>,
) -> Result<(Instant, oneshot::Sender<Bytes>)> {
    match heard(said).await? {
        Said::Next(at, next) => Ok((at, next)),
        Said::Failure(report) => {
            bail!("the function can't start: {}", String::from_utf8_lossy(&report))
        }
        Said::Answer(..) => bail!("the function answered what it wasn't asked"),
    }
}

async fn serve(listener: TcpListener, say: mpsc::UnboundedSender<Said>) {
    while let Ok((stream, _)) = listener.accept().await {
        // Without it, an answer in two writes waits for the other side's delayed acknowledgement.
        drop(stream.set_nodelay(true));
        let say = say.clone();
        let service = service_fn(move |request| {
            let say = say.clone();
            async move { Ok::<_, Infallible>(respond(request, &say).await) }
        });
        tokio::spawn(async move {
            drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await)
        });
    }
}

async fn respond(
    request: Request<Incoming>,
    say: &mpsc::UnboundedSender<Said>,
) -> Response<Full<Bytes>> {
    let arrived = Instant::now();
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    if parts.method == Method::GET && path.ends_with("/invocation/next") {
        let (next, event) = oneshot::channel();
        drop(say.send(Said::Next(arrived, next)));
        return match event.await {
            Ok(event) => invocation(event),
            Err(_) => status(StatusCode::GONE),
        };
    }
    let Ok(body) = body.collect().await else { return status(StatusCode::BAD_REQUEST) };
    let body = body.to_bytes();
    let said = if path.ends_with("/response") {
        Said::Answer(Instant::now(), body)
    } else {
        Said::Failure(body)
    };
    drop(say.send(said));
    status(StatusCode::ACCEPTED)
}

fn invocation(event: Bytes) -> Response<Full<Bytes>> {
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + LIMIT;
    let mut response = Response::new(Full::new(event));
    let headers = [
        (
            "lambda-runtime-aws-request-id",
            format!("{:08x}-0000-4000-8000-{:012x}", fastrand::u32(..), fastrand::u64(..) >> 16),
        ),
        ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:000000000000:function:bench".to_owned(),
        ),
        (
            "lambda-runtime-trace-id",
            format!(
                "Root=1-{:08x}-{:024x};Sampled=0",
                deadline.as_secs(),
                fastrand::u128(..) >> 32
            ),
        ),
        ("content-type", "application/json".to_owned()),
    ];
    for (name, value) in headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(r#"{"status":"OK"}"#));
    *response.status_mut() = status;
    response
}
