//! The callback from a provider.

use std::collections::HashMap;

use builder_identity::account::user::NewIdentity;
use builder_identity::id::SessionId;
use builder_identity::oidc::exchange::Code;
use builder_identity::oidc::id_token::Expected;
use builder_identity::oidc::{Claims, Flow, FlowSecret, store};
use builder_runtime::{Call, Result};
use builder_store::error::Error;
use builder_store::id::UserId;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::client;
use crate::refusals::{invalid_flow, of_provider};
use crate::tokens::Mode;

/// The parameters of the redirect back from the provider.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Callback {
    /// The `code` parameter of the redirect.
    #[garde(length(bytes, min = 1, max = 4096))]
    #[schema(
        min_length = 1,
        max_length = 4096,
        example = "4/0AQSTgQH3kCq7Zb9xN1uW5vYtRpLmKjHgFdSaPoIuYtReWq"
    )]
    code: String,
    /// The `state` parameter of the redirect.
    #[garde(length(bytes, min = 1, max = 255))]
    #[schema(
        min_length = 1,
        max_length = 255,
        example = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )]
    state: String,
    /// The `flowSecret` returned when the flow was started.
    #[garde(length(bytes, min = 1, max = 255))]
    #[schema(
        min_length = 1,
        max_length = 255,
        example = "of_dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    )]
    flow_secret: String,
    /// The `iss` parameter of the redirect, if present.
    #[garde(inner(length(bytes, max = 2048)))]
    #[schema(max_length = 2048, example = "https://accounts.google.com")]
    iss: Option<String>,
    /// How the tokens are returned, when signing in.
    #[serde(default)]
    #[garde(skip)]
    #[schema(inline, default = "bearer")]
    pub(crate) mode: Mode,
}

/// Consumes a flow, and returns it with the provider's claims about the user. `linking` must be the
/// user and session that started it.
///
/// The flow is deleted before the code is sent to the provider, whatever the provider returns: of
/// concurrent requests with the same code, only one continues.
pub(crate) async fn finish(
    call: &Call,
    body: &Callback,
    linking: Option<(UserId, SessionId)>,
) -> Result<(Flow, Claims)> {
    let client = client(call)?;
    let provider = client.provider();
    let secret = FlowSecret::parse(&body.flow_secret).ok_or_else(invalid_flow)?;
    let flow = store::find(call.table(), &call.context(), &body.state).await?;
    // A wrong secret doesn't consume the flow: the state is part of URLs, which others may see.
    let flow = flow.filter(|flow| {
        flow.is_of(&secret) && flow.provider == provider.name && flow.linking == linking
    });
    let flow = flow.ok_or_else(invalid_flow)?;
    // Rejects another provider's response that is passed off as this provider's (RFC 9207).
    if body.iss.as_ref().is_some_and(|issuer| *issuer != provider.issuer) {
        return Err(invalid_flow());
    }
    let metadata = client.metadata(call.now()).await.map_err(of_provider)?;
    if metadata.authorization_response_iss_parameter_supported && body.iss.is_none() {
        return Err(
            Error::invalid("/iss", "is missing: send the `iss` parameter of the redirect").into()
        );
    }
    let client_secret = client_secret(call, &provider.name).await?;
    if !store::consume(call.table(), &call.context(), &body.state).await? {
        return Err(invalid_flow());
    }

    let redirect_uri = provider.redirect_uri(call.env().require("APP_URL")?);
    let code =
        Code { code: &body.code, verifier: &secret.verifier()?, redirect_uri: &redirect_uri };
    let tokens = client.exchange(&client_secret, code, call.now()).await.map_err(of_provider)?;
    let nonce = secret.nonce()?;
    let expected = Expected {
        issuer: &provider.issuer,
        client_id: &provider.client_id,
        nonce: &nonce,
        began_at: flow.began_at(),
    };
    let claims = client.verify(&tokens, &expected, call.now()).await.map_err(of_provider)?;
    Ok((flow, claims))
}

/// Returns the identity in a provider's claims.
pub(crate) fn identity(provider: &str, claims: &Claims) -> NewIdentity {
    NewIdentity {
        provider: provider.to_owned(),
        issuer: claims.iss.clone(),
        subject: claims.sub.clone(),
        email: claims.verified_email(),
    }
}

/// Returns the client secret of a provider, from a JSON object with the providers' names as keys.
async fn client_secret(call: &Call, provider: &str) -> builder_store::Result<String> {
    let all = call.app().secret("OIDC_SECRET").await?;
    // The parser's own message could quote a secret.
    let mut secrets: HashMap<String, String> = serde_json::from_str(&all).map_err(|_| {
        Error::internal(
            r#"the secret of OIDC_SECRET must be a JSON object such as {"google": "…"}"#,
        )
    })?;
    secrets.remove(provider).filter(|secret| !secret.is_empty()).ok_or_else(|| {
        Error::internal(format!(
            "the secret of OIDC_SECRET has no member {provider:?}: add the provider's client \
             secret under this name"
        ))
    })
}
