//! `cargo run --release -p builder-bench --bin money`: payments, webhooks, invoices in one series,
//! their files, and the circuit breaker.

use anyhow::Result;
use builder_bench::money::{breaker, paper, payments, series};
use builder_bench::stack::binaries;
use clap::Parser;

/// Measures payments and invoices, compared with orders placed in the same way.
#[derive(Debug, Parser)]
struct Arguments {
    /// Number of orders that are paid and invoiced with each number of clients
    #[arg(long, default_value_t = 400)]
    orders: usize,
    /// Number of files to write
    #[arg(long, default_value_t = 100)]
    files: usize,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    payments::measure(arguments.orders).await?;
    series::measure(arguments.orders).await?;
    breaker::measure(arguments.orders).await?;
    paper::measure(&binaries()?, arguments.files).await
}
