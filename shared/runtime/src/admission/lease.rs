//! Requests with effects outside: only one of a key runs at a time.
//!
//! What a payment provider does can't be part of our transaction, so such a request first claims
//! its key, for as long as its function may run. Whoever repeats it meanwhile is told to wait;
//! whoever repeats it after a crash goes on where it stopped, since every step leaves its mark in
//! the domain and the provider recognises ours. The outcome takes the claim's place: a success in
//! the transaction of the last step, a fault of ours at the end. What was refused, or not begun
//! because something isn't available, gives the key back.

use std::time::Duration;

use builder_store::Error;
use builder_store::commit::idempotency::{self, Taken};
use builder_store::table::Table;
use http::StatusCode;
use jiff::Timestamp;

use crate::admission::idempotency::Claim;
use crate::response::problem::Problem;
use crate::response::reply::Answer;

impl Claim {
    /// Claims the key for a run that takes at most `limit`. Gives the answer, if the request has
    /// one already.
    ///
    /// # Errors
    /// 409 while another run has it; 422 when another request had it.
    pub(crate) async fn take(
        &mut self,
        table: &Table,
        now: Timestamp,
        limit: Duration,
    ) -> Result<Option<Answer>, Problem> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| Error::internal(error.to_string()))?;
        let lease = hex::encode(bytes);
        match idempotency::take(table, &self.key_hash, &self.fingerprint, &lease, now, limit)
            .await?
        {
            Taken::Ours => {
                self.lease = Some(lease);
                Ok(None)
            }
            Taken::Others { item, seconds } => match self.answer_in(&item)? {
                Some(answer) => Ok(Some(answer)),
                None => {
                    let detail = "The same request is in progress. Try again later to get its \
                     response.";
                    let problem = Problem::new(StatusCode::CONFLICT, "request-in-progress", detail);
                    Err(problem.header("retry-after", seconds.to_string()))
                }
            },
        }
    }

    /// Ends the claim of a run that came to nothing: keeps a fault of ours as its answer, and gives
    /// the key back after anything else.
    pub(crate) async fn end(
        &self,
        table: &Table,
        fault: Option<&Answer>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let Some(lease) = &self.lease else { return Ok(()) };
        match fault {
            Some(answer) => idempotency::keep(table, &self.record(answer, now)?, now).await,
            None => idempotency::release(table, &self.key_hash, lease).await,
        }
    }
}
