//! The caller's key (API reference, "Authentication").

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, header};

use crate::error::ApiError;
use crate::request::params::Params;
use crate::request::route::Route;
use crate::state::State;

/// Returns whether a call was sent with the publishable key. The key is a bearer token or the user
/// name of basic authentication; a browser may send its own as the parameter `key`.
///
/// # Errors
/// If the key is missing or invalid, or a publishable key may not do this.
pub(super) fn is_public(
    state: &State,
    headers: &HeaderMap,
    params: &mut Params,
    route: &Route,
) -> Result<bool, ApiError> {
    let parameter = params.text("key")?.filter(|key| key.starts_with("pk_"));
    let Some(key) = key(headers).or(parameter) else {
        return Err(ApiError::unauthorized(
            "You did not provide an API key. You need to provide your API key in the \
             Authorization header, using Bearer auth (e.g. 'Authorization: Bearer \
             YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we \
             can help at https://support.stripe.com/.",
        ));
    };
    if state.is_secret_key(&key) {
        return Ok(false);
    }
    if !state.is_publishable_key(&key) {
        return Err(ApiError::unauthorized(format!("Invalid API Key provided: {}", masked(&key))));
    }
    if route.is_public() {
        return Ok(true);
    }
    let message = "This API call cannot be made with a publishable API key. Please use a secret \
         API key. You can find a list of your API keys at \
         https://dashboard.stripe.com/account/apikeys.";
    Err(ApiError::unauthorized(message).code("secret_key_required"))
}

fn key(headers: &HeaderMap) -> Option<String> {
    let (scheme, credentials) =
        headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(credentials.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(BASE64_STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let name = decoded.split_once(':').map_or(decoded.as_str(), |(name, _)| name);
    Some(name.to_owned()).filter(|name| !name.is_empty())
}

/// Masks a key: only its kind and its last four characters are shown.
fn masked(key: &str) -> String {
    let characters: Vec<char> = key.chars().collect();
    if characters.len() < 16 {
        return "*".repeat(characters.len());
    }
    let show = |(at, character): (usize, &char)| {
        if at < 8 || at + 4 >= characters.len() { *character } else { '*' }
    };
    characters.iter().enumerate().map(show).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        key(&headers)
    }

    #[test]
    fn a_key_comes_as_bearer_or_as_the_name_of_basic() {
        assert_eq!(of("Bearer sk_test_1").as_deref(), Some("sk_test_1"));
        assert_eq!(
            of(&format!("Basic {}", BASE64_STANDARD.encode("sk_test_1:"))).as_deref(),
            Some("sk_test_1")
        );
        for other in ["Basic !", "Digest x", "Bearer", "Basic Og=="] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn a_wrong_key_is_masked_in_the_error() {
        assert_eq!(masked("sk_test_abcdefgh1234"), "sk_test_********1234");
        assert_eq!(masked("sk_test_1"), "*********");
    }
}
