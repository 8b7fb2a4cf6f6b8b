//! The session: a family of refresh tokens, of which one is active. No I/O.
//!
//! Every refresh moves the session on by one generation. Only the token of the present generation
//! is good; an older one that turns up again has been stolen, or its successor has, so the session
//! ends (RFC 9700, section 4.14.2). One exception keeps people signed in: the parent of the active
//! token, within ten seconds, gets the active one again. A response that was lost on the way and
//! the tabs of a browser that refresh at the same moment look just like that.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use builder_store::aggregate::Aggregate;
use builder_store::error::{Error, Result};
use builder_store::id::UserId;
use builder_store::personal::Personal;
use hkdf::Hkdf;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::account::user::User;
use crate::id::SessionId;
use crate::keys::{self, Key};

/// How long a refresh token is good: 7 days, but no longer than its session may last.
pub const LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long after a rotation the parent still gets the active successor.
pub const GRACE: SignedDuration = SignedDuration::from_secs(10);

/// What a family secret is stretched to for requests with cookies. Refresh tokens have a context of
/// their own.
const CSRF_CONTEXT: &[u8] = b"builder-api/csrf/v1";

/// 256 random bits from which, together with the signing secret, all refresh tokens of a session
/// are derived.
///
/// Neither the table nor the secret alone gives a token, and the next token can be made again
/// without being stored.
#[derive(Clone, PartialEq, Eq)]
pub struct FamilySecret(Zeroizing<[u8; 32]>);

impl FamilySecret {
    /// A new random one.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system gives no randomness.
    pub fn generate() -> Result<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut()).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self(bytes))
    }

    /// What pages of the application prove with that a request with the session's cookie was meant.
    /// The same as long as the session lasts, so that tabs don't get in each other's way; who can't
    /// read the session can't know it.
    ///
    /// # Errors
    /// [`Error::Internal`] when HKDF fails, which it does only for outputs far longer than this.
    pub fn csrf_token(&self) -> Result<String> {
        let mut token = [0; 32];
        let stretched = Hkdf::<Sha256>::new(None, self.as_bytes()).expand(CSRF_CONTEXT, &mut token);
        stretched.map_err(|error| Error::internal(error.to_string()))?;
        Ok(URL_SAFE_NO_PAD.encode(token))
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Never shows the secret: debug output ends up in logs.
impl fmt::Debug for FamilySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FamilySecret(…)")
    }
}

impl Serialize for FamilySecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD_NO_PAD.encode(self.0.as_slice()))
    }
}

impl<'de> Deserialize<'de> for FamilySecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = STANDARD_NO_PAD
            .decode(String::deserialize(deserializer)?)
            .map_err(serde::de::Error::custom)?;
        let bytes = <[u8; 32]>::try_from(bytes)
            .map_err(|_| serde::de::Error::custom("a family secret has 32 bytes"))?;
        Ok(Self(Zeroizing::new(bytes)))
    }
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Its user signed out.
    SignedOut,
    /// Its user ended it from another session.
    Revoked,
    /// A refresh token that had been used was presented again.
    TokenReused,
}

/// The end of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// The reason.
    pub reason: EndReason,
    /// When it happened.
    pub at: Timestamp,
}

/// A session.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Its id, which access tokens carry as `sid`.
    pub id: SessionId,
    /// The ID of the owner's account.
    pub user_id: UserId,
    /// The generation of the active refresh token: 0 is the one given at sign-in.
    pub generation: u32,
    /// What the refresh tokens are derived from. Missing in a session that was folded from stored
    /// events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<FamilySecret>,
    /// When the active token replaced its parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated_at: Option<Timestamp>,
    /// From when on the active token is no longer good.
    pub expires_at: Timestamp,
    /// Its end, if it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<End>,
    /// When its user signed in.
    pub created_at: Timestamp,
    /// The account's epoch then.
    #[serde(default)]
    pub epoch: u64,
    /// What the client called itself then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The IP address that it was started from.
    #[serde(default)]
    pub address: String,
}

/// Shows nothing personal and no secret: debug output ends up in logs.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Session({}, {}, generation {}, {:?})",
            self.id, self.user_id, self.generation, self.ended
        )
    }
}

/// What can happen to a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
pub enum SessionEvent {
    /// Somebody signed in.
    #[serde(rename = "session.started")]
    Started {
        /// The session.
        id: SessionId,
        /// Whose.
        user_id: UserId,
        /// What the client calls itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<Personal>,
        /// From where.
        address: Personal,
        /// The account's epoch.
        #[serde(default)]
        epoch: u64,
        /// Until when the first refresh token is good.
        expires_at: Timestamp,
        /// When it happened.
        at: Timestamp,
        /// Makes the state and is not stored with the event: a trail that is relayed and exported
        /// must not hold what tokens are derived from. A session folded from stored events
        /// therefore can't be refreshed, as it should be after a restoration.
        #[serde(skip)]
        family: Option<FamilySecret>,
    },
    /// The refresh token was replaced by the next.
    #[serde(rename = "session.refreshed")]
    Refreshed {
        /// The generation of the new token.
        generation: u32,
        /// When the link expires.
        expires_at: Timestamp,
        /// When it happened.
        at: Timestamp,
    },
    /// A refresh token that had been used was presented again, so it or its successor has been
    /// stolen. The owner is to be told.
    #[serde(rename = "session.token_reused")]
    TokenReused {
        /// Whose it was.
        user_id: UserId,
        /// When it happened.
        at: Timestamp,
    },
    /// It is over.
    #[serde(rename = "session.ended")]
    Ended {
        /// Whose it was.
        user_id: UserId,
        /// The reason.
        reason: EndReason,
        /// When it happened.
        at: Timestamp,
    },
}

impl Aggregate for Session {
    type Event = SessionEvent;
    const KIND: &'static str = "session";
    const NOT_IN_EVENTS: &'static [&'static str] = &["family"];

    fn apply(state: Option<Self>, event: &SessionEvent) -> Option<Self> {
        match (state, event) {
            (
                None,
                SessionEvent::Started {
                    id,
                    user_id,
                    device,
                    address,
                    epoch,
                    expires_at,
                    at,
                    family,
                },
            ) => Some(Self {
                id: *id,
                user_id: *user_id,
                generation: 0,
                family: family.clone(),
                rotated_at: None,
                expires_at: *expires_at,
                ended: None,
                created_at: *at,
                epoch: *epoch,
                device: device.as_ref().and_then(Personal::reveal).map(str::to_owned),
                address: address.reveal().unwrap_or_default().to_owned(),
            }),
            (Some(session), SessionEvent::Refreshed { generation, expires_at, at }) => Some(Self {
                generation: *generation,
                rotated_at: Some(*at),
                expires_at: *expires_at,
                ..session
            }),
            (Some(session), SessionEvent::Ended { reason, at, .. }) => {
                Some(Self { ended: Some(End { reason: *reason, at: *at }), ..session })
            }
            (state, _) => state,
        }
    }

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn owner(&self) -> Option<UserId> {
        Some(self.user_id)
    }

    fn key(&self) -> Key {
        keys::session(self.user_id, self.id)
    }

    fn event_prefix(&self) -> String {
        format!("{}SESSION#{}#", keys::EVENT_PREFIX, self.id)
    }
}

/// What comes of presenting a refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotation {
    /// The token was the active one: these events make the next generation.
    Rotated(Vec<SessionEvent>),
    /// It was the active one's parent, just now: the active one is to be given again, and nothing
    /// is to be written.
    Grace,
    /// It had been used: the session is to end.
    Reused,
    /// The session is over or the token too old.
    Over,
}

impl Session {
    /// Somebody signs in. `longest` is how long the session may last, however often it is
    /// refreshed.
    ///
    /// # Errors
    /// [`Error::Internal`] when the system gives no randomness.
    pub fn start(
        id: SessionId,
        user: &User,
        device: Option<&str>,
        address: &str,
        longest: SignedDuration,
        now: Timestamp,
    ) -> Result<Vec<SessionEvent>> {
        Ok(vec![SessionEvent::Started {
            id,
            user_id: user.id,
            epoch: user.epoch,
            device: device.map(Personal::from),
            address: address.into(),
            expires_at: expiry(now, after(now, longest)),
            at: now,
            family: Some(FamilySecret::generate()?),
        }])
    }

    /// Somebody presents the refresh token of a generation, already known to be genuine. `longest`
    /// is how long after signing in the session may last (ASVS 5.0, 7.3.2); it may be another than
    /// when the session began.
    #[must_use]
    pub fn rotate(&self, generation: u32, longest: SignedDuration, now: Timestamp) -> Rotation {
        let end = after(self.created_at, longest);
        if self.ended.is_some() || now >= self.expires_at.min(end) {
            return Rotation::Over;
        }
        if generation == self.generation {
            let Some(next) = generation.checked_add(1) else { return Rotation::Over };
            return Rotation::Rotated(vec![SessionEvent::Refreshed {
                generation: next,
                expires_at: expiry(now, end),
                at: now,
            }]);
        }
        let just_now = self.rotated_at.is_some_and(|rotated| now.duration_since(rotated) <= GRACE);
        if generation.checked_add(1) == Some(self.generation) && just_now {
            return Rotation::Grace;
        }
        // A generation that is yet to come was given out before the table was put back to a backup:
        // that ends the session, too.
        Rotation::Reused
    }

    /// Whether a refresh token of it could still be good.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ended.is_none() && now < self.expires_at
    }

    /// Whether somebody is still signed in to the account in this session.
    #[must_use]
    pub fn is_signed_in(&self, user: &User, now: Timestamp) -> bool {
        self.is_live(now) && !self.is_revoked(user)
    }

    /// Whether it is over because all sessions of the account were ended, or all but another. A
    /// sign-in commits under the account's version, so it is before that or after it, whatever the
    /// clocks say.
    #[must_use]
    pub fn is_revoked(&self, user: &User) -> bool {
        user.kept_session != Some(self.id) && self.epoch < user.signed_out_epoch
    }

    /// When its client last asked for tokens.
    #[must_use]
    pub fn last_refreshed_at(&self) -> Timestamp {
        self.rotated_at.unwrap_or(self.created_at)
    }

    /// The session ends, unless it has.
    #[must_use]
    pub fn end(&self, reason: EndReason, now: Timestamp) -> Vec<SessionEvent> {
        if self.ended.is_some() {
            return Vec::new();
        }
        let ended = SessionEvent::Ended { user_id: self.user_id, reason, at: now };
        if reason == EndReason::TokenReused {
            return vec![SessionEvent::TokenReused { user_id: self.user_id, at: now }, ended];
        }
        vec![ended]
    }
}

/// Until when a refresh token that is given out now is good, in a session that lasts until `end` at
/// most.
fn expiry(now: Timestamp, end: Timestamp) -> Timestamp {
    after(now, LIFE).min(end)
}

fn after(time: Timestamp, duration: SignedDuration) -> Timestamp {
    time.saturating_add(duration).unwrap_or(Timestamp::MAX)
}
