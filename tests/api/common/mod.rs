//! The common behaviour of all routes.

mod access;
mod cors;
mod edge;
mod headers;
mod idempotency;
mod limits;
mod links;
mod log;
mod odd_events;
mod paging;
mod sample_events;
mod validation;

use builder_runtime::Route;

/// Returns a path of a route, with IDs that don't exist.
pub(crate) fn sample_path(route: &Route) -> String {
    let id = match route.path.split('/').nth(3) {
        Some("orders") => "ord_01h455vb4pex5vsknk084sn02q",
        Some("products") => "prd_01h455vb4pex5vsknk084sn02q",
        Some("api-keys") => "key_01h455vb4pex5vsknk084sn02q",
        Some("sessions") => "ses_01h455vb4pex5vsknk084sn02q",
        Some("invoices") => "inv_01h455vb4pex5vsknk084sn02q",
        Some("payments") => "pay_01h455vb4pex5vsknk084sn02q",
        Some("refunds") => "rfd_01h455vb4pex5vsknk084sn02q",
        Some("users") => "usr_01h455vb4pex5vsknk084sn02q",
        _ => "something",
    };
    ["{id}", "{keyId}", "{asset}", "{kind}", "{provider}"]
        .iter()
        .fold(route.path.to_owned(), |path, parameter| path.replace(parameter, id))
}
