//! Properties of the account and the session that hold whatever happens to them, and the shapes of their events.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::Value;

use super::api_key::ApiKeyText;
use super::export;
use super::password_reset::ResetToken;
use super::session::{EndReason, GRACE, LIFE, Rotation, Session, SessionEvent};
use super::user::{NewApiKey, NewIdentity, Status, User, UserEvent};
use super::verification::VerificationToken;
use super::{EmailAddress, Permission, Profile, ProfileChange, Role};
use crate::aggregate::{Aggregate, Listed, fold};
use crate::contact::Address;
use crate::id::{ApiKeyId, SessionId, UserId};
use crate::personal::PersonKey;

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

fn ada_herself(id: UserId) -> User {
    fold::<User>(None, &User::register(&ada(), "Ada", &token_of(id), start())).unwrap()
}

fn token_of(id: UserId) -> VerificationToken {
    VerificationToken::generate(id).unwrap()
}

/// The name that a handler finds for a token of a later registration.
fn name_of(user: &User, token: &VerificationToken, now: Timestamp) -> Option<&'static str> {
    user.verification(token, now).is_ok_and(|verification| verification.rival).then_some("Eve")
}

/// As the events are stored and read again.
fn stored<E: serde::Serialize + serde::de::DeserializeOwned>(events: &[E]) -> Vec<E> {
    events.iter().map(|event| serde_json::from_value(serde_json::to_value(event).unwrap()).unwrap()).collect()
}

// ---- accounts

/// Somebody at a provider of this number.
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
    RegisterAgain,
    Resend,
    Verify { newest: bool },
    Rename(u8),
    ChangeProfile(Box<ProfileChange>),
    ChangeRole(Role),
    Disable,
    Enable,
    SignOut { keep: bool },
    ForgetPassword,
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
    let text = || prop::option::of(prop::option::of((0..2u8).prop_map(|number| format!("Text {number}"))));
    let address = || prop::option::of(prop::option::of((0..2u8).prop_map(address)));
    let vat_id = prop::option::of(prop::option::of(Just("DE123456789".parse().unwrap())));
    (text(), vat_id, text(), address(), address()).prop_map(|(company, vat_id, phone, billing_address, shipping_address)| {
        ProfileChange { company, vat_id, phone, billing_address, shipping_address }
    })
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
        3 => Just(Command::RegisterAgain),
        3 => Just(Command::Resend),
        3 => any::<bool>().prop_map(|newest| Command::Verify { newest }),
        2 => (0..3u8).prop_map(Command::Rename),
        2 => profile_change().prop_map(|change| Command::ChangeProfile(Box::new(change))),
        1 => prop_oneof![Just(Role::Guest), Just(Role::User), Just(Role::Admin)].prop_map(Command::ChangeRole),
        1 => Just(Command::Disable),
        2 => Just(Command::Enable),
        1 => any::<bool>().prop_map(|keep| Command::SignOut { keep }),
        2 => Just(Command::ForgetPassword),
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
        commands in proptest::collection::vec((command(), 0..90_000i64), 0..30),
    ) {
        let id = UserId::new(start());
        let first = token_of(id);
        let joining = || User::join(id, &ada(), Some("Ada"), &identity(0), start());
        let mut events = if joined { joining() } else { User::register(&ada(), "Ada", &first, start()) };
        let mut user = fold::<User>(None, &events).unwrap();
        let mut newest = first.clone();
        let mut now = start();
        let mut mails = vec![start()];
        let reset = ResetToken::generate(id).unwrap();
        for (command, seconds) in commands {
            now += SignedDuration::from_secs(seconds);
            let token = token_of(id);
            let new = match command {
                Command::RegisterAgain => user.register_again(&token, now),
                Command::Resend => user.request_verification(&token, now),
                Command::Verify { newest: true } => user.verify(&newest, name_of(&user, &newest, now), now).unwrap_or_default(),
                Command::Verify { newest: false } => user.verify(&token, None, now).unwrap_or_default(),
                Command::Rename(name) => user.rename(&format!("Ada {name}"), now),
                Command::ChangeProfile(change) => user.change_profile(*change, now).unwrap(),
                Command::ChangeRole(role) => user.change_role(role, now),
                Command::Disable => user.disable(now),
                Command::Enable => user.enable(now),
                Command::SignOut { keep } => user.sign_out(keep.then(|| SessionId::new(now)), now),
                Command::ForgetPassword => user.request_password_reset(&reset, now),
                Command::ResetPassword { newest: true } => user.reset_password(&reset, now).unwrap_or_default(),
                Command::ResetPassword { newest: false } => user.reset_password(&ResetToken::generate(id).unwrap(), now).unwrap_or_default(),
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
                if let UserEvent::VerificationRequested { .. } | UserEvent::RegisteredAgain { .. } = event {
                    let last = *mails.last().unwrap();
                    let repeated = matches!(event, UserEvent::VerificationRequested { .. });
                    prop_assert!(!repeated || now.duration_since(last) >= SignedDuration::from_secs(60), "one a minute, when asked for");
                    prop_assert!(!before.verified);
                    newest = token.clone();
                    mails.push(now);
                    // Two periods may meet at most.
                    let day = mails.iter().filter(|mail| now.duration_since(**mail) < SignedDuration::from_hours(24)).count();
                    prop_assert!(day <= 20, "{} mails in a day", day);
                }
            }
            // What needs every token refused raises the epoch; verifying the first registration signs nobody out.
            let harsh = new.iter().any(|event| {
                matches!(
                    event,
                    UserEvent::RoleChanged { .. }
                        | UserEvent::Disabled { .. }
                        | UserEvent::Erased { .. }
                        | UserEvent::SignedOut { .. }
                        | UserEvent::PasswordReset { .. }
                        | UserEvent::PasswordChanged { .. }
                        | UserEvent::Verified { name: Some(_), .. }
                )
            });
            prop_assert_eq!(user.epoch, before.epoch + u64::from(harsh));
            let verified = new.iter().any(|event| matches!(event, UserEvent::Verified { .. }));
            prop_assert!(before.status == Status::Active || !verified);
            // A token is good once, and no session outlives a new password but the one that chose it.
            if new.iter().any(|event| matches!(event, UserEvent::PasswordReset { .. })) {
                prop_assert!(user.reset_password(&reset, now).is_err());
                let began_before = Session { epoch: before.epoch, ..session().0 };
                prop_assert!(user.has_signed_out(&began_before));
            }
            // Until it is erased, one can always sign in to it; and only a verified one has identities.
            prop_assert!(user.status == Status::Erased || !user.passwordless || !user.identities.is_empty());
            prop_assert!(user.verified || user.identities.is_empty());
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
fn verifying_makes_a_user_once_and_repeats_without_effect() {
    let id = UserId::new(start());
    let token = token_of(id);
    let guest = fold::<User>(None, &User::register(&ada(), "Ada", &token, start())).unwrap();
    assert_eq!((guest.role, guest.verified, guest.epoch), (Role::Guest, false, 1));
    assert!(guest.verify(&token_of(id), None, after(60)).is_err(), "another token");
    assert!(guest.verify(&token, None, after(24 * 3600)).is_err(), "too late");

    let events = guest.verify(&token, None, after(60)).unwrap();
    let user = fold(Some(guest), &events).unwrap();
    assert_eq!((user.role, user.verified, user.epoch), (Role::User, true, 1));
    assert_eq!(user.verify(&token, None, after(120)).unwrap(), [], "a mail scanner was here first");
    assert!(user.verify(&token, None, after(24 * 3600)).is_err(), "but not for ever");
}

#[test]
fn every_mail_that_was_sent_can_be_followed() {
    let id = UserId::new(start());
    let (old, new) = (token_of(id), token_of(id));
    let user = fold::<User>(None, &User::register(&ada(), "Ada", &old, start())).unwrap();
    assert_eq!(user.request_verification(&new, after(59)), []);
    let events = user.request_verification(&new, after(60));
    let user = fold(Some(user), &events).unwrap();
    assert!(user.verify(&old, None, after(61)).is_ok() && user.verify(&new, None, after(61)).is_ok());
    assert!(user.latest_rival(after(61)).is_none(), "it is the first registration that the mail is about");
}

#[test]
fn whose_link_is_followed_has_the_account_and_nobody_else() {
    let id = UserId::new(start());
    let (first, second) = (token_of(id), token_of(id));
    let guest = fold::<User>(None, &User::register(&ada(), "Eve", &first, start())).unwrap();
    let guest = fold(Some(guest.clone()), &guest.register_again(&second, after(1))).unwrap();
    assert_eq!((guest.name.as_str(), guest.epoch), ("Eve", 1), "nothing has been proved yet");
    assert!(guest.latest_rival(after(2)).is_some());

    let user = fold(Some(guest.clone()), &guest.verify(&second, Some("Ada"), after(60)).unwrap()).unwrap();
    assert_eq!((user.name.as_str(), user.role, user.verified, user.epoch), ("Ada", Role::User, true, 2));
    let began = |epoch| Session { epoch, ..session().0 };
    assert!(user.has_signed_out(&began(guest.epoch)) && !user.has_signed_out(&began(user.epoch)));

    let user = fold(Some(guest.clone()), &guest.verify(&first, None, after(60)).unwrap()).unwrap();
    assert_eq!((user.name.as_str(), user.verified, user.epoch, user.signed_out_epoch), ("Eve", true, 1, 0));
}

#[test]
fn when_too_many_register_an_address_no_link_is_good_until_the_next_day() {
    let id = UserId::new(start());
    let first = token_of(id);
    let mut user = fold::<User>(None, &User::register(&ada(), "Ada", &first, start())).unwrap();
    let mut mails = 1;
    for second in 1..30 {
        let events = user.register_again(&token_of(id), after(second));
        mails += events.iter().filter(|event| matches!(event, UserEvent::RegisteredAgain { .. })).count();
        user = fold(Some(user), &events).unwrap();
    }
    assert_eq!((mails, user.verifications.len()), (10, 0));
    assert!(user.verify(&first, None, after(30)).is_err());
    assert_eq!(user.request_verification(&token_of(id), after(3600)), []);
    assert_eq!(user.register_again(&token_of(id), after(24 * 3600)).len(), 1);
}

#[test]
fn identities_are_linked_to_verified_accounts_and_one_way_to_sign_in_remains() {
    let id = UserId::new(start());
    let refusal = |result: crate::Result<Vec<UserEvent>>| match result.unwrap_err() {
        crate::Error::Refused { code, .. } => code,
        error => panic!("{error}"),
    };
    assert_eq!(refusal(ada_herself(id).link_identity(&identity(0), start())), "account-not-verified");

    let joined = fold::<User>(None, &User::join(id, &ada(), Some(" "), &identity(0), start())).unwrap();
    assert_eq!((joined.name.as_str(), joined.role, joined.verified, joined.passwordless), ("ada", Role::User, true, true));
    assert_eq!(joined.link_identity(&identity(0), after(1)).unwrap(), [], "as it is");
    let recycled = NewIdentity { subject: "another".to_owned(), ..identity(0) };
    assert_eq!(refusal(joined.link_identity(&recycled, after(1))), "provider-linked");
    assert_eq!(refusal(joined.unlink_identity("provider-0", after(1))), "last-sign-in");
    assert!(matches!(joined.unlink_identity("provider-1", after(1)), Err(crate::Error::NotFound { .. })));

    let both = fold(Some(joined.clone()), &joined.link_identity(&identity(1), after(2)).unwrap()).unwrap();
    let one = fold(Some(both.clone()), &both.unlink_identity("provider-0", after(3)).unwrap()).unwrap();
    assert_eq!(refusal(one.unlink_identity("provider-1", after(4))), "last-sign-in");
    let with_password = fold(Some(one), &both.change_password(SessionId::new(start()), after(5))).unwrap();
    assert!(with_password.unlink_identity("provider-1", after(6)).is_ok());
    assert!(!format!("{both:?}{:?}{:?}", both.identities, identity(0)).contains("248289761001"));
}

#[test]
fn a_registration_of_a_verified_address_changes_nothing_and_tells_the_owner_once_an_hour() {
    let id = UserId::new(start());
    let token = token_of(id);
    let guest = fold::<User>(None, &User::register(&ada(), "Ada", &token, start())).unwrap();
    let events = guest.verify(&token, None, after(60)).unwrap();
    let user = fold(Some(guest), &events).unwrap();
    let events = user.register_again(&token_of(id), after(61));
    assert!(matches!(events[..], [UserEvent::RegistrationRepeated { .. }]));
    let told = fold(Some(user.clone()), &events).unwrap();
    assert_eq!(User { repeat_told_at: None, ..told.clone() }, user);
    assert_eq!(told.register_again(&token_of(id), after(61 + 3599)), []);
    assert_eq!(told.register_again(&token_of(id), after(61 + 3600)).len(), 1);
}

#[test]
fn a_person_whose_key_is_erased_leaves_an_account_without_a_name() {
    let sealed = serde_json::json!({"$sealed": "x"});
    let events = User::register(&ada(), "Ada", &token_of(UserId::new(start())), start());
    let mut event = serde_json::to_value(&events[0]).unwrap();
    for name in ["email", "name", "verificationToken"] {
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
        shipping_address: Some(Some(Address { postal_code: None, region: Some("Surrey".to_owned()), ..address(3) })),
    }
}

#[test]
fn a_profile_changes_by_what_is_different_and_is_told_to_nobody() {
    let ada = ada_herself(UserId::new(start()));
    let told = fold(Some(ada.clone()), &ada.change_profile(everything(), after(1)).unwrap()).unwrap();
    assert_eq!(told.change_profile(everything(), after(2)).unwrap(), []);
    let change =
        ProfileChange { phone: Some(None), company: Some(Some("Analytical Engines".to_owned())), ..ProfileChange::default() };
    let events = told.change_profile(change, after(2)).unwrap();
    let written = serde_json::to_value(&events[0]).unwrap();
    assert_eq!(written["data"], serde_json::json!({ "phone": null, "at": after(2) }));
    let after_that = fold(Some(told.clone()), &stored(&events)).unwrap();
    assert_eq!(after_that.profile, Profile { phone: None, ..told.profile.clone() });

    let shown = format!("{:?} {:?} {:?} {:?}", told, told.profile, everything(), told.profile.billing_address);
    for personal in ["Analytical", "GB123", "+44", "James", "London"] {
        assert!(!shown.contains(personal), "{shown}");
    }
    let erased = fold(Some(told.clone()), &told.erase(after(3))).unwrap();
    assert!(erased.profile.is_empty() && erased.change_profile(everything(), after(4)).unwrap().is_empty());
}

// ---- sessions

fn session() -> (Session, Vec<SessionEvent>) {
    let events =
        Session::start(SessionId::new(start()), &ada_herself(UserId::new(start())), Some("curl/8"), "192.0.2.1", LONGEST, start())
            .unwrap();
    (fold::<Session>(None, &events).unwrap(), events)
}

proptest! {
    /// Whatever tokens are presented when: at most one successor of each generation, none after the end, and an old token is
    /// answered only as the parent of the active one, within the grace.
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
    let session = fold(Some(session.clone()), &session.end(EndReason::SignedOut, after(1))).unwrap();
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
    let user = fold::<User>(None, &User::register(&ada(), "Ada", &token_of(UserId::new(start())), start())).unwrap();
    assert!(!format!("{user:?}").contains("ada@") && !format!("{user:?}").contains("Ada"));
}

// ---- shapes

/// The events as stored. A change here changes what is already in tables: make a new kind of event instead, or read both forms.
#[test]
fn the_shapes_of_events() {
    let id = UserId::from_u128(0x0193_4a5c_7b00_7000_8000_0000_0000_0001);
    let session = SessionId::from_u128(0x0193_4a5c_7b00_7000_8000_0000_0000_0002);
    let key = ApiKeyId::from_u128(0x0193_4a5c_7b00_7000_8000_0000_0000_0003);
    let at = start();
    let (email, name, token) = ("ada@example.com", "Ada", "the token");
    let mut ada = ada_herself(id);
    let [told, taken_back] = [everything(), ProfileChange { phone: Some(None), ..ProfileChange::default() }].map(|change| {
        let event = ada.change_profile(change, at).unwrap().remove(0);
        ada = fold(Some(ada.clone()), [&event]).unwrap();
        event
    });
    let users = [
        UserEvent::Registered {
            id,
            email: email.into(),
            name: name.into(),
            role: Role::Guest,
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
        UserEvent::RegisteredAgain {
            email: email.into(),
            verification_token: token.into(),
            verification_expires_at: after(86_400),
            at,
        },
        UserEvent::VerificationsVoided { at },
        UserEvent::Verified { role: Role::User, name: None, at },
        UserEvent::Verified { role: Role::User, name: Some(name.into()), at },
        UserEvent::Updated { name: name.into(), at },
        told,
        taken_back,
        UserEvent::RegistrationRepeated { email: email.into(), name: name.into(), at },
        UserEvent::RoleChanged { role: Role::Admin, at },
        UserEvent::Disabled { at },
        UserEvent::Enabled { at },
        UserEvent::SignedOut { kept: None, at },
        UserEvent::SignedOut { kept: Some(session), at },
        UserEvent::PasswordResetRequested { email: email.into(), reset_token: token.into(), reset_expires_at: after(3600), at },
        UserEvent::PasswordReset { email: email.into(), role: Role::User, at },
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
        UserEvent::EmailChangeUndone { email: email.into(), reset_token: token.into(), reset_expires_at: after(3600), at },
        UserEvent::DeletionScheduled { email: email.into(), due_at: after(7 * 86_400), at },
        UserEvent::DeletionCancelled { email: email.into(), at },
        UserEvent::SignedInFromNewNetwork { email: email.into(), network: "203.0.113.0/24".into(), at },
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
    let started = Session::start(session, &ada_herself(id), Some("curl/8"), "192.0.2.1", LONGEST, at).unwrap();
    let sessions = [
        started[0].clone(),
        SessionEvent::Refreshed { generation: 1, expires_at: after(86_400), at },
        SessionEvent::TokenReused { user_id: id, at },
        SessionEvent::Ended { user_id: id, reason: EndReason::SignedOut, at },
        SessionEvent::Ended { user_id: id, reason: EndReason::TokenReused, at },
        SessionEvent::Ended { user_id: id, reason: EndReason::Revoked, at },
    ];
    check_disclosure(&users, &sessions);
    let users: Vec<Value> = users.iter().map(|event| serde_json::to_value(event).unwrap()).collect();
    let sessions: Vec<Value> = sessions.iter().map(|event| serde_json::to_value(event).unwrap()).collect();
    insta::assert_json_snapshot!("user_events", users);
    insta::assert_json_snapshot!("session_events", sessions);
}

/// What is personal in events is shown to its person, unless it is a secret. A new personal member belongs into one of the two lists.
fn check_disclosure(users: &[UserEvent], sessions: &[SessionEvent]) {
    let key = PersonKey::generate().unwrap();
    let users = users.iter().map(|event| serde_json::to_value(event).unwrap()["data"].clone());
    let sessions = sessions.iter().map(|event| serde_json::to_value(event).unwrap()["data"].clone());
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
    let token = VerificationToken::parse("vt_AZNKXHsAcACAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
    assert_eq!(token.user(), id);
    let user = fold::<User>(None, &User::register(&ada(), "Ada", &token, start())).unwrap();
    insta::assert_json_snapshot!("user_state", user);
    let joined = fold::<User>(None, &User::join(id, &ada(), Some("Ada"), &identity(0), start())).unwrap();
    insta::assert_json_snapshot!("joined_user_state", joined);
    let user = fold(Some(user.clone()), &user.change_profile(everything(), after(1)).unwrap()).unwrap();
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
