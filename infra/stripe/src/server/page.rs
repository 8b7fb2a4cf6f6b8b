//! Pages for customers: the authentication that a bank would require, and receipts.

use std::sync::Arc;

use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};

use super::Answered;
use super::answer::{text, whole};
use crate::currency::show;
use crate::execute::{pretty, with_call};
use crate::machine::{authenticate, challenged};
use crate::objects::intent::{Intent, Status};
use crate::request::params::Params;
use crate::state::State;

const HTML: &str = "text/html; charset=utf-8";
const GONE: &str = "Nothing waits for this authentication: it has ended, or the payment was \
     cancelled or confirmed again.\n";

/// `GET` and `POST /3ds/{id}`. The form's field is `outcome`: `complete` or `fail`.
pub(super) fn authentication(state: &Arc<State>, parts: &Parts, body: &[u8]) -> Answered {
    let id = parts.uri.path().trim_start_matches("/3ds/");
    match parts.method {
        Method::GET => page(state, id),
        Method::POST => {
            let outcome = Params::parse(body)
                .and_then(|mut params| params.one_of("outcome", &["complete", "fail"]));
            let Ok(Some(outcome)) = outcome else {
                return text(StatusCode::BAD_REQUEST, "Post outcome=complete or outcome=fail.\n");
            };
            end(state, parts, id, outcome == "complete")
        }
        _ => text(StatusCode::METHOD_NOT_ALLOWED, "Only GET and POST.\n"),
    }
}

fn page(state: &Arc<State>, id: &str) -> Answered {
    let mut desk = state.desk();
    let (found, _) = with_call(state, &mut desk, None, false, |call| challenged(call, id).cloned());
    let Some(intent) = found else { return text(StatusCode::NOT_FOUND, GONE) };
    let amount = escaped(&show(intent.amount, &intent.currency));
    let what = escaped(intent.description.as_deref().unwrap_or(&intent.id));
    whole(
        StatusCode::OK,
        HTML,
        format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>3D Secure test \
             page</title><body style=\"font-family:sans-serif;margin:4em \
             auto;max-width:30em\"><h1>3D Secure test page</h1><p>{what}: {amount}. No bank is \
             asked: choose what it would have said.</p><form method=\"post\"><button \
             name=\"outcome\" value=\"complete\">Complete</button> <button name=\"outcome\" \
             value=\"fail\">Fail</button></form></body></html>"
        ),
    )
}

/// Ends an authentication, and redirects the customer to the shop.
fn end(state: &Arc<State>, parts: &Parts, id: &str, passed: bool) -> Answered {
    let mut desk = state.desk();
    let (outcome, change) =
        with_call(state, &mut desk, None, false, |call| authenticate(call, id, passed));
    let Ok((before, after)) = outcome else { return text(StatusCode::NOT_FOUND, GONE) };
    if let Err(error) = state.commit(&mut desk, change) {
        tracing::error!(%error, "cannot write the journal");
        return text(StatusCode::INTERNAL_SERVER_ERROR, "This could not be written down.\n");
    }
    let accepts = parts
        .headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .unwrap_or_default();
    if accepts.contains("application/json") {
        return whole(
            StatusCode::OK,
            "application/json",
            pretty(&serde_json::json!({"id": after.id, "status": after.status})),
        );
    }
    match before.challenge.and_then(|challenge| challenge.return_url) {
        Some(url) => back(&url, &after),
        None => text(
            StatusCode::OK,
            format!("The payment's status is now {}.\n", after.status.as_str()),
        ),
    }
}

/// Redirects to the shop, with the parameters that Stripe adds to the URL (docs page "Accept a
/// payment", "Handle post-payment events").
fn back(url: &str, intent: &Intent) -> Answered {
    let outcome = match intent.status {
        Status::Succeeded => "succeeded",
        Status::Processing => "pending",
        _ => "failed",
    };
    let separator = if url.contains('?') { '&' } else { '?' };
    let secret = &intent.client_secret;
    let address = format!(
        "{url}{separator}payment_intent={}&payment_intent_client_secret={secret}&redirect_status={outcome}",
        intent.id
    );
    let Ok(address) = HeaderValue::from_str(&address) else {
        return text(
            StatusCode::OK,
            format!("The payment's status is now {}.\n", intent.status.as_str()),
        );
    };
    let mut response = text(StatusCode::SEE_OTHER, "");
    response.headers_mut().insert(header::LOCATION, address);
    response
}

/// `GET /receipts/{charge}`.
pub(super) fn receipt(state: &Arc<State>, path: &str) -> Answered {
    let desk = state.desk();
    let charge = desk.books.charges.get(path.trim_start_matches("/receipts/"));
    match charge.filter(|charge| charge.failure.is_none()) {
        Some(charge) => {
            let (paid, refunded) = (
                show(charge.amount, &charge.currency),
                show(charge.amount_refunded, &charge.currency),
            );
            text(
                StatusCode::OK,
                format!("Receipt of {}: {paid} paid, {refunded} refunded.\n", charge.id),
            )
        }
        None => text(StatusCode::NOT_FOUND, "There is no such receipt.\n"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn values_of_the_shop_are_escaped() {
        assert_eq!(escaped("<b a='1'>&\"</b>"), "&lt;b a=&#39;1&#39;&gt;&amp;&quot;&lt;/b&gt;");
    }
}
