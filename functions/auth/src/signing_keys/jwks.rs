//! `GET /.well-known/jwks.json`

use builder_identity::keys::JWKS;
use builder_identity::tokens::public_keys;
use builder_runtime::{Access, Call, Function, Raw, Reply, Resources, Result, Route};
use builder_store::error::Error;
use serde_json::{Value, json};

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::get("jwks", "/.well-known/jwks.json", Access::Public, jwks)
            .summary("Get the public signing keys")
            .description(
                "Returns the keys to verify access tokens with, as a JSON Web Key Set (RFC 7517).",
            )
            .answers_with("application/jwk-set+json")
            .with_head()
            .example(example),
        Resources::new().get([JWKS]),
    )
}

fn example() -> Value {
    json!({ "keys": [{
        "kty": "OKP",
        "crv": "Ed25519",
        "alg": "EdDSA",
        "use": "sig",
        "kid": "2f6a8e0c",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    }] })
}

async fn jwks(call: Call) -> Result<Reply<Raw>> {
    let keys: Vec<Value> = public_keys::all(call.table())
        .await?
        .into_iter()
        .map(|key| json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key.kid, "x": key.x}))
        .collect();
    let body = serde_json::to_vec(&json!({ "keys": keys })).map_err(Error::internal)?;
    Ok(Reply::raw("application/jwk-set+json", body).header("cache-control", "public, max-age=300"))
}
