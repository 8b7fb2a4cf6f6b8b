//! Exchanging a code for tokens (RFC 6749, section 4.1.3; RFC 7636, section 4.5).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use builder_store::aws::web::Answer;
use jiff::Timestamp;
use serde::Deserialize;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::client::{Client, Tokens};
use super::failure::Failure;
use super::metadata::{Authentication, Metadata};

/// The parameters of the callback, and the data of its flow.
#[derive(Clone, Copy)]
pub struct Code<'a> {
    /// The code.
    pub code: &'a str,
    /// The verifier whose challenge the flow began with.
    pub verifier: &'a str,
    /// The redirect URI.
    pub redirect_uri: &'a str,
}

#[derive(Deserialize)]
struct TokenError {
    error: String,
}

impl Client {
    /// Exchanges a code for tokens, proving by `secret` who we are.
    ///
    /// # Errors
    /// [`Failure`], for all its reasons but the last.
    pub async fn exchange(
        &self,
        secret: &str,
        code: Code<'_>,
        now: Timestamp,
    ) -> Result<Tokens, Failure> {
        let metadata = self.metadata(now).await?;
        let (form, authorization) = self.request(&metadata, secret, code)?;
        let headers: Vec<_> = authorization
            .map(|authorization| ("authorization", authorization))
            .into_iter()
            .collect();
        let answer = self.web.post_form(&metadata.token_endpoint, form, &headers).await;
        self.tokens(&answer.map_err(|cause| self.unreachable(cause))?)
    }

    /// The form to send, and the `Authorization` header.
    fn request(
        &self,
        metadata: &Metadata,
        secret: &str,
        code: Code<'_>,
    ) -> Result<(String, Option<String>), Failure> {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code.code)
            .append_pair("redirect_uri", code.redirect_uri)
            .append_pair("code_verifier", code.verifier);
        let id = &self.provider.client_id;
        let authorization = match metadata.authentication().map_err(|why| self.unreachable(why))? {
            Authentication::Basic => {
                // Each is form-encoded before they are joined (RFC 6749, section 2.3.1).
                let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                Some(format!(
                    "Basic {}",
                    STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)))
                ))
            }
            Authentication::Post => {
                form.append_pair("client_id", id).append_pair("client_secret", secret);
                None
            }
        };
        Ok((form.finish(), authorization))
    }

    fn tokens(&self, answer: &Answer) -> Result<Tokens, Failure> {
        if answer.status == 200 {
            // The parser's own message could quote a token.
            let tokens = serde_json::from_slice::<Tokens>(&answer.body);
            return tokens.map_err(|_| self.unreachable("its response to a code has no ID token"));
        }
        let refusal =
            serde_json::from_slice::<TokenError>(&answer.body).map(|refusal| refusal.error);
        match refusal.as_deref() {
            Ok("invalid_grant") => Err(Failure::CodeRefused),
            Ok(
                code @ ("invalid_client"
                | "unauthorized_client"
                | "invalid_request"
                | "unsupported_grant_type"
                | "invalid_scope"),
            ) => Err(Failure::Misconfigured {
                name: self.provider.name.clone(),
                code: code.to_owned(),
            }),
            _ => {
                Err(self
                    .unreachable(format!("it responded with status {} to a code", answer.status)))
            }
        }
    }
}
