//! Errors in Stripe's format (API reference, "Errors"; docs page "Error codes").

use serde_json::{Map, Value, json};

/// An error response. Nothing was changed.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    /// The status of the response.
    pub(crate) status: u16,
    /// `error` of the body.
    fields: Map<String, Value>,
    /// Whether the call was executed, so that its response is saved for its idempotency key.
    /// Nothing is saved for a call that was refused before (by its parameters, for instance) (API
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

    /// Returns a 400: the parameters are invalid.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", message)
    }

    /// Returns a 400: a parameter is missing.
    pub(crate) fn missing(name: &str) -> Self {
        Self::invalid(format!("Missing required param: {name}."))
            .code("parameter_missing")
            .param(name)
    }

    /// Returns a 400: a parameter that can't be unset is empty.
    pub(crate) fn empty(name: &str) -> Self {
        let message = format!(
            "You passed an empty string for '{name}'. We assume empty values are an attempt to \
             unset a parameter; however '{name}' cannot be unset. You should remove '{name}' from \
             your request or supply a non-empty value."
        );
        Self::invalid(message).code("parameter_invalid_empty").param(name)
    }

    /// Returns a 404: there is no such object. `kind` is Stripe's name of the type:
    /// `payment_intent`, `charge`.
    pub(crate) fn no_such(kind: &str, id: &str, param: &str) -> Self {
        let mut error = Self::invalid(format!("No such {kind}: '{id}'"))
            .code("resource_missing")
            .param(param)
            .executed();
        error.status = 404;
        error
    }

    /// Returns a 404: there is no such route.
    pub(crate) fn no_route(method: &str, path: &str) -> Self {
        let message = format!(
            "Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or \
             we can help at https://support.stripe.com/."
        );
        Self { status: 404, ..Self::invalid(message) }
    }

    /// Returns a 401: the key is missing, invalid or not allowed to do this.
    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(401, "invalid_request_error", message)
    }

    /// Returns a 402: the card is declined.
    pub(crate) fn card(code: &str, decline_code: Option<&str>, message: &str) -> Self {
        let error = Self::new(402, "card_error", message).code(code).executed();
        match decline_code {
            Some(decline_code) => error.with("decline_code", decline_code),
            None => error,
        }
    }

    /// Returns a 400: the idempotency key was used for another call.
    pub(crate) fn key_reused(key: &str) -> Self {
        let message = format!(
            "Keys for idempotent requests can only be used with the same parameters they were \
             first used with. Try using a key other than '{key}' if you meant to execute a \
             different request."
        );
        Self::new(400, "idempotency_error", message)
    }

    /// Returns a 409: a call with this idempotency key is in progress.
    pub(crate) fn key_in_use(key: &str) -> Self {
        let message = format!(
            "There is currently another in-progress request using this Idempotent Key (that \
             probably means you submitted twice, and the other request is still going through): \
             {key}. Please try again later."
        );
        let error = Self::new(409, "idempotency_error", message).code("idempotency_key_in_use");
        Self { retry: Some(true), ..error }
    }

    /// Returns a 429: too many calls.
    pub(crate) fn rate_limited() -> Self {
        let error = Self::new(429, "invalid_request_error", "Request rate limit exceeded.")
            .code("rate_limit");
        Self { retry: None, ..error }
    }

    /// Returns a 500. Whether a retry can help depends on whether the response was saved.
    pub(crate) fn internal(retry: bool) -> Self {
        Self { retry: Some(retry), ..Self::new(500, "api_error", "An unknown error occurred.") }
    }

    /// Adds a code, and the page that explains it.
    pub(crate) fn code(mut self, code: &str) -> Self {
        let page = format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-"));
        self.fields.insert("code".into(), code.into());
        self.fields.insert("doc_url".into(), page.into());
        self
    }

    /// Adds the name of the invalid parameter.
    pub(crate) fn param(self, name: &str) -> Self {
        self.with("param", name)
    }

    /// Adds a field.
    pub(crate) fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(field.into(), value.into());
        self
    }

    /// Sets the status.
    pub(crate) fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// Marks the call as refused before it was executed.
    pub(crate) fn not_executed(self) -> Self {
        Self { executed: false, ..self }
    }

    /// Marks the call as executed, although it failed.
    pub(crate) fn executed(mut self) -> Self {
        self.executed = true;
        self
    }

    /// Returns `error` of the body.
    pub(crate) fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// Returns the body of the response.
    pub(crate) fn body(&self) -> Value {
        json!({ "error": self.fields })
    }
}
