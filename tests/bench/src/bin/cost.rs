//! `cargo run -p builder-bench --bin cost`: what one request of each route calls, and what DynamoDB
//! charges for it; and what an order costs in dollars.

use anyhow::Result;
use builder_bench::cost::{Bill, orders, prepare, round, schedules};

/// The second finds all functions warm: secrets, settings and keys are known.
const ROUNDS: usize = 2;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut bill = Bill::open().await;
    // Steps in boxes: as one, they are deeper than the compiler follows when it optimises.
    let products = Box::pin(prepare(&mut bill)).await?;
    for _ in 0..ROUNDS {
        Box::pin(round(&mut bill, &products)).await?;
    }
    Box::pin(schedules(&mut bill)).await?;
    print!("{bill}");
    for cost in Box::pin(orders(&bill, &products)).await? {
        print!("\n{cost}");
    }
    bill.is_whole()
}
