//! Who is told what of an event.

use builder_core::aggregate::{Aggregate as _, Versioned};
use builder_core::error::Fault;
use builder_core::event::Envelope;
use builder_core::invoices::File;
use builder_core::keys;
use builder_core::orders::Order;
use builder_core::users::store::Account;
use builder_core::users::{User, UserEvent};
use builder_core::{Error, commit};
use builder_runtime::Work;
use serde_json::{Value, json};

use crate::invoice;
use crate::people::People;

/// A mail before it is written: the recipient, the template, and what goes into it.
pub(crate) struct Letter {
    pub to: String,
    pub template: &'static str,
    pub content: Value,
    /// The file that comes with it, if one does.
    pub enclosed: Option<Enclosed>,
}

/// A document's file, to be sent under this name.
pub(crate) struct Enclosed {
    pub name: String,
    pub file: File,
}

/// The letter of an event, if there is somebody to tell. An erased person can't be told anything any more.
pub(crate) async fn for_event(work: &Work, event: &Envelope, people: &People) -> Result<Option<Letter>, Fault> {
    let Some(owner) = people.owner(event) else { return Ok(None) };
    match event.aggregate.as_str() {
        "user" => of_account(work, event, owner),
        "order" => of_order(work, event, owner).await,
        "invoice" => invoice::letter(work, event).await,
        _ => Ok(None),
    }
}

fn of_account(work: &Work, event: &Envelope, account: &Account) -> Result<Option<Letter>, Fault> {
    let mut provider = None;
    let (template, email, link) = match commit::reopen::<User>(event, Some(&account.key))? {
        UserEvent::Registered { email, verification_token, .. }
        | UserEvent::VerificationRequested { email, verification_token, .. } => {
            let Some(token) = verification_token.reveal() else { return Ok(None) };
            ("verify-email", email, Some(link(work, "verify-email", token)?))
        }
        UserEvent::PasswordResetRequested { email, reset_token, .. } => {
            let Some(token) = reset_token.reveal() else { return Ok(None) };
            ("reset-password", email, Some(link(work, "reset-password", token)?))
        }
        UserEvent::RegistrationRepeated { email, reset_token, .. } => {
            let Some(token) = reset_token.reveal() else { return Ok(None) };
            ("registration-repeated", email, Some(link(work, "reset-password", token)?))
        }
        UserEvent::PasswordReset { email, .. } | UserEvent::PasswordChanged { email, .. } => ("password-changed", email, None),
        UserEvent::ApiKeyCreated { email, .. } => ("api-key-created", email, None),
        UserEvent::SecondFactorEnabled { email, .. } => ("second-factor-enabled", email, None),
        UserEvent::SecondFactorDisabled { email, .. } => ("second-factor-disabled", email, None),
        UserEvent::BackupCodesRenewed { email, .. } => ("backup-codes-renewed", email, None),
        UserEvent::IdentityLinked { email, provider: name, .. } => {
            provider = Some(name);
            ("identity-linked", email, None)
        }
        UserEvent::IdentityUnlinked { email, provider: name, .. } => {
            provider = Some(name);
            ("identity-unlinked", email, None)
        }
        _ => return Ok(None),
    };
    let Some(to) = email.reveal() else { return Ok(None) };
    // No name: whoever registered chose it, and the address may be somebody else's. A stranger must not get us to deliver his words.
    let content = json!({ "name": null, "link": link, "provider": provider });
    Ok(Some(Letter { to: to.to_owned(), template, content, enclosed: None }))
}

async fn of_order(work: &Work, event: &Envelope, account: &Account) -> Result<Option<Letter>, Fault> {
    let template = match event.kind.as_str() {
        "order.placed" => "order-placed",
        "order.cancelled" => "order-cancelled",
        "order.expired" => "order-expired",
        _ => return Ok(None),
    };
    let order = match Order::apply(None, &commit::reopen::<Order>(event, None)?) {
        // Its first event says all of it.
        Some(order) => order,
        None => {
            let order: Option<Versioned<Order>> = work.table().load(&keys::state("order", &event.aggregate_id)).await?;
            order.ok_or_else(|| Error::internal("an event's order is missing"))?.state
        }
    };
    let user = &account.user.state;
    if user.email.is_empty() {
        return Ok(None);
    }
    Ok(Some(Letter { to: user.email.clone(), template, content: json!({ "name": user.name, "order": order }), enclosed: None }))
}

/// A link into the application, with the token in its query.
fn link(work: &Work, page: &str, token: &str) -> Result<String, Fault> {
    let base = work.env().require("APP_URL")?.trim_end_matches('/');
    Ok(url::Url::parse_with_params(&format!("{base}/{page}"), [("token", token)])?.into())
}
