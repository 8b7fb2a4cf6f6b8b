//! What a started stack says of itself.

use std::path::Path;

use builder_local::cloud::ADMINISTRATOR;
use builder_local::demo::Demo;
use builder_local::{Stack, time};

/// Shows where everything is.
pub(super) fn show(stack: &Stack, data_dir: Option<&Path>, demo: Option<&Demo>) {
    let api = stack.api_url();
    let (queues, streams, schedules) = stack.sources();
    let model = stack.model();
    println!();
    println!("  API        {api}/api/v1");
    println!("  Docs       {api}/docs");
    println!("  Console    {api}/   (mails, queues, requests, tables, jobs, payments)");
    match stack.cloud() {
        Some(_) => {
            println!("  AWS        {}   (access key and secret: {ADMINISTRATOR})", stack.aws_url())
        }
        None => println!(
            "  AWS        {}   (another endpoint: policies are not enforced)",
            stack.aws_url()
        ),
    }
    if let Some(stripe) = stack.stripe() {
        println!("  Stripe     {}   (local: docs/local-stripe.md)", stripe.url());
    }
    println!(
        "  Functions  {} for {} routes, {queues} queues, {streams} streams, {schedules} schedules",
        model.functions.len(),
        model.api.routes.len()
    );
    match data_dir {
        Some(directory) => println!("  Data       {}", directory.display()),
        None => println!("  Data       in memory; discarded when the stack stops"),
    }
    if !time::ahead().is_zero() {
        println!(
            "  Time       {} hours ahead of the machine's",
            time::ahead().as_secs().div_ceil(3_600)
        );
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
    if let Some(demo) = demo {
        show_demo(demo, api.as_str(), data_dir);
    }
    println!();
    println!("  Ctrl-C stops.");
}

fn show_demo(demo: &Demo, api: &str, data_dir: Option<&Path>) {
    println!();
    println!("  Demo: ten products, and orders of {}", demo.buyers.join(" and "));
    println!("    password   {}", demo.password);
    println!();
    println!("  Tokens for an hour, the administrator's and a buyer's:");
    println!();
    println!("    admin={}", demo.admin_token);
    println!("    buyer={}", demo.buyer_token);
    println!("    curl -s {api}/api/v1/orders -H \"authorization: Bearer $admin\"");
    if let Some(directory) = data_dir {
        let file = directory.join("admin.json");
        println!();
        println!(
            "  Another one: curl -s {api}/api/v1/auth/login -H 'content-type: application/json' \
             -d @{}",
            file.display()
        );
    }
}
