//! The redirect to a provider.

use builder_identity::id::SessionId;
use builder_identity::oidc::{Flow, FlowSecret, flow, store};
use builder_runtime::{Call, Result};
use builder_store::error::Error;
use builder_store::id::UserId;
use serde::Serialize;
use utoipa::ToSchema;

use super::client;
use crate::refusals::of_provider;

/// The maximum length of `returnTo`, in bytes.
const MAX_RETURN_TO: usize = 2000;

/// A started sign-in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Started {
    /// The URL to send the browser to. It returns to `<AppUrl>/oidc/<provider>/callback` with
    /// `code` and `state`, or with `error`.
    #[schema(
        example = "https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id=…"
    )]
    authorization_url: String,
    /// The secret that this browser must send with the code. Store it in session storage only.
    #[schema(example = "of_dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")]
    flow_secret: String,
    /// Seconds until the flow expires.
    #[schema(example = 600)]
    expires_in: i64,
}

/// Starts a flow: to sign in, or to link an identity to the account of a signed-in user.
pub(crate) async fn begin(
    call: &Call,
    linking: Option<(UserId, SessionId)>,
    return_to: Option<&str>,
) -> Result<Started> {
    let client = client(call)?;
    let app_url = call.env().require("APP_URL")?;
    let return_to = match return_to {
        Some(wanted) => Some(within(app_url, wanted).ok_or_else(outside)?),
        None => None,
    };
    let provider = client.provider();
    let metadata = client.metadata(call.now()).await.map_err(of_provider)?;
    let (secret, state) = (FlowSecret::generate()?, flow::state()?);
    let authorization_url =
        secret.authorization_url(provider, &metadata, &provider.redirect_uri(app_url), &state)?;
    let expires_at = call.now().as_second() + flow::LIFE;
    let flow = Flow {
        provider: provider.name.clone(),
        linking,
        return_to,
        expires_at,
        secret_hash: secret.hash(),
    };
    store::keep(call.table(), &call.context(), &state, &flow).await?;
    Ok(Started {
        authorization_url,
        flow_secret: secret.reveal().to_owned(),
        expires_in: flow::LIFE,
    })
}

fn within(app_url: &str, wanted: &str) -> Option<String> {
    flow::return_to(app_url, wanted).filter(|place| place.len() <= MAX_RETURN_TO)
}

fn outside() -> Error {
    Error::invalid(
        "/returnTo",
        "must be a path or a URL of this application, of at most 2000 characters",
    )
}
