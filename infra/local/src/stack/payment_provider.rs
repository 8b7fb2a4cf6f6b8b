//! The local Stripe beside the stack: started unless another one is named, and told where to post
//! its events.

use anyhow::{Context as _, Result};
use builder_stripe::{Options as StripeOptions, Stripe, WebhookEndpoint};
use serde_json::json;
use tokio::net::TcpListener;

use super::{Options, listen};
use crate::aws::{Aws, Service};
use crate::template::Model;

/// The parameter that says where Stripe answers.
pub(super) const URL: &str = "StripeUrl";
/// What the local Stripe signs its events with. Not secret: whoever can reach it is on this
/// machine.
const WEBHOOK_SECRET: &str = "whsec_local";
/// The path of the route that it posts them to.
const WEBHOOK_PATH: &str = "/api/v1/hooks/stripe";
/// What the name of the secret ends with that holds the account's keys.
const SECRET: &str = "/stripe";
/// Its content before anybody has set up payments.
const NOT_SET_UP: &str = "{}";

/// Takes the port of the local Stripe; `None` when a parameter names another one.
pub(super) fn listen(options: &Options) -> Result<Option<TcpListener>> {
    if options.parameters.contains_key(URL) {
        return Ok(None);
    }
    listen::listen(options.stripe_port, "the local Stripe", "--stripe-port").map(Some)
}

/// Where it will answer.
pub(super) fn url(listener: &TcpListener) -> Result<String> {
    Ok(format!("http://{}", listener.local_addr().context("the local Stripe's port")?))
}

/// Starts it.
pub(super) fn start(listener: TcpListener, options: &Options) -> Result<Stripe> {
    let data_dir = options.data_dir.as_ref().map(|data_dir| data_dir.join("stripe"));
    let stripe = StripeOptions { data_dir, ..options.stripe.clone() };
    Stripe::serve(listener, stripe).context(
        "the local Stripe can't read its data; put a copy back, or delete all data with --fresh",
    )
}

/// Puts the keys of the local Stripe where the functions look for them, unless others are there.
pub(super) async fn give_keys(aws: &Aws, model: &Model, secret_key: &str) -> Result<()> {
    let Some(secret) = model.secrets.iter().find(|secret| secret.name.ends_with(SECRET)) else {
        return Ok(());
    };
    let present =
        aws.call(Service::Secrets, "GetSecretValue", &json!({ "SecretId": secret.name })).await?;
    if present["SecretString"] != NOT_SET_UP {
        return Ok(());
    }
    let keys = json!({ "secretKey": secret_key, "webhookSecrets": [WEBHOOK_SECRET] }).to_string();
    aws.call(
        Service::Secrets,
        "PutSecretValue",
        &json!({ "SecretId": secret.name, "SecretString": keys }),
    )
    .await?;
    Ok(())
}

/// Has it tell the gateway of events.
pub(super) fn connect(stripe: &Stripe, api_url: &str) {
    stripe.set_webhook(WebhookEndpoint {
        url: format!("{api_url}{WEBHOOK_PATH}"),
        secret: WEBHOOK_SECRET.to_owned(),
    });
}
