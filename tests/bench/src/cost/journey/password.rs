//! Passwords.

use anyhow::Result;
use builder_tests::User;
use serde_json::json;

use crate::cost::Bill;

const ANOTHER: &str = "another horse, another battery";
const THIRD: &str = "a third horse, a third battery";

/// Resets and changes the password. Returns the user, signed in again.
pub(super) async fn forget_and_change(bill: &mut Bill, user: &User) -> Result<User> {
    let visitor = user.signed_out();
    bill.tell(&visitor, "forgot-password", "", &json!({ "email": user.email })).await?;
    let token = visitor.mail(&user.email, "Reset your password").await.token();
    bill.tell(&visitor, "reset-password", "", &json!({ "token": token, "password": ANOTHER }))
        .await?;
    let user = visitor.sign_in(&user.email, ANOTHER).await;
    let change = json!({ "currentPassword": ANOTHER, "newPassword": THIRD });
    bill.tell(&user, "change-password", "", &change).await?;
    Ok(user)
}
