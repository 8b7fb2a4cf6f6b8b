//! `cargo run -p builder-bench --bin cost`: what one request of each route calls, and what DynamoDB charges for it.

use anyhow::Result;
use builder_bench::cost::{Bill, prepare, round, schedules};

/// The second finds all functions warm: secrets, settings and keys are known.
const ROUNDS: usize = 2;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut bill = Bill::open().await;
    let products = prepare(&mut bill).await?;
    for _ in 0..ROUNDS {
        round(&mut bill, &products).await?;
    }
    schedules(&mut bill).await?;
    print!("{bill}");
    bill.is_whole()
}
