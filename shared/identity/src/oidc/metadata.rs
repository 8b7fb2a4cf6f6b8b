//! The discovery document of a provider (OpenID Connect Discovery 1.0, section 3).

use serde::Deserialize;

use super::provider::Provider;

/// Its endpoints and supported methods.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Metadata {
    /// The issuer.
    issuer: String,
    /// The authorization endpoint.
    pub authorization_endpoint: String,
    /// The token endpoint.
    pub token_endpoint: String,
    /// The URL of its keys.
    pub jwks_uri: String,
    /// The user information endpoint, if it has one.
    #[serde(default)]
    pub userinfo_endpoint: Option<String>,
    /// How we may prove at the token endpoint who we are; the default is that of section 3.
    #[serde(default = "basic")]
    token_endpoint_auth_methods_supported: Vec<String>,
    /// Whether it adds `iss` to the parameters of the callback (RFC 9207, section 3).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

/// How the client's secret is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// In the `Authorization` header (RFC 6749, section 2.3.1).
    Basic,
    /// In the form.
    Post,
}

fn basic() -> Vec<String> {
    vec!["client_secret_basic".to_owned()]
}

impl Metadata {
    /// Reads the document of `provider`.
    ///
    /// # Errors
    /// Why it can't be used.
    pub fn read(document: &[u8], provider: &Provider) -> Result<Self, String> {
        let metadata: Self = serde_json::from_slice(document)
            .map_err(|error| format!("its discovery document: {error}"))?;
        if metadata.issuer != provider.issuer {
            return Err(format!(
                "its discovery document names the issuer {:?} instead of {:?}",
                metadata.issuer, provider.issuer
            ));
        }
        let addresses =
            [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri];
        for address in addresses.into_iter().chain(&metadata.userinfo_endpoint) {
            if !provider.allows(address) {
                return Err(format!(
                    "its discovery document contains {address:?}, which is not an https URL"
                ));
            }
        }
        Ok(metadata)
    }

    /// Returns the URL of an issuer's document (section 4.1).
    #[must_use]
    pub fn address(issuer: &str) -> String {
        format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
    }

    /// How to send the client's secret.
    ///
    /// # Errors
    /// When the provider takes it in no way that we know.
    pub fn authentication(&self) -> Result<Authentication, String> {
        let takes = |method: &str| {
            self.token_endpoint_auth_methods_supported.iter().any(|one| one == method)
        };
        if takes("client_secret_basic") {
            Ok(Authentication::Basic)
        } else if takes("client_secret_post") {
            Ok(Authentication::Post)
        } else {
            Err("it supports neither client_secret_basic nor client_secret_post".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn provider() -> Provider {
        Provider { name: "a".into(), issuer: "https://a.example".into(), client_id: "x".into() }
    }

    fn document(changes: &Value) -> Vec<u8> {
        let mut document = json!({
            "issuer": "https://a.example", "authorization_endpoint": "https://a.example/auth",
            "token_endpoint": "https://a.example/token", "jwks_uri": "https://keys.example/jwks", "claims_supported": ["sub"],
        });
        for (name, value) in changes.as_object().unwrap() {
            document[name] = value.clone();
        }
        document.to_string().into_bytes()
    }

    #[test]
    fn a_document_of_the_issuer_is_read() {
        let metadata = Metadata::read(&document(&json!({})), &provider()).unwrap();
        assert_eq!(
            (metadata.jwks_uri.as_str(), metadata.authentication()),
            ("https://keys.example/jwks", Ok(Authentication::Basic))
        );
        for (methods, way) in [
            (json!(["client_secret_post"]), Some(Authentication::Post)),
            (json!(["client_secret_post", "client_secret_basic"]), Some(Authentication::Basic)),
            (json!(["private_key_jwt"]), None),
        ] {
            let metadata = Metadata::read(
                &document(&json!({ "token_endpoint_auth_methods_supported": methods })),
                &provider(),
            )
            .unwrap();
            assert_eq!(metadata.authentication().ok(), way, "{methods}");
        }
    }

    #[test]
    fn a_document_of_another_or_of_addresses_without_tls_is_refused() {
        for changes in [
            json!({ "issuer": "https://b.example" }),
            json!({ "issuer": "https://a.example/" }),
            json!({ "token_endpoint": "http://a.example/token" }),
            json!({ "jwks_uri": "http://127.0.0.1/jwks" }),
            json!({ "authorization_endpoint": "javascript:alert(1)" }),
            json!({ "userinfo_endpoint": "http://a.example/userinfo" }),
            json!({ "jwks_uri": null }),
        ] {
            assert!(Metadata::read(&document(&changes), &provider()).is_err(), "{changes}");
        }
        assert!(Metadata::read(b"<html>", &provider()).is_err());
        assert_eq!(
            Metadata::address("https://a.example/realm/"),
            "https://a.example/realm/.well-known/openid-configuration"
        );
    }
}
