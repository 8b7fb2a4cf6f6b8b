//! Letters about changes of the e-mail address.

use builder_identity::account::user::Status;
use builder_identity::account::{addresses, store};
use builder_identity::email::EmailAddress;
use builder_identity::mailed_links::email_change::ConfirmToken;
use builder_runtime::Work;
use builder_store::error::Fault;
use builder_store::id::UserId;
use serde_json::json;

use crate::letter::{Letter, link};

/// Returns the letter to the new address of an account: with the confirmation link or, if another
/// account has the address, with a notice. This is decided here, so that the response to the
/// request doesn't reveal it.
pub(crate) async fn requested(work: &Work, to: &str, token: &str) -> Result<Letter, Fault> {
    let asking = ConfirmToken::parse(token).map(|token| token.user());
    let (template, link) = if is_taken(work, to, asking).await? {
        ("address-in-use", None)
    } else {
        ("confirm-email-change", Some(link(work, "confirm-email-change", token)?))
    };
    let content = json!({ "name": null, "link": link, "provider": null });
    Ok(Letter { to: to.to_owned(), template, content, enclosed: None })
}

/// Returns whether the address is verified for another account than the requesting one.
async fn is_taken(work: &Work, email: &str, asking: Option<UserId>) -> Result<bool, Fault> {
    let (Some(holder), Ok(address)) =
        (addresses::holder(work.table(), email).await?, EmailAddress::parse(email))
    else {
        return Ok(false);
    };
    let Some(account) = store::load(work.table(), holder).await? else { return Ok(false) };
    let user = &account.user.state;
    let is_known_by_it = user.email == email && user.status != Status::Pending;
    // The requesting account may return to an address that it had before.
    let is_anothers = asking != Some(holder) && user.may_go_back_to(&address, work.now());
    Ok(is_known_by_it || is_anothers)
}
