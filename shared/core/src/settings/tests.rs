//! The states that the settings' events produce, and their stored form.

use builder_identity::policy::{Disclosure, Security};
use builder_store::aggregate::{Versioned, fold};
use builder_store::commit::Commit;
use builder_store::event::chain::Link;
use builder_store::event::{Actor, Context};
use insta::assert_json_snapshot;
use jiff::Timestamp;
use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

fn filled() -> Document {
    let text = |text: &str| Some(text.to_owned());
    Document {
        company: Company {
            tax_number: Some("27/123/45678".to_owned()),
            time_zone: Some("Europe/Berlin".parse().unwrap()),
            bank_account: Some(BankAccount {
                iban: "DE02120300000000202051".parse().unwrap(),
                bic: Some("BYLADEM1001".to_owned()),
                holder: None,
            }),
            name: text("Lovelace & Babbage"),
            legal_form: text("GmbH"),
            address_lines: vec!["Invalidenstraße 1".to_owned()],
            city: text("Berlin"),
            postal_code: text("10115"),
            country: Some("DE".parse().unwrap()),
            vat_id: Some("DE123456789".parse().unwrap()),
            registration_number: text("HRB 12345 B"),
            email: text("hello@example.com"),
            phone: text("+49 30 1234567"),
            website: text("https://example.com"),
        },
        currency: crate::money::Currency::from_code("CHF").unwrap(),
        tax: Tax { default_percent: Some("19".parse().unwrap()) },
        invoices: Invoices {
            prefix: "R".to_owned(),
            credit_note_prefix: "G".to_owned(),
            restarts_yearly: false,
            payment_term_days: 30,
            reminder_days: vec![10],
            footer: text("Thank you."),
        },
        branding: Branding {
            display_name: text("Engines"),
            color: text("#1a73e8"),
            logo: Some(Logo::of(LogoType::Png, b"a picture")),
        },
        mail: Mail { from_name: text("Engines"), reply_to: text("service@example.com") },
        limits: Limits { order_expiry_hours: Some(48) },
        security: Security {
            session_days: 14,
            require_second_factor_for_admins: true,
            disclosure: Disclosure {
                contacts: vec!["mailto:security@example.com".to_owned()],
                policy: text("https://example.com/policy"),
                languages: vec!["de".to_owned()],
            },
        },
    }
}

/// These files are the stored form. A change to one makes existing events unreadable: add a new
/// event instead.
#[test]
fn stored_settings_match_the_snapshots() {
    let events = Settings::default().replace(filled(), at(0));
    assert_json_snapshot!("settings.changed", events);
    assert_json_snapshot!("settings_state", fold::<Settings>(None, &events).unwrap());
    assert_json_snapshot!("settings_defaults", Settings::default());
}

#[test]
fn an_event_contains_only_changed_sections() {
    let settings = Settings { document: filled(), past_expiries: Vec::new() };
    assert_eq!(settings.replace(filled(), at(1)), []);
    let wanted = Document { branding: Branding::default(), ..filled() };
    let events = settings.replace(wanted.clone(), at(1));
    let written = serde_json::to_value(&events[0]).unwrap();
    assert_eq!(written["data"].as_object().unwrap().keys().collect::<Vec<_>>(), ["at", "branding"]);
    assert_eq!(fold(Some(settings), &events).unwrap().document, wanted);
}

#[test]
fn setting_a_logo_changes_only_the_branding() {
    let settings = Settings { document: filled(), past_expiries: Vec::new() };
    let logo = Logo::of(LogoType::Jpeg, b"another picture");
    let events = settings.show_logo(logo.clone(), at(1));
    let written = serde_json::to_value(&events[0]).unwrap();
    assert_eq!(written["data"].as_object().unwrap().keys().collect::<Vec<_>>(), ["at", "branding"]);
    let after = fold(Some(settings), &events).unwrap();
    let branding = Branding { logo: Some(logo.clone()), ..filled().branding };
    assert_eq!(after.document, Document { branding, ..filled() });
    assert_eq!(after.show_logo(logo, at(2)), []);
}

/// An event from before logos existed.
#[test]
fn branding_without_a_logo_can_be_read() {
    let branding: Branding =
        serde_json::from_str(r##"{"displayName": "Engines", "color": "#1a73e8"}"##).unwrap();
    assert_eq!(branding, Branding { logo: None, ..filled().branding });
}

#[test]
fn the_sender_name_has_fallbacks() {
    let mut document = filled();
    assert_eq!(document.sender_name(), Some("Engines"));
    document.mail.from_name = None;
    document.branding.display_name = None;
    assert_eq!(document.sender_name(), Some("Lovelace & Babbage"));
    assert_eq!(Document::default().sender_name(), None);
}

#[test]
fn the_first_change_creates_and_later_ones_check_the_version() {
    let context = Context {
        actor: Actor::System,
        at: at(0),
        request_id: "test".to_owned(),
        traceparent: None,
    };
    let before = Versioned { state: Settings::default(), version: 0, link: Link::NONE };
    let mut commit = Commit::new(&context);
    let first =
        store::change(&mut commit, &before, &before.state.replace(filled(), at(0))).unwrap();
    assert!(first.version == 1 && format!("{commit:?}").contains("attribute_not_exists"));
    let mut commit = Commit::new(&context);
    let second =
        store::change(&mut commit, &first, &first.state.replace(Document::default(), at(1)))
            .unwrap();
    assert!(second.version == 2 && format!("{commit:?}").contains("version = :version"));
    assert_eq!(second.state.document, Document::default());
}

fn any_document() -> impl Strategy<Value = Document> {
    let hours = prop::option::of(1..=MAX_EXPIRY_HOURS);
    (any::<[bool; 7]>(), hours).prop_map(
        |([company, currency, tax, invoices, branding, mail, security], hours)| {
            let (filled, default) = (filled(), Document::default());
            let limits = Limits { order_expiry_hours: hours };
            Document {
                company: if company { filled.company } else { default.company },
                currency: if currency { filled.currency } else { default.currency },
                tax: if tax { filled.tax } else { default.tax },
                invoices: if invoices { filled.invoices } else { default.invoices },
                branding: if branding { filled.branding } else { default.branding },
                mail: if mail { filled.mail } else { default.mail },
                limits,
                security: if security { filled.security } else { default.security },
            }
        },
    )
}

proptest! {
    #[test]
    fn stored_events_produce_the_state(wanted in prop::collection::vec(any_document(), 0..10)) {
        let (mut settings, mut log) = (Settings::default(), Vec::new());
        for (second, wanted) in (0..).zip(wanted) {
            let events = settings.replace(wanted.clone(), at(second));
            settings = fold(Some(settings.clone()), &events).unwrap();
            prop_assert_eq!(&settings.document, &wanted);
            log.extend(events);
        }
        let stored: Vec<SettingsEvent> =
            log.iter().map(|event| serde_json::from_value(serde_json::to_value(event).unwrap()).unwrap()).collect();
        prop_assert_eq!(fold::<Settings>(None, &stored).unwrap_or_default(), settings.clone());
        let state: Settings = serde_json::from_value(serde_json::to_value(&settings).unwrap()).unwrap();
        prop_assert_eq!(state, settings);
    }
}
