//! The read-only routes.

use serde_json::Value;

use super::list::{self, Page};
use crate::error::ApiError;
use crate::machine::{Call, visible_intent};
use crate::request::params::Params;
use crate::request::route::Route;

/// Returns the object or list of a route.
pub(crate) fn read(
    call: &Call<'_>,
    route: Route,
    path: &str,
    mut params: Params,
) -> Result<Value, ApiError> {
    let (books, origin, now) = (call.books, call.origin, call.now());
    match route {
        Route::GetIntent(id) => visible_intent(call, &id, params),
        Route::GetCharge(id) => {
            params.finish()?;
            books
                .charges
                .get(&id)
                .map(|row| call.show_charge(row))
                .ok_or_else(|| ApiError::no_such("charge", &id, "id"))
        }
        Route::GetRefund(id) => {
            params.finish()?;
            books
                .refunds
                .get(&id)
                .map(|row| row.json())
                .ok_or_else(|| ApiError::no_such("refund", &id, "id"))
        }
        Route::GetTransaction(id) => {
            params.finish()?;
            books
                .transactions
                .get(&id)
                .map(|row| row.json(now))
                .ok_or_else(|| ApiError::no_such("balance_transaction", &id, "id"))
        }
        Route::GetEvent(id) => {
            params.finish()?;
            books
                .events
                .get(&id)
                .map(|row| row.json())
                .ok_or_else(|| ApiError::no_such("event", &id, "id"))
        }
        Route::ListIntents => {
            let page = Page::take(&mut params)?;
            params.finish()?;
            let (rows, more) = page.of(&books.intents, "payment_intent", |_| true)?;
            Ok(list::json(path, rows.into_iter().map(|row| row.json(origin)).collect(), more))
        }
        Route::ListCharges => {
            let page = Page::take(&mut params)?;
            let intent = params.text("payment_intent")?;
            params.finish()?;
            let (rows, more) = page.of(&books.charges, "charge", |row| {
                intent.as_ref().is_none_or(|id| row.payment_intent == *id)
            })?;
            Ok(list::json(path, rows.into_iter().map(|row| call.show_charge(row)).collect(), more))
        }
        Route::ListRefunds => {
            let page = Page::take(&mut params)?;
            let (intent, charge) = (params.text("payment_intent")?, params.text("charge")?);
            params.finish()?;
            let (rows, more) = page.of(&books.refunds, "refund", |row| {
                intent.as_ref().is_none_or(|id| row.payment_intent == *id)
                    && charge.as_ref().is_none_or(|id| row.charge == *id)
            })?;
            Ok(list::json(path, rows.into_iter().map(|row| row.json()).collect(), more))
        }
        Route::ListEvents => {
            let page = Page::take(&mut params)?;
            let kinds = params.texts("types")?.or(params.text("type")?.map(|kind| vec![kind]));
            params.finish()?;
            let (rows, more) = page.of(&books.events, "event", |row| {
                kinds.as_ref().is_none_or(|kinds| is_one_of(&row.kind, kinds))
            })?;
            Ok(list::json(path, rows.into_iter().map(|row| row.json()).collect(), more))
        }
        // Every other route changes an object.
        _ => Err(ApiError::internal(false)),
    }
}

/// Returns whether a type of event is among these. `charge.*` matches all with this prefix.
fn is_one_of(kind: &str, wanted: &[String]) -> bool {
    wanted.iter().any(|wanted| match wanted.strip_suffix('*') {
        Some(start) => kind.starts_with(start),
        None => kind == wanted,
    })
}
