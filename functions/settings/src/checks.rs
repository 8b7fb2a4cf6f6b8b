//! Validation of single values. The schemas' patterns express the same rules.

use builder_core::money::Currency;
use builder_identity::contact::check_phone;
use builder_identity::email::EmailAddress;
use builder_store::text::check_lines;

pub(crate) fn is_phone(text: &str, _: &()) -> garde::Result {
    check_phone(text).map_err(garde::Error::new)
}

pub(crate) fn is_email(text: &str, _: &()) -> garde::Result {
    EmailAddress::parse(text).map_err(garde::Error::new)?;
    // It is stored as it was sent, including surrounding whitespace.
    when(text.trim().len() == text.len(), "must be an e-mail address without surrounding spaces")
}

pub(crate) fn is_currency(text: &str, _: &()) -> garde::Result {
    when(
        Currency::from_code(text).is_some(),
        "must be an ISO 4217 currency code in upper case, such as EUR",
    )
}

/// Returns an e-mail address as it is stored: as it was sent, except that an international domain
/// is converted to its ASCII form, which mail headers require.
pub(crate) fn email(text: String) -> String {
    match EmailAddress::parse(&text) {
        Ok(address) if !text.is_ascii() => address.as_str().to_owned(),
        _ => text,
    }
}

/// Validates a text of one or more lines.
pub(crate) fn is_text(text: &str, _: &()) -> garde::Result {
    check_lines(text).map_err(garde::Error::new)
}

pub(crate) fn is_color(text: &str, _: &()) -> garde::Result {
    let digits = text.strip_prefix('#').unwrap_or_default();
    let hexadecimal = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    when(hexadecimal, "must be a color such as #1a73e8")
}

pub(crate) fn is_prefix(text: &str, _: &()) -> garde::Result {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-/_.".contains(&byte));
    when(
        plain && (1..=12).contains(&text.len()),
        "must have 1 to 12 letters, digits, hyphens, slashes, underscores or periods",
    )
}

/// Validates a BIC (ISO 9362).
pub(crate) fn is_bic(text: &str, _: &()) -> garde::Result {
    let (letters, rest) = text.split_at_checked(6).unwrap_or_default();
    let is_bic = letters.bytes().all(|byte| byte.is_ascii_uppercase())
        && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && [2, 5].contains(&rest.len());
    when(is_bic, "must be a BIC of 8 or 11 upper-case letters and digits, such as BYLADEM1001")
}

/// Validates days after a due date.
#[expect(clippy::ptr_arg, reason = "garde passes a reference to the field")]
pub(crate) fn are_days(days: &Vec<u16>, _: &()) -> garde::Result {
    let ascending = days.windows(2).all(|pair| pair[0] < pair[1]);
    let within = days.len() <= 10 && days.iter().all(|day| (1..=365).contains(day));
    when(ascending && within, "must be at most 10 numbers from 1 to 365, in ascending order")
}

pub(crate) fn is_website(text: &str, _: &()) -> garde::Result {
    let address = url::Url::parse(text).ok();
    let public = address.is_some_and(|url| {
        let named = url.domain().is_some_and(|domain| domain.contains('.'));
        ["http", "https"].contains(&url.scheme())
            && named
            && url.username().is_empty()
            && url.password().is_none()
    });
    when(
        public && text.bytes().all(|byte| byte.is_ascii_graphic()),
        "must be a URL such as https://example.com",
    )
}

/// Validates the URL of a page that is served over TLS.
pub(crate) fn is_secure_page(text: &str, _: &()) -> garde::Result {
    let public = text.starts_with("https://") && is_website(text, &()).is_ok();
    when(public, "must be a URL such as https://example.com/security-policy")
}

/// Validates a contact according to RFC 9116, section 2.5.3.
pub(crate) fn is_contact(text: &str, _: &()) -> garde::Result {
    let reachable = if let Some(address) = text.strip_prefix("mailto:") {
        is_email(address, &()).is_ok()
    } else if let Some(number) = text.strip_prefix("tel:") {
        let (plus, digits) = number.split_at_checked(1).unwrap_or_default();
        plus == "+"
            && (7..=20).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
    } else {
        is_secure_page(text, &()).is_ok()
    };
    when(
        reachable,
        "must be a URI such as mailto:security@example.com, tel:+1-201-555-0123 or \
         https://example.com/report",
    )
}

/// Validates a language tag (BCP 47).
pub(crate) fn is_language(text: &str, _: &()) -> garde::Result {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let begins = (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_alphabetic());
    let goes_on = parts.clone().count() <= 3
        && parts.all(|part| {
            (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
    when(begins && goes_on, "must be a language tag such as en or de-CH")
}

fn when(holds: bool, otherwise: &'static str) -> garde::Result {
    if holds { Ok(()) } else { Err(garde::Error::new(otherwise)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_website_is_a_public_address() {
        for good in [
            "https://example.com",
            "http://shop.example.com/de/?a=b#c",
            "https://xn--caf-dma.example",
        ] {
            assert!(is_website(good, &()).is_ok(), "{good}");
        }
        for bad in [
            "example.com",
            "ftp://example.com",
            "javascript:alert(1)",
            "https://a:b@example.com",
            "https://localhost",
            "https://1.2.3.4",
            "https://exa mple.com",
            "",
        ] {
            assert!(is_website(bad, &()).is_err(), "{bad}");
        }
    }

    #[test]
    fn security_contacts_and_languages_are_checked() {
        for good in [
            "mailto:security@example.com",
            "tel:+1-201-555-0123",
            "https://example.com/report?from=txt",
        ] {
            assert!(is_contact(good, &()).is_ok(), "{good}");
        }
        for bad in [
            "security@example.com",
            "mailto:nobody",
            "tel:12345678",
            "tel:",
            "http://example.com",
            "https://localhost",
            "mailto:a@b.de\nX: y",
            "",
        ] {
            assert!(is_contact(bad, &()).is_err(), "{bad:?}");
        }
        assert!(is_language("en", &()).is_ok() && is_language("zh-Hant-TW", &()).is_ok());
        for bad in ["", "e", "english language", "en,de", "en-", "en\n"] {
            assert!(is_language(bad, &()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn values_match_their_patterns() {
        assert!(
            is_color("#1A73e8", &()).is_ok()
                && is_prefix("INV-2026/", &()).is_ok()
                && is_email("a@example.com", &()).is_ok()
        );
        for bad in ["1a73e8", "#1a73e", "#1a73eg", "", "#1a73e8 "] {
            assert!(is_color(bad, &()).is_err(), "{bad}");
        }
        for bad in ["", "INV 1", "ÄÖ", "1234567890123"] {
            assert!(is_prefix(bad, &()).is_err(), "{bad}");
        }
        for bad in
            [" a@example.com", "a@b", "Ada <a@example.com>", "a@example.com\r\nBcc: b@example.com"]
        {
            assert!(is_email(bad, &()).is_err(), "{bad:?}");
        }
        for (bic, expected) in [
            ("BYLADEM1001", true),
            ("COBADEFF", true),
            ("cobadeff", false),
            ("COBADEF", false),
            ("1OBADEFF", false),
            ("COBADÉFF", false),
        ] {
            assert_eq!(is_bic(bic, &()).is_ok(), expected, "{bic}");
        }
        assert!(is_text("a\nb", &()).is_ok() && is_text("a\r\nb", &()).is_err());
    }
}
