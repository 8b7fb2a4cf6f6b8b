//! `GET /.well-known/jwks.json`

use builder_tests::{Stack, token};

#[tokio::test]
async fn only_public_halves_of_signing_keys_are_published() {
    let stack = Stack::shared();
    let user = stack.user().await;
    let answer = stack.visitor().get("/.well-known/jwks.json").await.expect(200);
    assert!(answer.required("content-type").contains("json"));
    assert!(answer.required("cache-control").contains("max-age"));
    let keys = answer.json()["keys"].as_array().unwrap().clone();
    let kid = token::read(&user.tokens.access).0["kid"].clone();
    let key = keys
        .iter()
        .find(|key| key["kid"] == kid)
        .unwrap_or_else(|| panic!("{kid} is not among {keys:?}"));
    assert_eq!(
        (key["kty"].as_str(), key["crv"].as_str(), key["alg"].as_str()),
        (Some("OKP"), Some("Ed25519"), Some("EdDSA"))
    );
    assert!(keys.iter().all(|key| key.get("d").is_none()), "{keys:?}");
}
