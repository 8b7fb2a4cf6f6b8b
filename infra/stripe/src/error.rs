//! Errors of Stripe's form (API reference, "Errors"; docs page "Error codes").

use serde_json::{Map, Value, json};

/// What a caller is told instead of a result. Nothing was changed.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    /// The status of the answer.
    pub(crate) status: u16,
    /// `error` of the body.
    fields: Map<String, Value>,
    /// Whether the call was carried out, and its answer is the one of its idempotency key from now
    /// on. Of a call that was refused before (by its parameters, for instance) nothing is kept (API
    /// reference, "Idempotent requests").
    pub(crate) executed: bool,
    /// The header `Stripe-Should-Retry`.
    pub(crate) retry: Option<bool>,
}

impl ApiError {
    fn new(status: u16, kind: &str, message: impl Into<String>) -> Self {
        let mut fields = Map::new();
        fields.insert("message".into(), Value::String(message.into()));
        fields.insert("type".into(), kind.into());
        Self { status, fields, executed: false, retry: Some(false) }
    }

    /// 400: the parameters are wrong.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", message)
    }

    /// 400: a parameter is missing.
    pub(crate) fn missing(name: &str) -> Self {
        Self::invalid(format!("Missing required param: {name}."))
            .code("parameter_missing")
            .param(name)
    }

    /// 400: a parameter that can't be unset is empty.
    pub(crate) fn empty(name: &str) -> Self {
        let message = format!(
            "You passed an empty string for '{name}'. We assume empty values are an attempt to \
             unset a parameter; however '{name}' cannot be unset. You should remove '{name}' from \
             your request or supply a non-empty value."
        );
        Self::invalid(message).code("parameter_invalid_empty").param(name)
    }

    /// 404: there is no such thing. `kind` as Stripe writes it: `payment_intent`, `charge`.
    pub(crate) fn no_such(kind: &str, id: &str, param: &str) -> Self {
        let mut error = Self::invalid(format!("No such {kind}: '{id}'"))
            .code("resource_missing")
            .param(param)
            .executed();
        error.status = 404;
        error
    }

    /// 404: there is no such route.
    pub(crate) fn no_route(method: &str, path: &str) -> Self {
        let message = format!(
            "Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or \
             we can help at https://support.stripe.com/."
        );
        Self { status: 404, ..Self::invalid(message) }
    }

    /// 401: the key is missing, wrong or not allowed to do this.
    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(401, "invalid_request_error", message)
    }

    /// 402: the card is refused.
    pub(crate) fn card(code: &str, decline_code: Option<&str>, message: &str) -> Self {
        let error = Self::new(402, "card_error", message).code(code).executed();
        match decline_code {
            Some(decline_code) => error.with("decline_code", decline_code),
            None => error,
        }
    }

    /// 400: the idempotency key was used for something else.
    pub(crate) fn key_reused(key: &str) -> Self {
        let message = format!(
            "Keys for idempotent requests can only be used with the same parameters they were \
             first used with. Try using a key other than '{key}' if you meant to execute a \
             different request."
        );
        Self::new(400, "idempotency_error", message)
    }

    /// 409: a call with this idempotency key is in progress.
    pub(crate) fn key_in_use(key: &str) -> Self {
        let message = format!(
            "There is currently another in-progress request using this Idempotent Key (that \
             probably means you submitted twice, and the other request is still going through): \
             {key}. Please try again later."
        );
        let error = Self::new(409, "idempotency_error", message).code("idempotency_key_in_use");
        Self { retry: Some(true), ..error }
    }

    /// 429: too many calls.
    pub(crate) fn rate_limited() -> Self {
        let error = Self::new(429, "invalid_request_error", "Request rate limit exceeded.")
            .code("rate_limit");
        Self { retry: None, ..error }
    }

    /// 500. Whether trying again can help depends on whether the answer was kept.
    pub(crate) fn internal(retry: bool) -> Self {
        Self { retry: Some(retry), ..Self::new(500, "api_error", "An unknown error occurred.") }
    }

    /// With a code, and the page that explains it.
    pub(crate) fn code(mut self, code: &str) -> Self {
        let page = format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-"));
        self.fields.insert("code".into(), code.into());
        self.fields.insert("doc_url".into(), page.into());
        self
    }

    /// With the name of the parameter at fault.
    pub(crate) fn param(self, name: &str) -> Self {
        self.with("param", name)
    }

    /// With one more field.
    pub(crate) fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(field.into(), value.into());
        self
    }

    /// With another status.
    pub(crate) fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// Of a call that was refused before anything was done.
    pub(crate) fn not_executed(self) -> Self {
        Self { executed: false, ..self }
    }

    /// Of a call that was carried out, and failed.
    pub(crate) fn executed(mut self) -> Self {
        self.executed = true;
        self
    }

    /// `error` of the body.
    pub(crate) fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// The body of the answer.
    pub(crate) fn body(&self) -> Value {
        json!({ "error": self.fields })
    }
}
