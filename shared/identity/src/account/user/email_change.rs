//! Changing the e-mail address: requested in a session, confirmed by a mail to the new address,
//! undone by a mail to the old one.

use builder_store::error::{Error, Result};
use builder_store::personal::Personal;
use jiff::{SignedDuration, Timestamp};

use super::{Status, User, UserEvent};
use crate::email::EmailAddress;
use crate::mailed_links::email_change::{
    ConfirmToken, EmailChange, FormerEmail, LIFE, UNDO_LIFE, UndoToken,
};
use crate::mailed_links::password_reset::ResetToken;

/// The maximum number of mails about a new address per [`PERIOD`].
const MOST: usize = 3;
/// The period they are counted in.
const PERIOD: SignedDuration = SignedDuration::from_hours(1);
/// The most addresses that an account may have left and still go back to.
const MOST_FORMER: usize = 3;

impl User {
    /// For how many seconds the person must wait before another mail about a new address is sent,
    /// if at all.
    #[must_use]
    pub fn email_change_wait(&self, now: Timestamp) -> Option<i64> {
        let recent =
            self.email_changes_asked_at.iter().filter(|asked| now.duration_since(**asked) < PERIOD);
        let (count, first) =
            recent.fold((0, None), |(count, first), asked| (count + 1, first.or(Some(*asked))));
        let first = first.filter(|_| count >= MOST)?;
        Some((PERIOD - now.duration_since(first)).as_secs().max(1))
    }

    /// Requests a change of address. Nothing changes before the mailed link is followed. A later
    /// request replaces an earlier one.
    ///
    /// # Errors
    /// [`Error::Refused`] with `email-unchanged` when the account has that address, with
    /// `too-many-email-changes` when it can still go back to three others.
    pub fn request_email_change(
        &self,
        email: &EmailAddress,
        token: &ConfirmToken,
        now: Timestamp,
    ) -> Result<Vec<UserEvent>> {
        if self.email == email.as_str() {
            return Err(Error::refused(
                "email-unchanged",
                "This is already the address of this account.",
            ));
        }
        self.require_room(email.as_str(), now)?;
        if self.status != Status::Active || self.email_change_wait(now).is_some() {
            return Ok(Vec::new());
        }
        Ok(vec![UserEvent::EmailChangeRequested {
            new_email: email.as_str().into(),
            change_token: token.as_str().into(),
            change_expires_at: after(now, LIFE),
            at: now,
        }])
    }

    /// The change that a token proves.
    ///
    /// # Errors
    /// [`Error::Refused`] with `invalid-token` when it is unknown, used, replaced by a later one,
    /// or expired.
    pub fn expected_email_change(
        &self,
        token: &ConfirmToken,
        now: Timestamp,
    ) -> Result<&EmailChange> {
        let awaited = self.email_change.as_ref().filter(|change| change.accepts(token, now));
        awaited.filter(|_| self.status == Status::Active).ok_or_else(invalid_change_token)
    }

    /// Somebody presents the token of the mail to the new address, and so can read it. `undo` is
    /// for the mail to the old one.
    ///
    /// # Errors
    /// As [`Self::expected_email_change`] and [`Self::request_email_change`].
    pub fn confirm_email_change(
        &self,
        token: &ConfirmToken,
        undo: &UndoToken,
        now: Timestamp,
    ) -> Result<Vec<UserEvent>> {
        let change = self.expected_email_change(token, now)?;
        self.require_room(&change.email, now)?;
        let goes_back = self
            .former_emails
            .iter()
            .any(|former| former.email == change.email && now < former.expires_at);
        Ok(vec![UserEvent::EmailChanged {
            email: change.email.as_str().into(),
            former_email: self.email.as_str().into(),
            undo_token: (!goes_back).then(|| undo.as_str().into()),
            undo_expires_at: after(now, UNDO_LIFE),
            at: now,
        }])
    }

    /// Undoes a change with the token mailed to the former address. The account returns to the
    /// owner of that mailbox: everything added since is removed, and the password is invalidated;
    /// `reset` is the token for setting another.
    ///
    /// # Errors
    /// [`Error::Refused`] with `invalid-token` when it is unknown, used, or expired.
    pub fn undo_email_change(
        &self,
        token: &UndoToken,
        reset: &ResetToken,
        now: Timestamp,
    ) -> Result<Vec<UserEvent>> {
        let former = self.former_emails.iter().find(|former| former.accepts(token, now));
        let former =
            former.filter(|_| self.status == Status::Active).ok_or_else(invalid_change_token)?;
        Ok(vec![UserEvent::EmailChangeUndone {
            email: former.email.as_str().into(),
            reset_token: reset.as_str().into(),
            reset_expires_at: reset.expiry(now),
            at: now,
        }])
    }

    /// Returns whether this is a former address that the account can still change back to.
    #[must_use]
    pub fn may_go_back_to(&self, email: &EmailAddress, now: Timestamp) -> bool {
        self.former_emails
            .iter()
            .any(|former| former.email == email.as_str() && now < former.expires_at)
    }

    fn require_room(&self, email: &str, now: Timestamp) -> Result<()> {
        let others = self
            .former_emails
            .iter()
            .filter(|former| former.email != email && now < former.expires_at)
            .count();
        if others < MOST_FORMER {
            return Ok(());
        }
        let detail = "The address was changed three times in the last seven days. Wait until one \
         of these changes can no longer be undone.";
        Err(Error::refused("too-many-email-changes", detail))
    }

    pub(super) fn await_email_change(
        &mut self,
        email: &Personal,
        token: &Personal,
        expires_at: Timestamp,
        now: Timestamp,
    ) {
        let change = email.reveal().zip(token.reveal());
        self.email_change = change.map(|(email, token)| EmailChange::of(email, token, expires_at));
        self.email_changes_asked_at.retain(|asked| now.duration_since(*asked) < PERIOD);
        self.email_changes_asked_at.push(now);
    }

    /// Changes the address. Changing back to a recent address removes what was added since, like
    /// undoing, and can't be undone itself.
    pub(super) fn take_email(
        &mut self,
        email: String,
        undo: Option<&Personal>,
        undo_until: Timestamp,
        now: Timestamp,
    ) {
        self.former_emails.retain(|former| now < former.expires_at);
        if let Some(place) = self.former_emails.iter().position(|former| former.email == email) {
            self.former_emails.truncate(place);
        } else if let Some(undo) = undo.and_then(Personal::reveal) {
            self.former_emails.push(FormerEmail::of(&self.email, undo, now, undo_until));
        }
        self.email = email;
        self.email_change = None;
        // Links mailed to the old address become invalid.
        self.resets.clear();
        self.updated_at = now;
    }

    /// Goes back to an address that was left, and to what was the person's own then.
    pub(super) fn go_back_to_email(&mut self, email: &str, now: Timestamp) {
        let Some(place) = self.former_emails.iter().position(|former| former.email == email) else {
            return;
        };
        let left_at = self.former_emails[place].left_at;
        self.former_emails.truncate(place);
        self.email = email.to_owned();
        self.email_change = None;
        self.resets.clear();
        self.passwordless = true;
        self.api_keys.retain(|key| key.created_at < left_at);
        self.identities.retain(|identity| identity.linked_at < left_at);
        if self.second_factor_at.is_some_and(|enabled| enabled >= left_at) {
            self.second_factor = false;
            self.second_factor_at = None;
        }
        self.updated_at = now;
        self.end_sessions(None);
    }
}

/// The refusal of a token of a change of address, whatever is wrong with it.
#[must_use]
pub fn invalid_change_token() -> Error {
    Error::refused("invalid-token", "This link is invalid, has been used, or has expired.")
}

fn after(now: Timestamp, life: SignedDuration) -> Timestamp {
    now.saturating_add(life).unwrap_or(Timestamp::MAX)
}
