//! The flow that signing in with a provider and linking an identity share: the redirect and the
//! callback.

mod begin;
mod finish;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use builder_identity::keys::OIDC;
use builder_identity::oidc::{Client, Providers};
use builder_runtime::{Call, Problem, Resources, Result};
use builder_store::config::Env;
use builder_store::error::{Error, Fault};

pub(crate) use begin::{Started, begin};
pub(crate) use finish::{Callback, finish, identity};

/// Returns the resources that calls to a provider need.
fn resources() -> Resources {
    // Up to three calls to the provider, with a limit of four seconds each.
    Resources::new().timeout(20).variables(["APP_URL", "OIDC_PROVIDERS"])
}

/// Returns the resources that [`begin`] needs.
pub(crate) fn resources_to_begin() -> Resources {
    resources().put([OIDC])
}

/// Returns the resources that [`finish`] needs.
pub(crate) fn resources_to_finish() -> Resources {
    resources().secrets(["OIDC_SECRET"]).get([OIDC]).delete([OIDC])
}

/// Validates the configured providers when a function starts.
pub(crate) fn check(env: &Env) -> Result<(), Fault> {
    Providers::from_env(env).map(drop)
}

/// Returns the configured providers.
pub(crate) fn providers(call: &Call) -> Result<Arc<Providers>> {
    if let Some(kept) = call.app().kept::<Providers>() {
        return Ok(kept);
    }
    let providers = Providers::from_env(call.env()).map_err(Error::Internal)?;
    Ok(call.app().keep(providers))
}

/// The clients of this instance, with the cached metadata and keys of their providers.
#[derive(Default)]
struct Clients(Mutex<HashMap<String, Arc<Client>>>);

/// Returns the client of the provider in the path.
pub(crate) fn client(call: &Call) -> Result<Arc<Client>> {
    let providers = providers(call)?;
    let provider = call
        .parameter("provider")
        .and_then(|name| providers.find(name))
        .ok_or_else(|| Problem::not_found("provider"))?;
    let clients = call.app().get_or_init(Clients::default);
    let mut clients = clients.0.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(clients
        .entry(provider.name.clone())
        .or_insert_with(|| Arc::new(Client::new(provider.clone())))
        .clone())
}
