//! The local Stripe as a program: `cargo run -p builder-stripe -- --port 12111`.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use builder_stripe::{Faults, Options, Stripe, WebhookEndpoint};
use clap::Parser;

/// A local Stripe for tests and development. docs/local-stripe.md describes what it supports.
#[derive(Debug, Parser)]
#[command(name = "local-stripe")]
struct Arguments {
    /// Port to listen on; 0 chooses a free one.
    #[arg(long, default_value_t = 12111)]
    port: u16,
    /// The secret key of servers.
    #[arg(long, default_value = "sk_test_local")]
    secret_key: String,
    /// The publishable key of browsers.
    #[arg(long, default_value = "pk_test_local")]
    publishable_key: String,
    /// The URL that events are posted to.
    #[arg(long, requires = "webhook_secret")]
    webhook_url: Option<String>,
    /// The secret that events are signed with: whsec_…
    #[arg(long, requires = "webhook_url")]
    webhook_secret: Option<String>,
    /// The directory of the data. Default: in memory.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// Faults, in the JSON format of POST /_local/faults.
    #[arg(long, value_parser = faults)]
    faults: Option<Faults>,
    /// Factor of the pauses between deliveries; with 1 they take three days in all.
    #[arg(long, default_value_t = 0.001)]
    retry_scale: f64,
    /// How long the refunds of test cards with asynchronous refunds take to fail or succeed, in
    /// milliseconds.
    #[arg(long, default_value_t = 1_000)]
    refunds_settle_after_ms: u64,
}

fn faults(text: &str) -> Result<Faults, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let filter =
        tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let arguments = Arguments::parse();
    let webhook = arguments.webhook_url.zip(arguments.webhook_secret);
    let stripe = Stripe::start(Options {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port)),
        secret_key: arguments.secret_key,
        publishable_key: arguments.publishable_key,
        webhook: webhook.map(|(url, secret)| WebhookEndpoint { url, secret }),
        data_dir: arguments.data_dir,
        faults: arguments.faults.unwrap_or_default(),
        retry_scale: arguments.retry_scale,
        refunds_settle_after_ms: arguments.refunds_settle_after_ms,
        ..Options::default()
    })
    .await?;
    println!("{}", stripe.url());
    tokio::signal::ctrl_c().await?;
    stripe.close().await;
    Ok(())
}
