//! Makes the changes that are due.

use std::sync::Arc;
use std::time::Duration;

use crate::execute::with_call;
use crate::machine::settle_due;
use crate::state::State;

/// The interval of the check.
const TICK: Duration = Duration::from_millis(20);

/// Makes the changes that are due, as long as the server runs.
pub(crate) async fn settle(state: Arc<State>) {
    loop {
        tokio::time::sleep(TICK).await;
        let now_ms = state.clock.now_ms();
        let mut desk = state.desk();
        let due: Vec<String> = desk
            .books
            .due
            .iter()
            .filter(|(_, at_ms)| **at_ms <= now_ms)
            .map(|(id, _)| id.clone())
            .collect();
        for id in due {
            let ((), change) =
                with_call(&state, &mut desk, None, false, |call| settle_due(call, &id));
            if let Err(error) = state.commit(&mut desk, change) {
                tracing::error!(%error, id, "cannot write the journal: this stays as it is for now");
            }
        }
    }
}
