//! The local Stripe of a stack: started unless another server is configured, and configured with
//! the stack's webhook endpoint.

use anyhow::{Context as _, Result};
use builder_stripe::{Options as StripeOptions, Stripe, WebhookEndpoint};
use serde_json::json;
use tokio::net::TcpListener;

use super::{Options, listen};
use crate::aws::{Aws, Service};
use crate::template::Model;

/// The parameter with the URL of Stripe.
pub(super) const URL: &str = "StripeUrl";
/// The secret by which the local Stripe signs its events. It needs no protection: only processes on
/// this machine can reach it.
const WEBHOOK_SECRET: &str = "whsec_local";
/// The path of the route that it posts them to.
const WEBHOOK_PATH: &str = "/api/v1/hooks/stripe";
/// The suffix of the name of the secret with the account's keys.
const SECRET: &str = "/stripe";
/// Its value before payments are set up.
const NOT_SET_UP: &str = "{}";

/// Listens on the port of the local Stripe; returns `None` if a parameter configures another
/// server.
pub(super) fn listen(options: &Options) -> Result<Option<TcpListener>> {
    if options.parameters.contains_key(URL) {
        return Ok(None);
    }
    listen::listen(options.stripe_port, "the local Stripe", "--stripe-port").map(Some)
}

/// Returns its URL.
pub(super) fn url(listener: &TcpListener) -> Result<String> {
    Ok(format!("http://{}", listener.local_addr().context("the local Stripe's port")?))
}

/// Starts it.
pub(super) fn start(listener: TcpListener, options: &Options) -> Result<Stripe> {
    let data_dir = options.data_dir.as_ref().map(|data_dir| data_dir.join("stripe"));
    let stripe = StripeOptions { data_dir, ..options.stripe.clone() };
    Stripe::serve(listener, stripe).context(
        "the local Stripe can't read its data; restore a copy, or delete all data with --fresh",
    )
}

/// Writes the keys of the local Stripe to the secret that the functions read, unless it contains
/// others.
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

/// Configures the gateway's webhook endpoint.
pub(super) fn connect(stripe: &Stripe, api_url: &str) {
    stripe.set_webhook(WebhookEndpoint {
        url: format!("{api_url}{WEBHOOK_PATH}"),
        secret: WEBHOOK_SECRET.to_owned(),
    });
}
