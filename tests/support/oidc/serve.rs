//! The provider's responses.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use reqwest::Url;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{CLIENT_ID, CLIENT_SECRET, State};

/// The claims that a strict provider omits from its tokens (OpenID Connect Core 1.0, section 5.4).
const PERSONAL: [&str; 3] = ["email", "email_verified", "name"];

type Shared = Arc<Mutex<State>>;

pub(super) async fn serve(listener: std::net::TcpListener, issuer: String, state: Shared) {
    listener.set_nonblocking(true).expect("a socket");
    let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
    while let Ok((stream, _)) = listener.accept().await {
        let (issuer, state) = (issuer.clone(), state.clone());
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let (issuer, state) = (issuer.clone(), state.clone());
                async move { Ok::<_, Infallible>(answer(request, &issuer, &state).await) }
            });
            // The client may disconnect at any time.
            drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

async fn answer(request: Request<Incoming>, issuer: &str, state: &Shared) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let authorization = request
        .headers()
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let form = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let (silent, given) = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        *state.asked.entry(path.clone()).or_default() += 1;
        let given = match state.behaviour.instead.get(path.as_str()) {
            Some(instead) => instead.clone(),
            None => {
                let (status, body) =
                    right(&mut state, &path, issuer, authorization.as_deref(), &form);
                (status, body.to_string())
            }
        };
        (state.behaviour.silent == Some(path.as_str()), given)
    };
    if silent {
        std::future::pending::<()>().await;
    }
    let (status, body) = given;
    let response = Response::builder().status(status).header("content-type", "application/json");
    // The target of redirects, if they were followed.
    let response =
        if (300..400).contains(&status) { response.header("location", &body) } else { response };
    response.body(Full::new(Bytes::from(body))).expect("a response")
}

fn right(
    state: &mut State,
    path: &str,
    issuer: &str,
    authorization: Option<&str>,
    form: &[u8],
) -> (u16, Value) {
    match path {
        "/.well-known/openid-configuration" => (
            200,
            json!({
                "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"), "token_endpoint": format!("{issuer}/token"),
                "jwks_uri": format!("{issuer}/jwks"), "userinfo_endpoint": format!("{issuer}/userinfo"), "token_endpoint_auth_methods_supported": state.behaviour.methods,
            }),
        ),
        "/jwks" => (
            200,
            json!({ "keys": state.behaviour.published.iter().map(|key| key.public()).collect::<Vec<_>>() }),
        ),
        "/userinfo" => userinfo(state, authorization),
        "/token" => token(state, authorization, form),
        _ => (404, json!({})),
    }
}

/// The token endpoint: RFC 6749, section 4.1.3; RFC 7636, section 4.6.
fn token(state: &mut State, authorization: Option<&str>, form: &[u8]) -> (u16, Value) {
    let form = pairs(&String::from_utf8_lossy(form));
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let client = match authorization {
        Some(header) => basic(header),
        None => (field("client_id").to_owned(), field("client_secret").to_owned()),
    };
    let method = if authorization.is_some() { "client_secret_basic" } else { "client_secret_post" };
    if client != (CLIENT_ID.to_owned(), CLIENT_SECRET.to_owned())
        || !state.behaviour.methods.contains(&method)
    {
        return (401, json!({ "error": "invalid_client" }));
    }
    let refused = (400, json!({ "error": "invalid_grant" }));
    let Some(grant) = state.grants.get_mut(field("code")) else { return refused };
    let verified =
        URL_SAFE_NO_PAD.encode(Sha256::digest(field("code_verifier"))) == grant.challenge;
    if grant.used
        || !verified
        || grant.redirect_uri != field("redirect_uri")
        || field("grant_type") != "authorization_code"
    {
        return refused;
    }
    grant.used = true;
    let mut claims = grant.claims.clone();
    (state.behaviour.tamper)(&mut claims);
    if state.behaviour.in_userinfo {
        for name in PERSONAL {
            claims.as_object_mut().expect("claims").remove(name);
        }
    }
    let id_token = state.behaviour.signing.sign(&claims);
    (
        200,
        json!({ "access_token": format!("access to {}", field("code")), "token_type": "Bearer", "expires_in": 300, "id_token": id_token }),
    )
}

/// The userinfo endpoint: OpenID Connect Core 1.0, section 5.3.
fn userinfo(state: &State, authorization: Option<&str>) -> (u16, Value) {
    let code = authorization
        .and_then(|header| header.strip_prefix("Bearer access to "))
        .unwrap_or_default();
    let Some(grant) = state.grants.get(code).filter(|grant| grant.used) else {
        return (401, json!({}));
    };
    let mut told = json!({ "sub": grant.claims["sub"] });
    for name in PERSONAL {
        told[name] = grant.claims[name].clone();
    }
    (200, told)
}

fn pairs(text: &str) -> HashMap<String, String> {
    // A form is parsed like a query.
    let url = Url::parse(&format!("http://form/?{text}")).expect("a form");
    url.query_pairs().into_owned().collect()
}

fn basic(header: &str) -> (String, String) {
    let decoded = header
        .strip_prefix("Basic ")
        .and_then(|encoded| STANDARD.decode(encoded).ok())
        .unwrap_or_default();
    let decoded = String::from_utf8_lossy(&decoded).into_owned();
    let (id, secret) = decoded.split_once(':').unwrap_or_default();
    let one = |text: &str| pairs(&format!("x={text}")).remove("x").unwrap_or_default();
    (one(id), one(secret))
}
