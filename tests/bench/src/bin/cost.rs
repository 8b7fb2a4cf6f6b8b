//! `cargo run -p builder-bench --bin cost`: the AWS calls of one request of each route, and the
//! capacity units that DynamoDB charges for them; and the price of an order in dollars.

use anyhow::Result;
use builder_bench::cost::{Bill, orders, prepare, round, schedules};

/// In the second round, all functions are warm: secrets, settings and keys are cached.
const ROUNDS: usize = 2;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut bill = Bill::open().await;
    // Boxed: a single future would be nested more deeply than the optimiser can follow.
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
