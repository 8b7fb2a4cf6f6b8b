//! `POST /api/v1/auth/oidc/{provider}/callback`

use builder_identity::account::store::{self, Account};
use builder_identity::account::user::{NewIdentity, Status, User};
use builder_identity::account::{deletions, identities};
use builder_identity::keys::{GUARD, UNIQUE_EMAIL, UNIQUE_IDENTITY};
use builder_identity::oidc::{Claims, Flow};
use builder_identity::second_factor::challenge::Credential;
use builder_runtime::{Access, Call, Function, Json, Reply, Result, Route, retry_on_conflict};
use builder_store::commit::Commit;
use builder_store::error::Error;
use builder_store::id::UserId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::oidc::{self, Callback};
use crate::refusals::{
    ACCOUNT_DISABLED, CROSS_SITE, EMAIL_NOT_VERIFIED, INVALID_FLOW, PROVIDER_UNAVAILABLE,
    SIGN_IN_REFUSED, account_disabled, email_not_verified,
};
use crate::sign_in::admission::{self, SignIn};
use crate::tokens::Issuer;

/// The result of a sign-in with a provider.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedInElsewhere {
    #[serde(flatten)]
    answer: SignIn,
    /// The page of the application to continue on, if the flow was started with a `returnTo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://shop.example.com/orders")]
    return_to: Option<String>,
}

/// Returns the route.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Route::post(
            "finish-oidc",
            "/api/v1/auth/oidc/{provider}/callback",
            Access::Public,
            finish_oidc,
        )
        .summary("Complete a sign-in with an OpenID provider")
        .description(
            "Starts a session and returns its tokens, or a challenge if the account has a second \
             factor. An account is created if the provider's verified address has none, or one \
             that is not verified yet.",
        )
        .ignores_idempotency_key()
        .validate_env(oidc::check)
        .error(
            UNLINKED,
            "The identity was unlinked from the account with this address. Sign in another way, \
             and link it again.",
        )
        .error(
            ADDRESS_RESERVED,
            "Another account had this address less than seven days ago. Sign in another way.",
        )
        .error(
            "provider-linked",
            "Another identity of this provider is linked to the account with this address.",
        )
        .error_with(
            401,
            INVALID_FLOW,
            "The flow belongs to another browser, was already used, or has expired. Start again.",
        )
        .error_with(401, SIGN_IN_REFUSED, "The provider did not confirm the sign-in. Start again.")
        .error_with(403, ACCOUNT_DISABLED, "The account is disabled. Ask an administrator.")
        .error_with(
            403,
            EMAIL_NOT_VERIFIED,
            "The identity isn't linked to an account, and the provider returned no verified e-mail \
             address.",
        )
        .error_with(
            403,
            CROSS_SITE,
            "With mode `cookie`: the request wasn't sent by a page of the application.",
        )
        .error_with(503, PROVIDER_UNAVAILABLE, "The provider is unavailable. Start again later.")
        .sets_cookies()
        .parameter("provider", "google"),
        oidc::resources_to_finish()
            .and(admission::resources())
            .get([UNIQUE_EMAIL, UNIQUE_IDENTITY])
            .put([UNIQUE_EMAIL, UNIQUE_IDENTITY])
            .delete([GUARD]),
    )
}

const UNLINKED: &str = "identity-unlinked";
const ADDRESS_RESERVED: &str = "address-reserved";

async fn finish_oidc(call: Call, Json(body): Json<Callback>) -> Result<Reply<SignedInElsewhere>> {
    let issuer = Issuer::prepare(&call, body.mode).await?;
    let (flow, claims) = oidc::finish(&call, &body, None).await?;
    let identity = oidc::identity(&flow.provider, &claims);
    let id = UserId::new(call.now());
    retry_on_conflict(|| attempt(&call, &issuer, &flow, &claims, &identity, id)).await
}

async fn attempt(
    call: &Call,
    issuer: &Issuer,
    flow: &Flow,
    claims: &Claims,
    identity: &NewIdentity,
    id: UserId,
) -> Result<Reply<SignedInElsewhere>> {
    let mut commit = Commit::new(&call.context());
    let credential = Credential::Identity { issuer: &identity.issuer, subject: &identity.subject };
    let answer = match identities::find(call.table(), &identity.issuer, &identity.subject).await? {
        // The identity decides; the e-mail address that the provider returns now doesn't matter.
        Some(account) if account.user.state.status == Status::Active => {
            admission::admit(call, issuer, &account, credential, &mut commit).await?
        }
        Some(_) => return Err(account_disabled()),
        None => {
            let account = first_time(call, &mut commit, claims, identity, id).await?;
            admission::admit_with_change(call, issuer, &account, credential, &mut commit).await?
        }
    };
    let cookies = answer.cookies().to_vec();
    let answer = SignedInElsewhere { answer, return_to: flow.return_to.clone() };
    Ok(call.commit(commit, Reply::ok(&answer)?.cookies(cookies)).await?)
}

/// Adds the account of an identity that isn't linked yet to `commit`: links the account with its
/// verified e-mail address, or creates one.
///
/// Linking doesn't require the second factor: every sign-in with the identity requires it.
async fn first_time(
    call: &Call,
    commit: &mut Commit,
    claims: &Claims,
    identity: &NewIdentity,
    id: UserId,
) -> Result<Account> {
    let Some(email) = &identity.email else { return Err(email_not_verified()) };
    let Some(store::Credentials { account, .. }) =
        store::find_by_email(call.table(), email).await?
    else {
        if store::is_reserved(call.table(), email, call.now()).await? {
            return Err(address_reserved().into());
        }
        let events = User::join(id, email, claims.name(), identity, call.now());
        return Ok(store::create(commit, email, &events, None)?);
    };
    let user = &account.user.state;
    let mut events = match user.status {
        // Nobody has verified this registration, so it is taken over; its verification links are
        // no longer valid.
        Status::Pending => User::join(user.id, email, claims.name(), identity, call.now()),
        Status::Active if user.has_unlinked(identity) => {
            return Err(Error::refused(
                UNLINKED,
                "This identity was unlinked from the account. Sign in another way, and link it \
                 again.",
            )
            .into());
        }
        Status::Active => user.link_identity(identity, call.now())?,
        Status::Disabled | Status::Erased => return Err(account_disabled()),
    };
    if !user.second_factor {
        // A session is started, which cancels a scheduled deletion.
        events.extend(deletions::cancel(commit, user));
    }
    let user = store::change(commit, &account, &events)?;
    Ok(Account { user, key: account.key })
}

/// Returns the error for an address that another account had before and can still return to.
fn address_reserved() -> Error {
    let detail = "Another account had this address until recently. It becomes available seven days \
                  after that account changed it. Sign in another way.";
    Error::refused(ADDRESS_RESERVED, detail)
}
