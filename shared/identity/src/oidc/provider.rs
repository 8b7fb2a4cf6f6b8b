//! The configured providers.

use std::collections::BTreeSet;
use std::net::IpAddr;

use builder_store::config::Env;
use builder_store::error::Fault;
use serde::Deserialize;
use url::{Host, Url};

/// The variable that holds them.
const VARIABLE: &str = "OIDC_PROVIDERS";
/// The most characters of a name.
const MAX_NAME: usize = 32;
/// The most providers: an account may hold an identity of each.
const MOST: usize = 20;

/// A provider that people may sign in with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Provider {
    /// The name in paths: `google`.
    pub name: String,
    /// Its issuer, exactly as its tokens write it: `https://accounts.google.com`.
    pub issuer: String,
    /// The client id that it has given us.
    pub client_id: String,
}

/// All of them, in the order of the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Providers(Vec<Provider>);

impl Providers {
    /// Reads `OIDC_PROVIDERS`:
    /// `[{"name":"google","issuer":"https://accounts.google.com","clientId":"…"}]`.
    ///
    /// # Errors
    /// In one line, what is wrong with it.
    pub fn from_env(env: &Env) -> Result<Self, Fault> {
        Self::parse(env.get(VARIABLE).unwrap_or("[]")).map_err(|why| {
            format!("{VARIABLE} (the template's parameter OidcProviders): {why}").into()
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let example =
            r#"[{"name":"google","issuer":"https://accounts.google.com","clientId":"…"}]"#;
        let providers: Vec<Provider> =
            serde_json::from_str(text).map_err(|error| format!("{error}; write {example}"))?;
        if providers.len() > MOST {
            return Err(format!("must have at most {MOST} providers"));
        }
        let (mut names, mut issuers) = (BTreeSet::new(), BTreeSet::new());
        for provider in &providers {
            provider.check().map_err(|why| format!("the provider {:?}: {why}", provider.name))?;
            if !names.insert(&provider.name) || !issuers.insert(&provider.issuer) {
                return Err(format!(
                    "the provider {:?}: its name or issuer is listed twice",
                    provider.name
                ));
            }
        }
        Ok(Self(providers))
    }

    /// The provider of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.name == name)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.0.iter()
    }
}

impl Provider {
    fn check(&self) -> Result<(), &'static str> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if self.name.is_empty() || self.name.len() > MAX_NAME || !self.name.bytes().all(plain) {
            return Err("name must have 1 to 32 lower-case letters, digits and hyphens");
        }
        if self.client_id.is_empty() || !self.client_id.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err("clientId must be the ID that the provider assigned, without spaces");
        }
        let issuer = Url::parse(&self.issuer)
            .ok()
            .filter(|url| url.query().is_none() && url.fragment().is_none());
        if !issuer.is_some_and(|url| may_be_asked(&url, true)) {
            return Err(
                "issuer must be an https URL without a query (http only for localhost), exactly \
                 as in the provider's tokens",
            );
        }
        Ok(())
    }

    /// Returns whether the provider runs on this machine, so that TLS is not needed.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.issuer.starts_with("http://")
    }

    /// Returns whether a URL of the provider can be used: only with TLS, except for a provider on
    /// this machine.
    #[must_use]
    pub fn allows(&self, address: &str) -> bool {
        Url::parse(address).is_ok_and(|url| may_be_asked(&url, self.is_local()))
    }

    /// The redirect URI, a page of the application. It must be registered at the provider exactly
    /// like this.
    #[must_use]
    pub fn redirect_uri(&self, app_url: &str) -> String {
        format!("{}/oidc/{}/callback", app_url.trim_end_matches('/'), self.name)
    }
}

fn may_be_asked(url: &Url, local: bool) -> bool {
    let on_this_machine = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    };
    let secure = url.scheme() == "https" || (local && url.scheme() == "http" && on_this_machine);
    secure && url.host().is_some() && url.username().is_empty() && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str, issuer: &str, client_id: &str) -> Result<Providers, String> {
        Providers::parse(
            &serde_json::json!([{ "name": name, "issuer": issuer, "clientId": client_id }])
                .to_string(),
        )
    }

    #[test]
    fn providers_are_read_and_found() {
        let providers = one("google", "https://accounts.google.com", "id").unwrap();
        let google = providers.find("google").unwrap();
        assert!(!google.is_local() && providers.find("Google").is_none());
        assert_eq!(
            google.redirect_uri("https://shop.example/app"),
            "https://shop.example/app/oidc/google/callback"
        );
        assert_eq!(Providers::parse("[]").unwrap(), Providers::default());
        for issuer in ["http://127.0.0.1:4000", "http://localhost:4000/realm", "http://[::1]:4000"]
        {
            assert!(one("dev", issuer, "id").unwrap().find("dev").unwrap().is_local(), "{issuer}");
        }
    }

    #[test]
    fn what_can_not_be_meant_is_refused_with_a_reason() {
        for (name, issuer, client_id, reason) in [
            ("Google", "https://a.example", "id", "name"),
            ("", "https://a.example", "id", "name"),
            ("a/b", "https://a.example", "id", "name"),
            ("a", "http://a.example", "id", "issuer"),
            ("a", "http://127.0.0.1.a.example", "id", "issuer"),
            ("a", "https://a.example?x", "id", "issuer"),
            ("a", "https://u:p@a.example", "id", "issuer"),
            ("a", "a.example", "id", "issuer"),
            ("a", "https://a.example", "", "clientId"),
        ] {
            let error = one(name, issuer, client_id).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
        for text in [
            "{}",
            "nonsense",
            r#"[{"name":"a"}]"#,
            r#"[{"name":"a","issuer":"https://a","clientId":"x","clientSecret":"y"}]"#,
        ] {
            let error = Providers::parse(text).unwrap_err();
            assert!(error.contains("accounts.google.com") && !error.contains('\n'), "{error}");
        }
        let twice = r#"[{"name":"a","issuer":"https://a","clientId":"x"},{"name":"b","issuer":"https://a","clientId":"y"}]"#;
        assert!(Providers::parse(twice).unwrap_err().contains("twice"));
    }

    #[test]
    fn a_provider_may_not_name_addresses_without_tls() {
        let (remote, local) = (
            one("a", "https://a.example", "x").unwrap(),
            one("b", "http://127.0.0.1:1", "x").unwrap(),
        );
        let (remote, local) = (remote.find("a").unwrap(), local.find("b").unwrap());
        assert!(
            remote.allows("https://keys.example/jwks") && local.allows("http://127.0.0.1:1/jwks")
        );
        for address in [
            "http://a.example/jwks",
            "http://127.0.0.1/jwks",
            "file:///etc/passwd",
            "ftp://a.example",
            "/jwks",
            "",
        ] {
            assert!(!remote.allows(address), "{address}");
        }
        assert!(!local.allows("http://a.example/jwks"));
    }
}
