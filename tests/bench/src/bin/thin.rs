//! `tests/bench/thin/run`: the baseline of `load`, a thin service that accepts orders and does
//! nothing else, under the same load.

use std::time::{Duration, Instant};

use anyhow::Result;
use builder_bench::api::Person;
use builder_bench::load::{self, Buyer, Phase};
use builder_bench::process;
use clap::Parser;

/// Places and reads orders at the thin service as `load` does at the stack.
#[derive(Debug, Parser)]
struct Arguments {
    /// The base URL of the service
    #[arg(long)]
    url: String,
    /// Process IDs of the service; their children are included
    #[arg(long)]
    pid: Vec<u32>,
    /// Numbers of concurrent clients
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32])]
    clients: Vec<usize>,
    /// Duration of each phase in seconds
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut administrator = Person::known(&arguments.url, "admin@example.com").await?;
    let mut products = Vec::new();
    for number in 0..load::PRODUCTS {
        products.push(administrator.create_product(number, load::STOCK).await?);
    }
    let mut buyers = Vec::new();
    for number in 0..arguments.clients.iter().copied().max().unwrap_or(1) {
        buyers.push(Buyer::new(
            Person::known(&arguments.url, &format!("buyer{number}@example.com")).await?,
        ));
    }
    let limit = Duration::from_secs_f64(arguments.seconds);
    Phase::print_heading();
    for clients in arguments.clients.iter().copied() {
        for what in ["orders", "reads"] {
            let (cpu, own_cpu, started) = (
                process::cpu_of_all(&arguments.pid)?,
                process::cpu(std::process::id())?,
                Instant::now(),
            );
            let times = match what {
                "orders" => {
                    load::order(&mut buyers[..clients], &products, limit, usize::MAX).await?
                }
                _ => load::read(&mut buyers[..clients], limit).await?,
            };
            let phase = Phase {
                times,
                elapsed: started.elapsed(),
                cpu: [process::cpu_of_all(&arguments.pid)? - cpu, Duration::ZERO],
                own_cpu: process::cpu(std::process::id())? - own_cpu,
            };
            // The peak of several processes together is unknown.
            let memory = process::memory_of_all(&arguments.pid)?;
            phase.print(clients, what, (memory, memory));
        }
    }
    Ok(())
}
