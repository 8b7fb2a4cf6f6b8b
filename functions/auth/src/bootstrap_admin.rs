//! The job `bootstrap-admin`: an operator invokes it, once, with `{"email": …, "password": …}`.

use builder_core::commit::Commit;
use builder_core::error::Error;
use builder_core::id::UserId;
use builder_core::users::password::{self, PasswordHash};
use builder_core::users::strength::Strength;
use builder_core::users::{EmailAddress, User, store};
use builder_runtime::{Fault, Function, Job, Work};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{ATTEMPTS, input};

/// What the first admin is called until it changes its name.
const NAME: &str = "Administrator";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Admin {
    email: String,
    password: SecretString,
}

/// The job.
#[must_use]
pub fn function() -> Function {
    Job::task("bootstrap-admin", bootstrap_admin).into()
}

async fn bootstrap_admin(work: Work, payload: Value) -> Result<Value, Fault> {
    // The parser's own message could quote the password.
    let admin: Admin = serde_json::from_value(payload).map_err(|_| r#"the payload must be {"email": "…", "password": "…"}"#)?;
    let email = EmailAddress::parse(&admin.email).map_err(|detail| format!("email {detail}"))?;
    password::check(&admin.password).map_err(|detail| format!("password {detail}"))?;
    Strength::from_env(work.env())?.check(&admin.password, &[email.as_str()]).map_err(|reasons| format!("password {reasons}"))?;
    if store::is_bootstrapped(work.table()).await? {
        return Err(store::already_bootstrapped().into());
    }
    let hash = input::passwords(work.app())?.hash(&admin.password).await?;
    for _ in 0..ATTEMPTS {
        match attempt(&work, &email, &hash).await {
            Err(Error::Stale) => {}
            Err(error) => return Err(error.into()),
            Ok(id) => return Ok(json!({ "userId": id })),
        }
    }
    Err(Error::Stale.into())
}

async fn attempt(work: &Work, email: &EmailAddress, hash: &PasswordHash) -> builder_core::Result<UserId> {
    if store::find_by_email(work.table(), email).await?.is_some() {
        return Err(Error::refused(
            "address-taken",
            "There is an account with this address already: choose another for the admin.",
        ));
    }
    let mut commit = Commit::new(&work.context());
    let id = UserId::new(work.now());
    store::create(&mut commit, email, &User::bootstrap(id, email, NAME, work.now()), Some(hash))?;
    store::claim_bootstrap(&mut commit, id);
    commit.send(work.table()).await?;
    Ok(id)
}
