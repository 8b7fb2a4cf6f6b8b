//! The actors of a stack, and their mails.

use std::sync::Arc;

use serde_json::json;

use super::{PASSWORD, User, Visitor};
use crate::mail::Mail;
use crate::stack::{ADMIN, Stack};

impl Stack {
    /// Returns an actor that isn't signed in.
    #[must_use]
    pub fn visitor(self: &Arc<Self>) -> Visitor {
        Visitor::of(self)
    }

    /// Returns a signed-in user whom the administrator has made a guest.
    pub async fn guest(self: &Arc<Self>) -> User {
        let (admin, user) = (self.admin().await, self.user().await);
        let path = format!("/api/v1/users/{}", user.id().await);
        admin.patch(path, &json!({ "role": "guest" })).if_match("*").await.expect(200);
        user.signed_out().sign_in(&user.email, PASSWORD).await
    }

    /// Returns a signed-in, verified user.
    pub async fn user(self: &Arc<Self>) -> User {
        User::new(self.visitor()).await
    }

    /// Returns the administrator, in the session that all tests of this stack share: a test that
    /// signs out must use [`Self::sign_in_admin`].
    pub async fn admin(self: &Arc<Self>) -> User {
        let tokens = self.admin.get_or_init(|| async { self.sign_in_admin().await.tokens }).await;
        User::with((*self.visitor()).clone(), ADMIN.0, tokens.clone())
    }

    /// Returns the administrator in a session of its own.
    pub async fn sign_in_admin(self: &Arc<Self>) -> User {
        self.visitor().sign_in(ADMIN.0, ADMIN.1).await
    }

    /// Returns the mails to an address, the latest first.
    pub async fn mails(self: &Arc<Self>, to: &str) -> Vec<Mail> {
        self.visitor().mails(to).await
    }

    /// Waits for a mail to an address whose subject contains `subject`.
    pub async fn mail(self: &Arc<Self>, to: &str, subject: &str) -> Mail {
        self.visitor().mail(to, subject).await
    }
}
