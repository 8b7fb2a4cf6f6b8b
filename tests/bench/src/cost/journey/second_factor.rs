//! The second factor.

use anyhow::{Context as _, Result};
use builder_tests::{Answer, Authenticator, PASSWORD, User};
use serde_json::json;

use crate::cost::Bill;

/// Enables the second factor, signs in with it and disables it; then enables it again, so that an
/// admin can remove it.
pub(super) async fn use_and_lose(bill: &mut Bill, user: &User, admin: &User) -> Result<()> {
    let codes = set_up(bill, user).await?;
    let (visitor, credentials) =
        (user.signed_out(), json!({ "email": user.email, "password": PASSWORD }));
    let challenge =
        visitor.post("/api/v1/auth/login", &credentials).await.expect(200).text("challenge");
    let [first, second, ..] = codes.as_slice() else { anyhow::bail!("there are no backup codes") };
    bill.tell(
        &visitor,
        "login-second-factor",
        "",
        &json!({ "challenge": challenge, "code": first }),
    )
    .await?;
    bill.ask(user, "get-second-factor", "").await?;
    let renewed =
        codes_in(bill.tell(user, "renew-backup-codes", "", &json!({ "code": second })).await?)?;
    bill.tell(user, "disable-second-factor", "", &json!({ "code": renewed.first() })).await?;
    set_up(bill, user).await?;
    bill.ask(admin, "remove-second-factor", &user.id().await).await?;
    Ok(())
}

async fn set_up(bill: &mut Bill, user: &User) -> Result<Vec<String>> {
    let app = Authenticator::of(&bill.ask(user, "enrol-second-factor", "").await?.text("secret"));
    let code = app.code(&bill.stack);
    codes_in(bill.tell(user, "confirm-second-factor", "", &json!({ "code": code })).await?)
}

fn codes_in(answer: Answer) -> Result<Vec<String>> {
    serde_json::from_value(answer.data()["backupCodes"].take()).context("there are no backup codes")
}
