//! `expand[]` (API reference, "Expanding responses"): objects instead of their IDs.

use serde_json::Value;

use crate::error::ApiError;
use crate::machine::Call;
use crate::objects::Record;
use crate::request::params::Params;

/// The maximum depth of expansions.
const DEPTH: usize = 4;

/// Takes `expand[]`.
pub(crate) fn take(params: &mut Params) -> Result<Vec<String>, ApiError> {
    Ok(params.texts("expand")?.unwrap_or_default())
}

/// Expands the requested properties.
///
/// # Errors
/// If a property can't be expanded.
pub(crate) fn expand(call: &Call<'_>, body: &mut Value, paths: &[String]) -> Result<(), ApiError> {
    for path in paths {
        let names: Vec<&str> = path.split('.').collect();
        // `data.` of a list doesn't count.
        if names.len() > DEPTH + 1 {
            let message = format!(
                "You cannot expand more than {DEPTH} levels of a property. Property: {path}"
            );
            return Err(ApiError::invalid(message)
                .code("property_expansion_max_depth")
                .param("expand"));
        }
        walk(call, body, &names).map_err(|name| {
            ApiError::invalid(format!("This property cannot be expanded ({name}).")).param("expand")
        })?;
    }
    Ok(())
}

/// Expands along a path; the error is the name that can't be expanded.
fn walk(call: &Call<'_>, value: &mut Value, path: &[&str]) -> Result<(), String> {
    let Some((name, rest)) = path.split_first() else { return Ok(()) };
    let kind = value["object"].as_str().unwrap_or_default().to_owned();
    let field = value.get_mut(*name).ok_or_else(|| (*name).to_owned())?;
    if kind == "list" && *name == "data" && !rest.is_empty() {
        return field
            .as_array_mut()
            .into_iter()
            .flatten()
            .try_for_each(|element| walk(call, element, rest));
    }
    if !expandable(&kind).contains(name) {
        return Err((*name).to_owned());
    }
    if let Some(object) = field.as_str().and_then(|id| find(call, id)) {
        *field = object;
    }
    if field.is_object() { walk(call, field, rest) } else { Ok(()) }
}

/// Returns the properties of an object that are IDs of others.
fn expandable(kind: &str) -> &'static [&'static str] {
    match kind {
        "payment_intent" => &["latest_charge", "payment_method"],
        "charge" => &["balance_transaction", "payment_intent"],
        "refund" => {
            &["balance_transaction", "charge", "failure_balance_transaction", "payment_intent"]
        }
        "balance_transaction" => &["source"],
        _ => &[],
    }
}

/// Finds any object by its ID, in its state after the call.
fn find(call: &Call<'_>, id: &str) -> Option<Value> {
    fn newest<'a, T: Record>(changed: &'a [T], kept: Option<&'a T>, id: &str) -> Option<&'a T> {
        changed.iter().find(|row| row.id() == id).or(kept)
    }
    let (books, change, now) = (call.books, &call.change, call.now());
    match id.split('_').next()? {
        "pi" => newest(&change.intents, books.intents.get(id), id).map(|row| row.json(call.origin)),
        "pm" => newest(&change.methods, books.methods.get(id), id).map(|row| row.json()),
        "ch" => newest(&change.charges, books.charges.get(id), id).map(|row| call.show_charge(row)),
        "re" => newest(&change.refunds, books.refunds.get(id), id).map(|row| row.json()),
        "txn" => {
            newest(&change.transactions, books.transactions.get(id), id).map(|row| row.json(now))
        }
        _ => None,
    }
}
