//! The last step of every sign-in: starts a session, or requests a code of the second factor.

use builder_core::settings::Settings;
use builder_identity::account::deletions;
use builder_identity::account::known_networks::{self, Seen};
use builder_identity::account::network::masked;
use builder_identity::account::store::{self, Account};
use builder_identity::account::user::UserEvent;
use builder_identity::id::SessionId;
use builder_identity::keys::{ADMINS, DELETION, SETTINGS, USER};
use builder_identity::second_factor::challenge::{self, Binding, Challenge, Credential};
use builder_identity::second_factor::factors;
use builder_identity::sessions;
use builder_identity::sessions::session::{Session, SessionEvent};
use builder_runtime::{Call, Resources};
use builder_store::commit::Commit;
use builder_store::error::{Error, Result};
use serde::Serialize;
use utoipa::ToSchema;

use crate::tokens::{Issuer, Tokens};

/// The maximum number of characters of the `User-Agent` that are stored.
const MAX_DEVICE: usize = 256;

/// The result of a sign-in.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum SignIn {
    /// A session was started.
    Tokens(Tokens),
    /// A code of the second factor is required.
    Challenge(SecondFactorRequired),
}

impl SignIn {
    /// Returns the cookies to set.
    pub(crate) fn cookies(&self) -> &[String] {
        match self {
            Self::Tokens(tokens) => tokens.cookies(),
            Self::Challenge(_) => &[],
        }
    }
}

/// The account has a second factor. Send a code of it with this challenge to
/// `/api/v1/auth/login/second-factor`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SecondFactorRequired {
    /// Always true.
    #[schema(example = true)]
    second_factor_required: bool,
    /// The challenge to send with the code.
    #[schema(example = "ch_AZNKXHsAcACAAAAAAAAAAQAAAAAAAAADAAAAAGkg")]
    challenge: String,
    /// Seconds until it expires.
    #[schema(example = 300)]
    expires_in: i64,
}

/// Returns the resources that every way to sign in needs.
pub(crate) fn resources() -> Resources {
    Issuer::resources()
        .get([SETTINGS, USER])
        .batch_get([USER])
        .query([USER])
        .check([USER])
        .put([USER])
        .delete([USER])
        // A scheduled deletion is cancelled, and an admin counts again.
        .delete([DELETION])
        .update([ADMINS])
}

/// Adds the result of the first step of a sign-in to `commit`: a session or a challenge. The
/// account is active, and `credential` is what the first step was taken with.
pub(crate) async fn admit(
    call: &Call,
    issuer: &Issuer,
    account: &Account,
    credential: Credential<'_>,
    commit: &mut Commit,
) -> Result<SignIn> {
    if account.user.state.second_factor {
        return challenge(call, issuer, account, credential).await;
    }
    Ok(SignIn::Tokens(start(call, issuer, account, commit).await?))
}

/// As [`admit`], in a commit that creates or changes the account; `account` is its new state.
pub(crate) async fn admit_with_change(
    call: &Call,
    issuer: &Issuer,
    account: &Account,
    credential: Credential<'_>,
    commit: &mut Commit,
) -> Result<SignIn> {
    if account.user.state.second_factor {
        return challenge(call, issuer, account, credential).await;
    }
    let session = sessions::start_with_change(commit, account, &begin(call, account).await?)?;
    Ok(SignIn::Tokens(issuer.issue(call, &account.user.state, &session.state)?))
}

/// Adds a new session of an account to `commit`, and returns its tokens. A scheduled deletion of
/// the account is cancelled.
pub(crate) async fn start(
    call: &Call,
    issuer: &Issuer,
    account: &Account,
    commit: &mut Commit,
) -> Result<Tokens> {
    let events = begin(call, account).await?;
    let mut changes = deletions::cancel(commit, &account.user.state);
    changes.extend(new_network(call, account, commit).await?);
    let session = if changes.is_empty() {
        sessions::start(commit, account, &events)?
    } else {
        store::change(commit, account, &changes)?;
        sessions::start_with_change(commit, account, &events)?
    };
    sessions::forget_old(call.table(), commit, account.user.state.id, call.now()).await?;
    issuer.issue(call, &account.user.state, &session.state)
}

/// Returns the event that notifies the owner of a sign-in from a new network. The first network of
/// an account is the owner's and causes no event.
async fn new_network(
    call: &Call,
    account: &Account,
    commit: &mut Commit,
) -> Result<Vec<UserEvent>> {
    let user = &account.user.state;
    Ok(match known_networks::note(call.table(), commit, user.id, &masked(call.address())).await? {
        Seen::New => user.notice_new_network(call.address(), call.now()),
        Seen::First | Seen::Before => Vec::new(),
    })
}

async fn begin(call: &Call, account: &Account) -> Result<Vec<SessionEvent>> {
    let longest = call.cached::<Settings>().await?.state.document.security.session_life();
    let device =
        call.header("user-agent").map(|device| device.chars().take(MAX_DEVICE).collect::<String>());
    Session::start(
        SessionId::new(call.now()),
        &account.user.state,
        device.as_deref(),
        call.address(),
        longest,
        call.now(),
    )
}

async fn challenge(
    call: &Call,
    issuer: &Issuer,
    account: &Account,
    credential: Credential<'_>,
) -> Result<SignIn> {
    let user = &account.user.state;
    // A missing factor means that the account has changed since it was read.
    let kept = factors::find(call.table(), user.id).await?.ok_or(Error::VersionConflict)?;
    let challenge =
        Challenge { user: user.id, binding: Binding::of(user.epoch, credential, &kept.factor) };
    Ok(SignIn::Challenge(SecondFactorRequired {
        second_factor_required: true,
        challenge: challenge.issue(issuer.secret().current(), call.now())?,
        expires_in: challenge::LIFE,
    }))
}
