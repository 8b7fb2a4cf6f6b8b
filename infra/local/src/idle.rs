//! A time limit on silence in request bodies: a client may be slow, but must keep sending.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::time::{Sleep, sleep};

/// How long a body may pause.
const PATIENCE: Duration =
    if cfg!(test) { Duration::from_secs(2) } else { Duration::from_secs(30) };

/// The body paused for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Idle;

impl fmt::Display for Idle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the request's body was not received in time")
    }
}

impl std::error::Error for Idle {}

impl Idle {
    /// Returns whether this is the cause of an error. Some errors include their source only in
    /// their text.
    pub(crate) fn caused(error: &(dyn std::error::Error + 'static)) -> bool {
        error.is::<Self>()
            || error.to_string().contains(&Self.to_string())
            || error.source().is_some_and(Self::caused)
    }
}

/// A body that fails if no data arrives for a while.
pub(crate) struct Patient {
    body: Incoming,
    /// Runs while the body pauses.
    silence: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    pub(crate) fn new(body: Incoming) -> Self {
        Self { body, silence: None }
    }
}

impl Body for Patient {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(frame) => {
                self.silence = None;
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending => {
                let silence = self.silence.get_or_insert_with(|| Box::pin(sleep(PATIENCE)));
                silence.as_mut().poll(context).map(|()| Some(Err(Idle.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
