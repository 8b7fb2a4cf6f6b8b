//! Letters about another e-mail address.

use builder_core::error::Fault;
use builder_core::users::{EmailAddress, Status, addresses, store};
use builder_runtime::Work;
use serde_json::json;

use crate::letter::{Letter, link};

/// The letter to an address that somebody wants for an account: with the link that proves it, or, if it has an account already, a notice.
/// Which of the two is decided here, so that the one who asks can't tell.
pub(crate) async fn requested(work: &Work, to: &str, token: &str) -> Result<Letter, Fault> {
    let (template, link) = if is_taken(work, to).await? {
        ("address-in-use", None)
    } else {
        ("confirm-email-change", Some(link(work, "confirm-email-change", token)?))
    };
    let content = json!({ "name": null, "link": link, "provider": null });
    Ok(Letter { to: to.to_owned(), template, content, enclosed: None })
}

/// Whether somebody has proven the address to be theirs.
async fn is_taken(work: &Work, email: &str) -> Result<bool, Fault> {
    let (Some(holder), Ok(address)) = (addresses::holder(work.table(), email).await?, EmailAddress::parse(email)) else {
        return Ok(false);
    };
    let Some(account) = store::load(work.table(), holder).await? else { return Ok(false) };
    let user = &account.user.state;
    let is_known_by_it = user.email == email && user.status != Status::Pending;
    Ok(is_known_by_it || user.may_go_back_to(&address, work.now()))
}
