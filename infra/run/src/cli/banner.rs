//! What a started stack says of itself.

use std::path::Path;

use builder_local::cloud::ADMINISTRATOR;
use builder_local::{Stack, time};

/// Shows where everything is.
pub(super) fn show(stack: &Stack, data_dir: Option<&Path>) {
    let api = stack.api_url();
    let (queues, streams, schedules) = stack.sources();
    let model = stack.model();
    println!();
    println!("  API        {api}/api/v1");
    println!("  Docs       {api}/docs");
    println!("  Mailbox    {api}/_local");
    match stack.cloud() {
        Some(_) => println!("  AWS        {}   (access key and secret: {ADMINISTRATOR})", stack.aws_url()),
        None => println!("  AWS        {}   (another endpoint: policies are not enforced)", stack.aws_url()),
    }
    if let Some(stripe) = stack.stripe() {
        println!("  Stripe     {}   (a local one: docs/local-stripe.md)", stripe.url());
    }
    println!(
        "  Functions  {} for {} routes, {queues} queues, {streams} streams, {schedules} schedules",
        model.functions.len(),
        model.api.routes.len()
    );
    match data_dir {
        Some(directory) => println!("  Data       {}", directory.display()),
        None => println!("  Data       in memory: gone when this stops"),
    }
    if !time::ahead().is_zero() {
        println!("  Time       {} hours ahead of the machine's", time::ahead().as_secs().div_ceil(3_600));
    }
    if let Some(administrator) = stack.administrator() {
        println!();
        println!("  First administrator:");
        println!("    e-mail     {}", administrator.email);
        println!("    password   {}", administrator.password);
        if let Some(directory) = data_dir {
            println!("    kept in    {}", directory.join("admin.json").display());
        }
    }
    println!();
    println!("  Ctrl-C stops.");
}
