//! The e-mail templates in `templates/`. Each e-mail has a subject, a text and an HTML version.

use builder_core::money::{Currency, Money};
use builder_core::ports::email::Email;
use builder_store::error::Fault;
use jiff::Timestamp;
use jiff::civil::Date;
use minijinja::{Environment, ErrorKind};

use crate::letter::Letter;

/// The parsed templates.
pub(crate) struct Templates(Environment<'static>);

/// The name and source of each template. Templates whose name ends in `.html` escape their values.
const SOURCES: &[(&str, &str)] = &[
    ("layout.html", include_str!("../templates/layout.html")),
    ("how-to-pay.txt", include_str!("../templates/how-to-pay.txt")),
    ("how-to-pay.html", include_str!("../templates/how-to-pay.html")),
    ("lines.txt", include_str!("../templates/lines.txt")),
    ("lines.html", include_str!("../templates/lines.html")),
    ("verify-email.subject", "Please verify your e-mail address"),
    ("verify-email.txt", include_str!("../templates/verify-email.txt")),
    ("verify-email.html", include_str!("../templates/verify-email.html")),
    ("registration-repeated.subject", "You already have an account"),
    ("registration-repeated.txt", include_str!("../templates/registration-repeated.txt")),
    ("registration-repeated.html", include_str!("../templates/registration-repeated.html")),
    ("reset-password.subject", "Reset your password"),
    ("reset-password.txt", include_str!("../templates/reset-password.txt")),
    ("reset-password.html", include_str!("../templates/reset-password.html")),
    ("password-changed.subject", "Your password was changed"),
    ("password-changed.txt", include_str!("../templates/password-changed.txt")),
    ("password-changed.html", include_str!("../templates/password-changed.html")),
    ("api-key-created.subject", "An API key was created for your account"),
    ("api-key-created.txt", include_str!("../templates/api-key-created.txt")),
    ("api-key-created.html", include_str!("../templates/api-key-created.html")),
    ("second-factor-enabled.subject", "Two-factor sign-in is enabled"),
    ("second-factor-enabled.txt", include_str!("../templates/second-factor-enabled.txt")),
    ("second-factor-enabled.html", include_str!("../templates/second-factor-enabled.html")),
    ("second-factor-disabled.subject", "Two-factor sign-in is disabled"),
    ("second-factor-disabled.txt", include_str!("../templates/second-factor-disabled.txt")),
    ("second-factor-disabled.html", include_str!("../templates/second-factor-disabled.html")),
    ("backup-codes-renewed.subject", "Your backup codes were replaced"),
    ("backup-codes-renewed.txt", include_str!("../templates/backup-codes-renewed.txt")),
    ("backup-codes-renewed.html", include_str!("../templates/backup-codes-renewed.html")),
    ("confirm-email-change.subject", "Please confirm your new e-mail address"),
    ("confirm-email-change.txt", include_str!("../templates/confirm-email-change.txt")),
    ("confirm-email-change.html", include_str!("../templates/confirm-email-change.html")),
    ("email-changed.subject", "Your e-mail address was changed"),
    ("email-changed.txt", include_str!("../templates/email-changed.txt")),
    ("email-changed.html", include_str!("../templates/email-changed.html")),
    ("email-change-undone.subject", "Your e-mail address was changed back"),
    ("email-change-undone.txt", include_str!("../templates/email-change-undone.txt")),
    ("email-change-undone.html", include_str!("../templates/email-change-undone.html")),
    ("address-in-use.subject", "Somebody wants to use your e-mail address"),
    ("address-in-use.txt", include_str!("../templates/address-in-use.txt")),
    ("address-in-use.html", include_str!("../templates/address-in-use.html")),
    ("deletion-scheduled.subject", "Your account will be deleted"),
    ("deletion-scheduled.txt", include_str!("../templates/deletion-scheduled.txt")),
    ("deletion-scheduled.html", include_str!("../templates/deletion-scheduled.html")),
    ("deletion-cancelled.subject", "Your account will not be deleted"),
    ("deletion-cancelled.txt", include_str!("../templates/deletion-cancelled.txt")),
    ("deletion-cancelled.html", include_str!("../templates/deletion-cancelled.html")),
    ("new-network.subject", "Somebody signed in to your account from a new network"),
    ("new-network.txt", include_str!("../templates/new-network.txt")),
    ("new-network.html", include_str!("../templates/new-network.html")),
    ("second-factor-paused.subject", "Wrong codes were entered for your account"),
    ("second-factor-paused.txt", include_str!("../templates/second-factor-paused.txt")),
    ("second-factor-paused.html", include_str!("../templates/second-factor-paused.html")),
    ("token-reused.subject", "A session of your account was ended"),
    ("token-reused.txt", include_str!("../templates/token-reused.txt")),
    ("token-reused.html", include_str!("../templates/token-reused.html")),
    ("identity-linked.subject", "Another way to sign in was added to your account"),
    ("identity-linked.txt", include_str!("../templates/identity-linked.txt")),
    ("identity-linked.html", include_str!("../templates/identity-linked.html")),
    ("identity-unlinked.subject", "A way to sign in was removed from your account"),
    ("identity-unlinked.txt", include_str!("../templates/identity-unlinked.txt")),
    ("identity-unlinked.html", include_str!("../templates/identity-unlinked.html")),
    ("order-placed.subject", "Your order {{ order.id }}"),
    ("order-placed.txt", include_str!("../templates/order-placed.txt")),
    ("order-placed.html", include_str!("../templates/order-placed.html")),
    ("order-cancelled.subject", "Your order {{ order.id }} was cancelled"),
    ("order-cancelled.txt", include_str!("../templates/order-cancelled.txt")),
    ("order-cancelled.html", include_str!("../templates/order-cancelled.html")),
    ("order-expired.subject", "Your order {{ order.id }} has expired"),
    ("order-expired.txt", include_str!("../templates/order-expired.txt")),
    ("order-expired.html", include_str!("../templates/order-expired.html")),
    ("invoice.subject", "Your invoice {{ invoice.number }}"),
    ("invoice.txt", include_str!("../templates/invoice.txt")),
    ("invoice.html", include_str!("../templates/invoice.html")),
    ("credit-note.subject", "Your credit note {{ invoice.number }}"),
    ("credit-note.txt", include_str!("../templates/credit-note.txt")),
    ("credit-note.html", include_str!("../templates/credit-note.html")),
    ("invoice-reminder.subject", "Reminder: invoice {{ invoice.number }} is overdue"),
    ("invoice-reminder.txt", include_str!("../templates/invoice-reminder.txt")),
    ("invoice-reminder.html", include_str!("../templates/invoice-reminder.html")),
];

impl Templates {
    /// Parses all templates. A template that can't be parsed is logged, and rendering it fails; a
    /// test renders all of them.
    pub(crate) fn new() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
        environment.add_filter("money", money);
        environment.add_filter("time", time);
        environment.add_filter("date", date);
        for (name, source) in SOURCES {
            if let Err(error) = environment.add_template(name, source) {
                tracing::error!(template = name, %error, "could not parse an e-mail template");
            }
        }
        Self(environment)
    }

    /// Renders the e-mail.
    pub(crate) fn render(&self, letter: &Letter) -> Result<Email, Fault> {
        let content = minijinja::Value::from(minijinja::value::Serde(&letter.content));
        let part = |ending: &str| -> Result<String, Fault> {
            let template = self.0.get_template(&format!("{}.{ending}", letter.template))?;
            Ok(template.render(content.clone())?)
        };
        // A line break in a subject would start another header.
        let subject = part("subject")?.replace(['\r', '\n'], " ");
        Ok(Email {
            to: letter.to.clone(),
            subject,
            text: part("txt")?,
            html: part("html")?,
            from_name: None,
            reply_to: None,
            attachments: Vec::new(),
        })
    }
}

/// Formats an amount: `{{ order.total | money }}` is `19.99 EUR`.
fn money(value: &minijinja::Value) -> Result<String, minijinja::Error> {
    let no_money = || minijinja::Error::new(ErrorKind::InvalidOperation, "not an amount of money");
    let amount = i64::try_from(value.get_attr("amount")?).map_err(|_| no_money())?;
    let currency =
        value.get_attr("currency")?.as_str().and_then(Currency::from_code).ok_or_else(no_money)?;
    Ok(Money::new(amount, currency).to_string())
}

/// Formats a time: `{{ order.expiresAt | time }}` is `22 November 2026, 10:00 UTC`.
fn time(value: &str) -> Result<String, minijinja::Error> {
    let time: Timestamp = value
        .parse()
        .map_err(|_| minijinja::Error::new(ErrorKind::InvalidOperation, "not a timestamp"))?;
    Ok(time.strftime("%-d %B %Y, %H:%M UTC").to_string())
}

/// Formats a date: `{{ invoice.dueOn | date }}` is `22 November 2026`.
fn date(value: &str) -> Result<String, minijinja::Error> {
    let date: Date = value
        .parse()
        .map_err(|_| minijinja::Error::new(ErrorKind::InvalidOperation, "not a date"))?;
    Ok(date.strftime("%-d %B %Y").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn letter(template: &'static str, content: Value) -> Email {
        Templates::new()
            .render(&Letter { to: "ada@example.com".into(), template, content, enclosed: None })
            .unwrap()
    }

    fn order() -> Value {
        let money = |amount| json!({ "amount": amount, "currency": "EUR" });
        json!({
            "id": "ord_01h455vb4pex5vsknk084sn02q",
            "expiresAt": "2026-11-22T10:00:00Z",
            "items": [{ "quantity": 2, "name": "Tea <green>", "sku": "TEA-1", "net": money(1998) }],
            "subtotal": money(1998),
            "taxes": [{ "percent": "7", "tax": money(140) }],
            "total": money(2138),
        })
    }

    #[test]
    fn every_template_renders_in_both_forms() {
        for template in ["order-placed", "order-cancelled", "order-expired"] {
            let mail = letter(template, json!({ "name": "Ada", "order": order() }));
            assert!(mail.subject.contains("ord_01h455vb4pex5vsknk084sn02q"), "{}", mail.subject);
            for text in ["Hello Ada", "19.98 EUR", "21.38 EUR"] {
                assert!(mail.text.contains(text) && mail.html.contains(text), "{template}: {text}");
            }
        }
        assert!(
            letter("order-placed", json!({ "name": "Ada", "order": order() }))
                .text
                .contains("until 22 November 2026, 10:00 UTC.")
        );
        let mail = letter(
            "verify-email",
            json!({ "name": null, "link": "https://app.example/verify-email?token=vt_1" }),
        );
        assert!(mail.text.contains("token=vt_1") && mail.html.contains("token=vt_1"));
        let mail = letter(
            "reset-password",
            json!({ "name": null, "link": "https://app.example/reset-password?token=pt_1" }),
        );
        assert!(mail.text.contains("token=pt_1") && mail.html.contains("token=pt_1"));
        letter("registration-repeated", json!({ "name": null, "link": null }));
        for template in [
            "password-changed",
            "api-key-created",
            "second-factor-enabled",
            "second-factor-disabled",
            "backup-codes-renewed",
        ] {
            letter(template, json!({ "name": null, "link": null }));
        }
        for template in ["address-in-use", "deletion-scheduled", "deletion-cancelled"] {
            letter(template, json!({ "name": null, "link": null }));
        }
        for template in ["confirm-email-change", "email-changed", "email-change-undone"] {
            let mail = letter(
                template,
                json!({ "name": null, "link": "https://app.example/page?token=ec_1", "provider": null }),
            );
            assert!(
                mail.text.contains("token=ec_1") && mail.html.contains("token=ec_1"),
                "{template}"
            );
        }
        for template in ["new-network", "second-factor-paused"] {
            let mail = letter(
                template,
                json!({ "name": null, "network": "203.0.113.0/24", "at": "2026-11-22T10:00:00Z" }),
            );
            // In HTML, the slash is escaped as a character reference.
            let html = mail.html.replace("&#x2f;", "/");
            for text in ["203.0.113.0/24", "22 November 2026, 10:00 UTC"] {
                assert!(mail.text.contains(text) && html.contains(text), "{template}: {text}");
            }
        }
        letter("token-reused", json!({ "name": null }));
        for template in ["identity-linked", "identity-unlinked"] {
            let mail =
                letter(template, json!({ "name": null, "link": null, "provider": "google" }));
            assert!(mail.text.contains("google") && mail.html.contains("google"), "{template}");
        }
    }

    #[test]
    fn mails_of_documents_state_the_amount_and_due_date() {
        let invoice = |status: &str, corrects: Value| {
            json!({
                "number": "INV-2026-000001", "status": status, "dueOn": "2026-12-06", "corrects": corrects,
                "total": { "amount": 2138, "currency": "EUR" }, "reference": "RF12INV2026000001",
                "account": { "iban": "DE02120300000000202051", "bic": null, "holder": null },
            })
        };
        let written = |template, status, corrects| {
            letter(template, json!({ "name": "Ada", "invoice": invoice(status, corrects) }))
        };
        for (template, status, parts) in [
            ("invoice", "open", ["21.38 EUR", "6 December 2026"]),
            ("invoice", "paid", ["21.38 EUR", "has been paid"]),
            ("invoice", "void", ["21.38 EUR", "is void"]),
            ("invoice-reminder", "open", ["21.38 EUR", "6 December 2026"]),
        ] {
            let mail = written(template, status, Value::Null);
            assert!(mail.subject.contains("INV-2026-000001"), "{}", mail.subject);
            for part in parts.into_iter().chain(["Hello Ada", "INV-2026-000001"]) {
                assert!(
                    mail.text.contains(part) && mail.html.contains(part),
                    "{template} {status}: {part}"
                );
            }
        }
        for (template, status, open) in [
            ("invoice", "open", true),
            ("invoice-reminder", "open", true),
            ("invoice", "paid", false),
            ("invoice", "void", false),
            ("credit-note", "paid", false),
        ] {
            let mail = written(template, status, json!({ "number": "INV-2026-000007" }));
            for part in ["DE02120300000000202051", "RF12INV2026000001"] {
                assert_eq!(
                    (mail.text.contains(part), mail.html.contains(part)),
                    (open, open),
                    "{template} {status}: {part}"
                );
            }
        }
        let mail = written("credit-note", "paid", json!({ "number": "INV-2026-000007" }));
        for part in ["21.38 EUR", "INV-2026-000001", "INV-2026-000007"] {
            assert!(mail.text.contains(part) && mail.html.contains(part), "{part}");
        }
        let mail = written("invoice", "paid", json!({ "number": "CN-2026-000007" }));
        assert!(mail.text.contains("CN-2026-000007") && mail.html.contains("CN-2026-000007"));
    }

    #[test]
    fn user_text_is_escaped_in_html_only() {
        let mail = letter("order-placed", json!({ "name": "<b>Ada</b>", "order": order() }));
        assert!(mail.html.contains("&lt;b&gt;Ada") && mail.html.contains("Tea &lt;green&gt;"));
        assert!(mail.text.contains("<b>Ada</b>") && mail.text.contains("Tea <green>"));
    }

    #[test]
    fn a_subject_stays_one_line() {
        let mut order = order();
        order["id"] = "a\r\nBcc: eve@example.com".into();
        let mail = letter("order-placed", json!({ "name": "Ada", "order": order }));
        assert!(!mail.subject.contains(['\r', '\n']));
    }
}
