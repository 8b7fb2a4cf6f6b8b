//! Properties that accounts and sessions have after any sequence of commands, and the shapes of
//! their events.

use std::collections::BTreeSet;

use builder_store::aggregate::{Aggregate, Listed, fold};
use builder_store::id::{ApiKeyId, UserId};
use builder_store::personal::PersonKey;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::Value;

use crate::account::profile::{Profile, ProfileChange};
use crate::account::user::{NewApiKey, NewIdentity, Status, User, UserEvent};
use crate::api_keys::api_key::ApiKeyText;
use crate::contact::Address;
use crate::email::EmailAddress;
use crate::export;
use crate::id::SessionId;
use crate::mailed_links::password_reset::ResetToken;
use crate::mailed_links::verification::VerificationToken;
use crate::role::{Permission, Role};
use crate::sessions::session::{EndReason, GRACE, LIFE, Rotation, Session, SessionEvent};

/// How long a session may last.
const LONGEST: SignedDuration = SignedDuration::from_hours(30 * 24);

fn start() -> Timestamp {
    "2026-11-21T01:00:00Z".parse().unwrap()
}

fn after(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

fn ada() -> EmailAddress {
    EmailAddress::parse("ada@example.com").unwrap()
}

/// A registration, with the token of its link.
fn registered(id: UserId) -> (User, VerificationToken) {
    let token = token_of(id);
    (fold::<User>(None, &User::register(&ada(), &token, start())).unwrap(), token)
}

fn ada_herself(id: UserId) -> User {
    let (pending, token) = registered(id);
    let events = pending.verify(&token, "Ada", HOME, start()).unwrap();
    fold(Some(pending), &events).unwrap()
}

/// The network address from which Ada opens links.
const HOME: &str = "192.0.2.1";

fn token_of(id: UserId) -> VerificationToken {
    VerificationToken::generate(id).unwrap()
}

fn refusal(result: builder_store::Result<Vec<UserEvent>>) -> &'static str {
    match result.unwrap_err() {
        builder_store::Error::Refused { code, .. } => code,
        error => panic!("{error}"),
    }
}

/// Returns the events as they are stored and read.
fn stored<E: serde::Serialize + serde::de::DeserializeOwned>(events: &[E]) -> Vec<E> {
    events
        .iter()
        .map(|event| serde_json::from_value(serde_json::to_value(event).unwrap()).unwrap())
        .collect()
}

// ---- accounts

/// Returns an identity at the provider with this number.
fn identity(number: u8) -> NewIdentity {
    NewIdentity {
        provider: format!("provider-{number}"),
        issuer: format!("https://{number}.example"),
        subject: "248289761001".to_owned(),
        email: Some(ada()),
    }
}

#[derive(Debug, Clone)]
enum Command {
    Register { known_network: bool },
    Join,
    Verify { newest: bool },
    Rename(u8),
    ChangeProfile(Box<ProfileChange>),
    ChangeRole(Role),
    Disable,
    Enable,
    SignOut { keep: bool },
    ForgetPassword { known_network: bool },
    ResetPassword { newest: bool },
    ChangePassword,
    SecondFactor { enable: bool },
    CreateKey,
    RevokeKey,
    LinkIdentity(u8),
    UnlinkIdentity(u8),
    Erase,
}

fn profile_change() -> impl Strategy<Value = ProfileChange> {
    let text =
        || prop::option::of(prop::option::of((0..2u8).prop_map(|number| format!("Text {number}"))));
    let address = || prop::option::of(prop::option::of((0..2u8).prop_map(address)));
    let vat_id = prop::option::of(prop::option::of(Just("DE123456789".parse().unwrap())));
    (text(), vat_id, text(), address(), address()).prop_map(
        |(company, vat_id, phone, billing_address, shipping_address)| ProfileChange {
            company,
            vat_id,
            phone,
            billing_address,
            shipping_address,
        },
    )
}

fn address(number: u8) -> Address {
    Address {
        name: "Ada Lovelace".to_owned(),
        lines: vec![format!("{number} St James's Square")],
        city: "London".to_owned(),
        postal_code: Some("SW1Y 4JH".to_owned()),
        region: None,
        country: "GB".parse().unwrap(),
    }
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        4 => any::<bool>().prop_map(|known_network| Command::Register { known_network }),
        1 => Just(Command::Join),
        3 => any::<bool>().prop_map(|newest| Command::Verify { newest }),
        2 => (0..3u8).prop_map(Command::Rename),
        2 => profile_change().prop_map(|change| Command::ChangeProfile(Box::new(change))),
        1 => prop_oneof![Just(Role::Guest), Just(Role::User), Just(Role::Admin)].prop_map(Command::ChangeRole),
        1 => Just(Command::Disable),
        2 => Just(Command::Enable),
        1 => any::<bool>().prop_map(|keep| Command::SignOut { keep }),
        3 => any::<bool>().prop_map(|known_network| Command::ForgetPassword { known_network }),
        2 => any::<bool>().prop_map(|newest| Command::ResetPassword { newest }),
        1 => Just(Command::ChangePassword),
        1 => any::<bool>().prop_map(|enable| Command::SecondFactor { enable }),
        2 => Just(Command::CreateKey),
        1 => Just(Command::RevokeKey),
        2 => (0..2u8).prop_map(Command::LinkIdentity),
        1 => (0..2u8).prop_map(Command::UnlinkIdentity),
        1 => prop::bool::weighted(0.2).prop_map(|erase| if erase { Command::Erase } else { Command::Enable }),
    ]
}

proptest! {
    #[test]
    fn an_account_is_what_its_events_make(
        joined: bool,
        commands in proptest::collection::vec((command(), prop_oneof![0..600i64, 0..90_000i64]), 0..40),
    ) {
        let id = UserId::new(start());
        let first = token_of(id);
        let joining = || User::join(id, &ada(), Some("Ada"), &identity(0), start());
        let mut events = if joined { joining() } else { User::register(&ada(), &first, start()) };
        let mut user = fold::<User>(None, &events).unwrap();
        let mut newest = first.clone();
        let mut now = start();
        let mut mails = if joined { Vec::new() } else { vec![(start(), false)] };
        let reset = ResetToken::generate(id).unwrap();
        for (command, seconds) in commands {
            now += SignedDuration::from_secs(seconds);
            let token = token_of(id);
            let new = match command {
                Command::Register { .. } if user.status == Status::Pending => user.request_verification(&token, now),
                Command::Register { known_network } => user.repeat_registration(&reset, known_network, now),
                Command::Join if user.status == Status::Pending => joining(),
                Command::Join => Vec::new(),
                Command::Verify { newest: true } => user.verify(&newest, "Ada", HOME, now).unwrap_or_default(),
                Command::Verify { newest: false } => user.verify(&token, "Eve", HOME, now).unwrap_or_default(),
                Command::Rename(name) => user.rename(&format!("Ada {name}"), now),
                Command::ChangeProfile(change) => user.change_profile(*change, now).unwrap(),
                Command::ChangeRole(role) => user.change_role(role, now),
                Command::Disable => user.disable(now),
                Command::Enable => user.enable(now),
                Command::SignOut { keep } => user.sign_out(keep.then(|| SessionId::new(now)), now),
                Command::ForgetPassword { known_network } => user.request_password_reset(&reset, known_network, now),
                Command::ResetPassword { newest: true } => user.reset_password(&reset, HOME, now).unwrap_or_default(),
                Command::ResetPassword { newest: false } => {
                    user.reset_password(&ResetToken::generate(id).unwrap(), HOME, now).unwrap_or_default()
                }
                Command::ChangePassword if user.status == Status::Pending => Vec::new(),
                Command::ChangePassword => user.change_password(SessionId::new(now), now),
                Command::SecondFactor { enable: true } => user.enable_second_factor(now),
                Command::SecondFactor { enable: false } => user.disable_second_factor(now),
                Command::CreateKey => {
                    let new = NewApiKey { name: "Key".to_owned(), scopes: vec![Permission::OrdersRead], expires_at: None };
                    user.create_api_key(ApiKeyId::new(now), &ApiKeyText::generate().unwrap(), new, now).unwrap_or_default()
                }
                Command::RevokeKey => {
                    user.api_keys.first().and_then(|key| user.revoke_api_key(key.id, now).ok()).unwrap_or_default()
                }
                Command::LinkIdentity(number) => user.link_identity(&identity(number), now).unwrap_or_default(),
                Command::UnlinkIdentity(number) => user.unlink_identity(&identity(number).provider, now).unwrap_or_default(),
                Command::Erase => user.erase(now),
            };
            let before = user.clone();
            user = fold(Some(user), &new).unwrap();
            for event in &new {
                let known = match event {
                    UserEvent::VerificationRequested { .. } => {
                        prop_assert_eq!(before.status, Status::Pending);
                        newest = token.clone();
                        false
                    }
                    UserEvent::PasswordResetRequested { known_network, .. } | UserEvent::RegistrationRepeated { known_network, .. } => {
                        *known_network
                    }
                    _ => continue,
                };
                mails.push((now, known));
                let hour = |wanted: bool| {
                    let lately = |mail: &&(Timestamp, bool)| mail.1 == wanted && now.duration_since(mail.0) < SignedDuration::from_hours(1);
                    mails.iter().filter(lately).count()
                };
                prop_assert!(hour(false) <= 3 && hour(true) <= 5, "{} and {} mails in an hour", hour(false), hour(true));
            }
            // Only opening a link, or signing in at a provider, turns a registration into an
            // account.
            if before.status == Status::Pending && user.status != Status::Pending {
                let owned = new.iter().any(|event| {
                    matches!(event, UserEvent::Verified { .. } | UserEvent::Joined { .. } | UserEvent::Erased { .. })
                });
                prop_assert!(owned, "{:?}", new);
            }
            prop_assert!(user.status != Status::Pending || user.passwordless && user.name.is_empty() && user.api_keys.is_empty());
            // Changes that must invalidate all tokens raise the epoch.
            let harsh = new.iter().any(|event| {
                matches!(
                    event,
                    UserEvent::RoleChanged { .. }
                        | UserEvent::Disabled { .. }
                        | UserEvent::Erased { .. }
                        | UserEvent::SignedOut { .. }
                        | UserEvent::PasswordReset { .. }
                        | UserEvent::PasswordChanged { .. }
                )
            });
            prop_assert_eq!(user.epoch, before.epoch + u64::from(harsh));
            let verified = new.iter().any(|event| matches!(event, UserEvent::Verified { .. }));
            prop_assert!(before.status == Status::Pending || !verified);
            // A token can be used once, and a new password ends all sessions except the one that
            // chose it.
            if new.iter().any(|event| matches!(event, UserEvent::PasswordReset { .. })) {
                prop_assert!(user.reset_password(&reset, HOME, now).is_err());
                let began_before = Session { epoch: before.epoch, ..session().0 };
                prop_assert!(began_before.is_revoked(&user));
            }
            // An account always has a way to sign in, until it is erased.
            let account = matches!(user.status, Status::Active | Status::Disabled);
            prop_assert_eq!(account, !user.passwordless && user.status != Status::Erased || !user.identities.is_empty());
            if user.status == Status::Erased {
                prop_assert!(user.identities.is_empty() && !user.passwordless);
                prop_assert_eq!((user.email.as_str(), user.name.as_str(), user.role, user.listed()), ("", "", Role::Guest, Listed::default()));
                prop_assert!(user.profile.is_empty());
            }
            events.extend(new);
        }
        prop_assert_eq!(fold::<User>(None, &events).unwrap(), user.clone());
        prop_assert_eq!(fold::<User>(None, &stored(&events)).unwrap(), user);
    }
}

#[test]
fn a_followed_link_makes_the_account_once_and_leaves_the_others_without_effect() {
    let id = UserId::new(start());
    let (pending, first) = registered(id);
    assert_eq!(
        (pending.name.as_str(), pending.status, pending.epoch, pending.passwordless),
        ("", Status::Pending, 1, true)
    );
    let second = token_of(id);
    let events = pending.request_verification(&second, after(1));
    let pending = fold(Some(pending), &events).unwrap();
    assert_eq!(refusal(pending.verify(&token_of(id), "Eve", HOME, after(60))), "invalid-token");
    assert_eq!(
        refusal(pending.verify(&first, "Ada", HOME, after(24 * 3600))),
        "invalid-token",
        "too late"
    );

    for (used, other) in [(&first, &second), (&second, &first)] {
        let user =
            fold(Some(pending.clone()), &pending.verify(used, "Ada", HOME, after(60)).unwrap())
                .unwrap();
        assert_eq!(
            (user.name.as_str(), user.role, user.status, user.passwordless),
            ("Ada", Role::User, Status::Active, false)
        );
        assert_eq!(user.addresses, [HOME]);
        for token in [used, other] {
            assert_eq!(refusal(user.verify(token, "Eve", HOME, after(120))), "already-verified");
            assert_eq!(
                refusal(user.verify(token, "Eve", HOME, after(2 * 24 * 3600))),
                "invalid-token"
            );
        }
    }
    let joined =
        fold(Some(pending.clone()), &User::join(id, &ada(), Some("Ada"), &identity(0), after(60)))
            .unwrap();
    assert_eq!(
        (joined.status, joined.passwordless, joined.identities.len()),
        (Status::Active, true, 1)
    );
    assert_eq!(refusal(joined.verify(&first, "Eve", HOME, after(120))), "already-verified");
}

#[test]
fn mails_that_strangers_ask_for_leave_the_owners_to_the_owner_and_every_link_good() {
    let mut user = ada_herself(UserId::new(start()));
    let mut tokens = Vec::new();
    let mut sent = [0, 0];
    for minute in 0..30 {
        for known in [false, true] {
            let token = ResetToken::generate(user.id).unwrap();
            let at = after(3600 + minute * 60);
            let events = if minute % 2 == 0 {
                user.request_password_reset(&token, known, at)
            } else {
                user.repeat_registration(&token, known, at)
            };
            sent[usize::from(known)] += events.len();
            if !events.is_empty() {
                tokens.push(token);
            }
            user = fold(Some(user), &events).unwrap();
        }
    }
    assert_eq!(sent, [3, 5]);
    for token in tokens {
        assert!(user.reset_password(&token, HOME, after(2 * 3600 - 1)).is_ok());
    }
    // The window slides.
    assert_eq!(
        user.request_password_reset(
            &ResetToken::generate(user.id).unwrap(),
            false,
            after(2 * 3600 - 1)
        ),
        []
    );
    assert_eq!(
        user.request_password_reset(
            &ResetToken::generate(user.id).unwrap(),
            false,
            after(2 * 3600)
        )
        .len(),
        1
    );
}

#[test]
fn the_latest_networks_that_links_were_followed_from_are_known() {
    let mut user = ada_herself(UserId::new(start()));
    for number in [2, 3, 4, 1, 5, 6] {
        let token = ResetToken::generate(user.id).unwrap();
        user = fold(
            Some(user.clone()),
            &user.request_password_reset(&token, true, after(number * 86_400)),
        )
        .unwrap_or(user);
        let reset = user
            .reset_password(&token, &format!("192.0.2.{number}"), after(number * 86_400))
            .unwrap();
        user = fold(Some(user), &reset).unwrap();
    }
    assert_eq!(user.addresses, ["192.0.2.3", "192.0.2.4", "192.0.2.1", "192.0.2.5", "192.0.2.6"]);
}

#[test]
fn identities_are_linked_to_accounts_and_one_way_to_sign_in_remains() {
    let id = UserId::new(start());
    assert_eq!(
        refusal(registered(id).0.link_identity(&identity(0), start())),
        "account-not-active"
    );

    let joined =
        fold::<User>(None, &User::join(id, &ada(), Some(" "), &identity(0), start())).unwrap();
    assert_eq!(
        (joined.name.as_str(), joined.role, joined.status, joined.passwordless),
        ("ada", Role::User, Status::Active, true)
    );
    assert_eq!(joined.link_identity(&identity(0), after(1)).unwrap(), [], "as it is");
    let recycled = NewIdentity { subject: "another".to_owned(), ..identity(0) };
    assert_eq!(refusal(joined.link_identity(&recycled, after(1))), "provider-linked");
    assert_eq!(refusal(joined.unlink_identity("provider-0", after(1))), "last-sign-in");
    assert!(matches!(
        joined.unlink_identity("provider-1", after(1)),
        Err(builder_store::Error::NotFound { .. })
    ));

    let both =
        fold(Some(joined.clone()), &joined.link_identity(&identity(1), after(2)).unwrap()).unwrap();
    let one =
        fold(Some(both.clone()), &both.unlink_identity("provider-0", after(3)).unwrap()).unwrap();
    assert_eq!(refusal(one.unlink_identity("provider-1", after(4))), "last-sign-in");
    let with_password =
        fold(Some(one), &both.change_password(SessionId::new(start()), after(5))).unwrap();
    assert!(with_password.unlink_identity("provider-1", after(6)).is_ok());
    assert!(!format!("{both:?}{:?}{:?}", both.identities, identity(0)).contains("248289761001"));
}

#[test]
fn a_person_whose_key_is_erased_leaves_an_account_without_a_name() {
    let sealed = serde_json::json!({"$sealed": "x"});
    let events = User::register(&ada(), &token_of(UserId::new(start())), start());
    let mut event = serde_json::to_value(&events[0]).unwrap();
    for name in ["email", "verificationToken"] {
        event["data"][name] = sealed.clone();
    }
    let event: UserEvent = serde_json::from_value(event).unwrap();
    let user = fold::<User>(None, [&event]).unwrap();
    assert_eq!((user.email.as_str(), user.name.as_str(), user.verifications), ("", "", vec![]));
}

fn everything() -> ProfileChange {
    ProfileChange {
        company: Some(Some("Analytical Engines".to_owned())),
        vat_id: Some(Some("GB123456789".parse().unwrap())),
        phone: Some(Some("+44 20 1234567".to_owned())),
        billing_address: Some(Some(address(12))),
        shipping_address: Some(Some(Address {
            postal_code: None,
            region: Some("Surrey".to_owned()),
            ..address(3)
        })),
    }
}

#[test]
fn a_profile_changes_by_what_is_different_and_is_told_to_nobody() {
    let ada = ada_herself(UserId::new(start()));
    let told =
        fold(Some(ada.clone()), &ada.change_profile(everything(), after(1)).unwrap()).unwrap();
    assert_eq!(told.change_profile(everything(), after(2)).unwrap(), []);
    let change = ProfileChange {
        phone: Some(None),
        company: Some(Some("Analytical Engines".to_owned())),
        ..ProfileChange::default()
    };
    let events = told.change_profile(change, after(2)).unwrap();
    let written = serde_json::to_value(&events[0]).unwrap();
    assert_eq!(written["data"], serde_json::json!({ "phone": null, "at": after(2) }));
    let after_that = fold(Some(told.clone()), &stored(&events)).unwrap();
    assert_eq!(after_that.profile, Profile { phone: None, ..told.profile.clone() });

    let shown = format!(
        "{:?} {:?} {:?} {:?}",
        told,
        told.profile,
        everything(),
        told.profile.billing_address
    );
    for personal in ["Analytical", "GB123", "+44", "James", "London"] {
        assert!(!shown.contains(personal), "{shown}");
    }
    let erased = fold(Some(told.clone()), &told.erase(after(3))).unwrap();
    assert!(
        erased.profile.is_empty()
            && erased.change_profile(everything(), after(4)).unwrap().is_empty()
    );
}

// ---- sessions

fn session() -> (Session, Vec<SessionEvent>) {
    let events = Session::start(
        SessionId::new(start()),
        &ada_herself(UserId::new(start())),
        Some("curl/8"),
        "192.0.2.1",
        LONGEST,
        start(),
    )
    .unwrap();
    (fold::<Session>(None, &events).unwrap(), events)
}

proptest! {
    /// For any sequence of presented tokens, there is at most one successor of each generation,
    /// none after the end, and an old token is accepted only as the parent of the active one,
    /// within the grace period.
    #[test]
    fn a_session_gives_each_generation_once(steps in proptest::collection::vec((0..4u32, prop_oneof![0..12i64, 0..700_000i64]), 0..40)) {
        let (mut session, mut events) = session();
        let mut now = start();
        for (back, seconds) in steps {
            now += SignedDuration::from_secs(seconds);
            let presented = session.generation.saturating_sub(back);
            let before = session.clone();
            let rotation = session.rotate(presented, LONGEST, now);
            let new = match &rotation {
                Rotation::Rotated(new) => new.clone(),
                Rotation::Reused => session.end(EndReason::TokenReused, now),
                Rotation::Grace | Rotation::Over => Vec::new(),
            };
            session = fold(Some(session), &new).unwrap();
            if before.ended.is_some() || now >= before.expires_at {
                prop_assert_eq!(rotation, Rotation::Over);
                prop_assert_eq!(&session, &before);
            } else if presented == before.generation {
                prop_assert!(matches!(rotation, Rotation::Rotated(_)));
                prop_assert_eq!((session.generation, session.expires_at), (before.generation + 1, (now + LIFE).min(start() + LONGEST)));
            } else if presented + 1 == before.generation && now.duration_since(before.rotated_at.unwrap()) <= GRACE {
                prop_assert_eq!(rotation, Rotation::Grace);
            } else {
                prop_assert_eq!(rotation, Rotation::Reused);
                prop_assert_eq!(session.ended.unwrap().reason, EndReason::TokenReused);
            }
            events.extend(new);
        }
        prop_assert_eq!(fold::<Session>(None, &events).unwrap(), session.clone());
        let from_the_trail = fold::<Session>(None, &stored(&events)).unwrap();
        prop_assert_eq!(from_the_trail, Session { family: None, ..session });
    }
}

#[test]
fn a_token_from_after_a_restored_backup_ends_the_session() {
    let (session, _) = session();
    assert_eq!(session.rotate(5, LONGEST, after(1)), Rotation::Reused);
}

#[test]
fn a_session_ends_once() {
    let (session, _) = session();
    let session =
        fold(Some(session.clone()), &session.end(EndReason::SignedOut, after(1))).unwrap();
    assert_eq!(session.ended.unwrap().reason, EndReason::SignedOut);
    assert_eq!(session.end(EndReason::TokenReused, after(2)), []);
    assert_eq!(session.rotate(0, LONGEST, after(2)), Rotation::Over);
}

#[test]
fn debug_output_tells_no_secret() {
    let (session, events) = session();
    let family = serde_json::to_value(&session).unwrap()["family"].as_str().unwrap().to_owned();
    assert!(!format!("{session:?} {events:?}").contains(&family));
    assert!(!serde_json::to_string(&events).unwrap().contains(&family), "nor does the trail");
    let user = ada_herself(UserId::new(start()));
    assert!(!format!("{user:?}").contains("ada@") && !format!("{user:?}").contains("Ada"));
}

// ---- shapes

/// The events as stored. A change here affects events that are already in tables: create a new type
/// of event instead, or read both forms.
#[test]
fn the_shapes_of_events() {
    let id = UserId::from_u128(0x0193_4a5c_7b00_7000_8000_0000_0000_0001);
    let session = SessionId::from_u128(0x0193_4a5c_7b00_7000_8000_0000_0000_0002);
    let key = ApiKeyId::from_u128(0x0193_4a5c_7b00_7000_8000_0000_0000_0003);
    let at = start();
    let (email, name, token) = ("ada@example.com", "Ada", "the token");
    let mut ada = ada_herself(id);
    let [told, taken_back] =
        [everything(), ProfileChange { phone: Some(None), ..ProfileChange::default() }].map(
            |change| {
                let event = ada.change_profile(change, at).unwrap().remove(0);
                ada = fold(Some(ada.clone()), [&event]).unwrap();
                event
            },
        );
    let users = [
        UserEvent::Registered {
            id,
            email: email.into(),
            verification_token: token.into(),
            verification_expires_at: after(86_400),
            at,
        },
        UserEvent::AdminBootstrapped { id, email: email.into(), name: name.into(), at },
        UserEvent::VerificationRequested {
            email: email.into(),
            verification_token: token.into(),
            verification_expires_at: after(86_400),
            at,
        },
        UserEvent::Verified { name: name.into(), address: HOME.into(), at },
        UserEvent::Updated { name: name.into(), at },
        told,
        taken_back,
        UserEvent::RegistrationRepeated {
            email: email.into(),
            reset_token: token.into(),
            reset_expires_at: after(3600),
            known_network: false,
            at,
        },
        UserEvent::RoleChanged { role: Role::Admin, at },
        UserEvent::Disabled { at },
        UserEvent::Enabled { at },
        UserEvent::SignedOut { kept: None, at },
        UserEvent::SignedOut { kept: Some(session), at },
        UserEvent::PasswordResetRequested {
            email: email.into(),
            reset_token: token.into(),
            reset_expires_at: after(3600),
            known_network: true,
            at,
        },
        UserEvent::PasswordReset { email: email.into(), address: HOME.into(), at },
        UserEvent::PasswordChanged { email: email.into(), kept: session, at },
        UserEvent::ApiKeyCreated {
            key,
            email: email.into(),
            name: name.into(),
            hint: "bk_live_0000".into(),
            key_hash: "00ff".into(),
            scopes: vec![Permission::OrdersRead, Permission::ProductsWrite],
            expires_at: Some(after(86_400)),
            at,
        },
        UserEvent::ApiKeyRevoked { key, at },
        UserEvent::SecondFactorEnabled { email: email.into(), at },
        UserEvent::SecondFactorDisabled { email: email.into(), at },
        UserEvent::BackupCodesRenewed { email: email.into(), at },
        UserEvent::EmailChangeRequested {
            new_email: email.into(),
            change_token: token.into(),
            change_expires_at: after(86_400),
            at,
        },
        UserEvent::EmailChanged {
            email: email.into(),
            former_email: email.into(),
            undo_token: Some(token.into()),
            undo_expires_at: after(7 * 86_400),
            at,
        },
        UserEvent::EmailChangeUndone {
            email: email.into(),
            reset_token: token.into(),
            reset_expires_at: after(3600),
            at,
        },
        UserEvent::DeletionScheduled { email: email.into(), due_at: after(7 * 86_400), at },
        UserEvent::DeletionCancelled { email: email.into(), at },
        UserEvent::SignedInFromNewNetwork {
            email: email.into(),
            network: "203.0.113.0/24".into(),
            at,
        },
        UserEvent::SecondFactorPaused { email: email.into(), network: "203.0.113.0/24".into(), at },
        UserEvent::SignInFailed { network: "203.0.113.0/24".into(), failures: 5, at },
        UserEvent::Erased { at },
        UserEvent::Joined {
            id,
            email: email.into(),
            name: name.into(),
            role: Role::User,
            provider: "google".into(),
            issuer: "https://accounts.google.com".into(),
            subject: "248289761001".into(),
            at,
        },
        UserEvent::IdentityLinked {
            provider: "google".into(),
            issuer: "https://accounts.google.com".into(),
            subject: "248289761001".into(),
            identity_email: Some(email.into()),
            email: email.into(),
            at,
        },
        UserEvent::IdentityUnlinked { provider: "google".into(), email: email.into(), at },
    ];
    let started =
        Session::start(session, &ada_herself(id), Some("curl/8"), "192.0.2.1", LONGEST, at)
            .unwrap();
    let sessions = [
        started[0].clone(),
        SessionEvent::Refreshed { generation: 1, expires_at: after(86_400), at },
        SessionEvent::TokenReused { user_id: id, at },
        SessionEvent::Ended { user_id: id, reason: EndReason::SignedOut, at },
        SessionEvent::Ended { user_id: id, reason: EndReason::TokenReused, at },
        SessionEvent::Ended { user_id: id, reason: EndReason::Revoked, at },
    ];
    check_disclosure(&users, &sessions);
    let users: Vec<Value> =
        users.iter().map(|event| serde_json::to_value(event).unwrap()).collect();
    let sessions: Vec<Value> =
        sessions.iter().map(|event| serde_json::to_value(event).unwrap()).collect();
    insta::assert_json_snapshot!("user_events", users);
    insta::assert_json_snapshot!("session_events", sessions);
}

/// Checks that personal data in events is shown to its person, unless it is a secret. A new
/// personal member must be added to one of the two lists.
fn check_disclosure(users: &[UserEvent], sessions: &[SessionEvent]) {
    let key = PersonKey::generate().unwrap();
    let users = users.iter().map(|event| serde_json::to_value(event).unwrap()["data"].clone());
    let sessions =
        sessions.iter().map(|event| serde_json::to_value(event).unwrap()["data"].clone());
    let (mut shown, mut secret) = (BTreeSet::new(), BTreeSet::new());
    for before in users.chain(sessions) {
        let mut data = before.clone();
        key.seal("user/1/1", &mut data).unwrap();
        export::disclose(&mut data, "user/1/1", &key).unwrap();
        for (name, value) in before.as_object().unwrap() {
            match value.get("$personal") {
                Some(clear) if data.get(name) == Some(clear) => drop(shown.insert(name.clone())),
                Some(_) => {
                    assert_eq!(data.get(name), None);
                    secret.insert(name.clone());
                }
                None => assert_eq!(data.get(name), Some(value)),
            }
        }
    }
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(secret, set(&export::SECRETS));
    let known = [
        "address",
        "billingAddress",
        "company",
        "device",
        "email",
        "formerEmail",
        "hint",
        "identityEmail",
        "name",
        "newEmail",
        "phone",
        "shippingAddress",
        "subject",
        "vatId",
    ];
    assert_eq!(shown, set(&known));
}

#[test]
fn the_shapes_of_states() {
    let id = UserId::from_u128(0x0193_4a5c_7b00_7000_8000_0000_0000_0001);
    let token = VerificationToken::parse(
        "vt_AZNKXHsAcACAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    )
    .unwrap();
    assert_eq!(token.user(), id);
    let pending = fold::<User>(None, &User::register(&ada(), &token, start())).unwrap();
    insta::assert_json_snapshot!("pending_user_state", pending);
    let user = fold(Some(pending.clone()), &pending.verify(&token, "Ada", HOME, after(1)).unwrap())
        .unwrap();
    insta::assert_json_snapshot!("user_state", user);
    let joined =
        fold::<User>(None, &User::join(id, &ada(), Some("Ada"), &identity(0), start())).unwrap();
    insta::assert_json_snapshot!("joined_user_state", joined);
    let user =
        fold(Some(user.clone()), &user.change_profile(everything(), after(1)).unwrap()).unwrap();
    insta::assert_json_snapshot!("user_state_with_profile", user.profile);
    let (session, _) = session();
    let mut shape = serde_json::to_value(&session).unwrap();
    for name in ["id", "userId", "family"] {
        assert!(shape[name].is_string());
        shape[name] = "…".into();
    }
    insta::assert_json_snapshot!("session_state", shape);
    assert_eq!(session.key().sk, format!("SESSION#{}", session.id));
    assert_eq!(session.event_prefix(), format!("EVENT#SESSION#{}#", session.id));
}
