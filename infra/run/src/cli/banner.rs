//! What a started stack says of itself.

use std::path::Path;

use builder_local::Stack;
use builder_local::cloud::ADMINISTRATOR;

/// Shows where everything is.
pub(super) fn show(stack: &Stack, data_dir: Option<&Path>) {
    let api = stack.api_url();
    let (queues, streams, schedules) = stack.sources();
    let model = stack.model();
    println!();
    println!("  API        {api}/api/v1");
    println!("  Docs       {api}/docs");
    println!("  Console    {api}/   (mails, queues, requests, tables, jobs, payments)");
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
    if let Some(administrator) = stack.administrator() {
        println!();
        println!("  First administrator, shown only now:");
        println!("    e-mail     {}", administrator.email);
        println!("    password   {}", administrator.password);
    }
    println!();
    println!("  Ctrl-C stops.");
}
