//! The job `bootstrap-admin`: creates the first admin. An operator invokes it once with
//! `{"email": …}`. A link to choose a password is sent to that address.
//!
//! If no e-mail can be sent yet, the payload can also contain the `password`.
//!
//! With `{"email": …, "removeSecondFactor": true}` it removes the second factor of an admin who has
//! lost it and whom no other admin can help. The admin is notified by e-mail.

use builder_identity::account::store;
use builder_identity::account::user::User;
use builder_identity::email::EmailAddress;
use builder_identity::keys::{ADMINS, GUARD, UNIQUE_BOOTSTRAP, UNIQUE_EMAIL, USER};
use builder_identity::mailed_links::password_reset::ResetToken;
use builder_identity::password::strength::Strength;
use builder_identity::password::{self, PasswordHash};
use builder_identity::role::Role;
use builder_identity::second_factor::factors;
use builder_runtime::{Fault, Function, Job, Resources, Trigger, Work, retry_on_conflict};
use builder_store::commit::Commit;
use builder_store::error::Error;
use builder_store::id::UserId;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::input;

/// The first admin's name until it is changed.
const NAME: &str = "Administrator";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Admin {
    email: String,
    password: Option<SecretString>,
    #[serde(default)]
    remove_second_factor: bool,
}

/// Returns the job.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Job::task("bootstrap-admin", Trigger::Operator, bootstrap_admin),
        Resources::new()
            .whole_processor()
            .variables(["PASSWORD_COST", "PASSWORD_SCORE"])
            .get([UNIQUE_BOOTSTRAP, UNIQUE_EMAIL, USER])
            .batch_get([USER])
            .put([ADMINS, UNIQUE_BOOTSTRAP, UNIQUE_EMAIL, USER])
            .delete([GUARD, USER]),
    )
}

async fn bootstrap_admin(work: Work, payload: Value) -> Result<Value, Fault> {
    // The parser's own message could quote the password.
    let admin: Admin = serde_json::from_value(payload).map_err(|_| {
        "the payload must be {\"email\": \"…\"}, optionally with \"password\": \"…\" or \
         \"removeSecondFactor\": true"
    })?;
    let email = EmailAddress::parse(&admin.email).map_err(|detail| format!("email {detail}"))?;
    if admin.remove_second_factor {
        if admin.password.is_some() {
            return Err("removeSecondFactor can't be combined with password: leave one out".into());
        }
        let id = retry_on_conflict(|| remove_second_factor(&work, &email)).await?;
        return Ok(json!({ "userId": id }));
    }
    if let Some(password) = &admin.password {
        password::check(password).map_err(|detail| format!("password {detail}"))?;
        Strength::from_env(work.env())?
            .check(password, &[email.as_str()])
            .map_err(|reasons| format!("password {reasons}"))?;
    }
    if store::is_bootstrapped(work.table()).await? {
        return Err(store::already_bootstrapped().into());
    }
    let hash = match &admin.password {
        Some(password) => Some(input::passwords(work.app())?.hash(password).await?),
        None => None,
    };
    let id = retry_on_conflict(|| attempt(&work, &email, hash.as_ref())).await?;
    Ok(json!({ "userId": id }))
}

async fn remove_second_factor(work: &Work, email: &EmailAddress) -> builder_store::Result<UserId> {
    let found = store::find_by_email(work.table(), email).await?;
    let account = found
        .map(|found| found.account)
        .filter(|account| account.user.state.role == Role::Admin)
        .ok_or_else(|| Error::refused("no-admin", "There is no admin with this address."))?;
    let id = account.user.state.id;
    let events = account.user.state.disable_second_factor(work.now());
    if events.is_empty() {
        return Err(Error::refused("no-second-factor", "This admin has no second factor."));
    }
    let mut commit = Commit::new(&work.context());
    store::change(&mut commit, &account, &events)?;
    if let Some(factor) = factors::find(work.table(), id).await? {
        factors::remove(&mut commit, id, &factor);
    }
    commit.send(work.table()).await?;
    Ok(id)
}

async fn attempt(
    work: &Work,
    email: &EmailAddress,
    hash: Option<&PasswordHash>,
) -> builder_store::Result<UserId> {
    if store::find_by_email(work.table(), email).await?.is_some() {
        return Err(Error::refused(
            "address-taken",
            "There is already an account with this address. Choose another one for the admin.",
        ));
    }
    let mut commit = Commit::new(&work.context());
    let id = UserId::new(work.now());
    let token = if hash.is_none() { Some(ResetToken::generate(id)?) } else { None };
    store::create(
        &mut commit,
        email,
        &User::bootstrap(id, email, NAME, token.as_ref(), work.now()),
        hash,
    )?;
    store::claim_bootstrap(&mut commit, id);
    commit.send(work.table()).await?;
    Ok(id)
}
