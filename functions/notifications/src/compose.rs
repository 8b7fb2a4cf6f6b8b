//! Composes the e-mail for an event.

use builder_core::orders::Order;
use builder_identity::account::store::Account;
use builder_identity::account::user::{User, UserEvent};
use builder_runtime::Work;
use builder_store::aggregate::{Aggregate as _, Versioned};
use builder_store::error::Fault;
use builder_store::event::Envelope;
use builder_store::personal::Personal;
use builder_store::{Error, commit, keys};
use jiff::Timestamp;
use serde_json::json;

use crate::letter::{Letter, link};
use crate::people::People;
use crate::{email_change, invoice};

/// Returns the letter for an event, if it causes one. Erased users get no e-mails.
pub(crate) async fn for_event(
    work: &Work,
    event: &Envelope,
    people: &People,
) -> Result<Option<Letter>, Fault> {
    let Some(owner) = people.owner(event) else { return Ok(None) };
    match event.aggregate.as_str() {
        "user" => of_account(work, event, owner).await,
        "session" => Ok(of_session(event, owner)),
        "order" => of_order(work, event, owner).await,
        "invoice" => invoice::letter(work, event).await,
        _ => Ok(None),
    }
}

async fn of_account(
    work: &Work,
    event: &Envelope,
    account: &Account,
) -> Result<Option<Letter>, Fault> {
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
        UserEvent::PasswordReset { email, .. } | UserEvent::PasswordChanged { email, .. } => {
            ("password-changed", email, None)
        }
        UserEvent::ApiKeyCreated { email, .. } => ("api-key-created", email, None),
        UserEvent::SecondFactorEnabled { email, .. } => ("second-factor-enabled", email, None),
        UserEvent::SecondFactorDisabled { email, .. } => ("second-factor-disabled", email, None),
        UserEvent::BackupCodesRenewed { email, .. } => ("backup-codes-renewed", email, None),
        UserEvent::EmailChangeRequested { new_email, change_token, .. } => {
            let (Some(to), Some(token)) = (new_email.reveal(), change_token.reveal()) else {
                return Ok(None);
            };
            return email_change::requested(work, to, token).await.map(Some);
        }
        UserEvent::EmailChanged { former_email, undo_token, .. } => {
            let Some(token) = undo_token.as_ref().and_then(Personal::reveal) else {
                return Ok(None);
            };
            ("email-changed", former_email, Some(link(work, "undo-email-change", token)?))
        }
        UserEvent::EmailChangeUndone { email, reset_token, .. } => {
            let Some(token) = reset_token.reveal() else { return Ok(None) };
            ("email-change-undone", email, Some(link(work, "reset-password", token)?))
        }
        UserEvent::SignedInFromNewNetwork { email, network, at, .. } => {
            return Ok(email.reveal().map(|to| of_sign_in(to, "new-network", &network, at)));
        }
        UserEvent::SecondFactorPaused { email, network, at } => {
            return Ok(email
                .reveal()
                .map(|to| of_sign_in(to, "second-factor-paused", &network, at)));
        }
        UserEvent::DeletionScheduled { email, .. } => ("deletion-scheduled", email, None),
        UserEvent::DeletionCancelled { email, .. } => ("deletion-cancelled", email, None),
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
    // Without the name: whoever registered chose it, and the address may belong to somebody else. A
    // stranger must not be able to send text of their own through us.
    let content = json!({ "name": null, "link": link, "provider": provider });
    Ok(Some(Letter { to: to.to_owned(), template, content, enclosed: None }))
}

fn of_sign_in(to: &str, template: &'static str, network: &str, at: Timestamp) -> Letter {
    let content = json!({ "name": null, "network": network, "at": at });
    Letter { to: to.to_owned(), template, content, enclosed: None }
}

/// Returns the letter for an event of a session, if it causes one.
fn of_session(event: &Envelope, account: &Account) -> Option<Letter> {
    let user = &account.user.state;
    let told = event.kind == "session.token_reused" && !user.email.is_empty();
    told.then(|| Letter {
        to: user.email.clone(),
        template: "token-reused",
        content: json!({ "name": null }),
        enclosed: None,
    })
}

async fn of_order(
    work: &Work,
    event: &Envelope,
    account: &Account,
) -> Result<Option<Letter>, Fault> {
    let template = match event.kind.as_str() {
        "order.placed" => "order-placed",
        "order.cancelled" => "order-cancelled",
        "order.expired" => "order-expired",
        _ => return Ok(None),
    };
    let order = match Order::apply(None, &commit::reopen::<Order>(event, None)?) {
        // The first event contains the whole order.
        Some(order) => order,
        None => {
            let order: Option<Versioned<Order>> =
                work.table().load(&keys::state("order", &event.aggregate_id)).await?;
            order.ok_or_else(|| Error::internal("the order of an event is missing"))?.state
        }
    };
    let user = &account.user.state;
    if user.email.is_empty() {
        return Ok(None);
    }
    Ok(Some(Letter {
        to: user.email.clone(),
        template,
        content: json!({ "name": user.name, "order": order }),
        enclosed: None,
    }))
}
