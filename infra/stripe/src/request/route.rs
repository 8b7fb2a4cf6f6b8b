//! The routes.

/// The route of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    CreateIntent,
    ListIntents,
    GetIntent(String),
    AmendIntent(String),
    ConfirmIntent(String),
    CancelIntent(String),
    ListCharges,
    GetCharge(String),
    GetTransaction(String),
    CreateRefund,
    ListRefunds,
    GetRefund(String),
    ListEvents,
    GetEvent(String),
}

impl Route {
    /// Returns the route of a call, and its name in counts and faults.
    pub(crate) fn find(method: &str, path: &str) -> Option<(Self, &'static str)> {
        let parts: Vec<&str> = path.strip_prefix("/v1/")?.split('/').collect();
        let id = |at: usize| parts[at].to_owned();
        Some(match (method, parts.as_slice()) {
            ("POST", ["payment_intents"]) => (Self::CreateIntent, "POST /v1/payment_intents"),
            ("GET", ["payment_intents"]) => (Self::ListIntents, "GET /v1/payment_intents"),
            ("GET", ["payment_intents", _]) => {
                (Self::GetIntent(id(1)), "GET /v1/payment_intents/{id}")
            }
            ("POST", ["payment_intents", _]) => {
                (Self::AmendIntent(id(1)), "POST /v1/payment_intents/{id}")
            }
            ("POST", ["payment_intents", _, "confirm"]) => {
                (Self::ConfirmIntent(id(1)), "POST /v1/payment_intents/{id}/confirm")
            }
            ("POST", ["payment_intents", _, "cancel"]) => {
                (Self::CancelIntent(id(1)), "POST /v1/payment_intents/{id}/cancel")
            }
            ("GET", ["charges"]) => (Self::ListCharges, "GET /v1/charges"),
            ("GET", ["charges", _]) => (Self::GetCharge(id(1)), "GET /v1/charges/{id}"),
            ("GET", ["balance_transactions", _]) => {
                (Self::GetTransaction(id(1)), "GET /v1/balance_transactions/{id}")
            }
            ("POST", ["refunds"]) => (Self::CreateRefund, "POST /v1/refunds"),
            ("GET", ["refunds"]) => (Self::ListRefunds, "GET /v1/refunds"),
            ("GET", ["refunds", _]) => (Self::GetRefund(id(1)), "GET /v1/refunds/{id}"),
            ("GET", ["events"]) => (Self::ListEvents, "GET /v1/events"),
            ("GET", ["events", _]) => (Self::GetEvent(id(1)), "GET /v1/events/{id}"),
            _ => return None,
        })
    }

    /// Returns whether a publishable key may call it, with the client secret.
    pub(crate) fn is_public(&self) -> bool {
        matches!(self, Self::GetIntent(_) | Self::ConfirmIntent(_))
    }
}
