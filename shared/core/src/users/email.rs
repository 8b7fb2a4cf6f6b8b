//! E-mail addresses, as accounts are known by them.

use std::fmt;

/// The longest address that fits an SMTP path (RFC 5321, section 4.5.3.1.3, less its angle brackets).
const MAX_LENGTH: usize = 254;
/// The longest local part (RFC 5321, section 4.5.3.1.1).
const MAX_LOCAL_LENGTH: usize = 64;
/// The longest label of a domain (RFC 1035, section 2.3.4).
const MAX_LABEL_LENGTH: usize = 63;

/// An address in the one form under which it is stored and compared: trimmed and in lower case.
///
/// RFC 5321 lets a host tell `Ada@` from `ada@`; none that matters does, and people type their addresses both ways.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads an address.
    ///
    /// The rule is that of HTML's `<input type=email>` (<https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address>),
    /// which knows plus signs, apostrophes and the dots that some carriers allow, with a dot in the domain besides, since the
    /// mail has to leave this house.
    ///
    /// # Errors
    /// What is wrong with it, for the one who typed it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let address = text.trim().to_ascii_lowercase();
        let Some((local, domain)) = address.rsplit_once('@') else {
            return Err("must be an e-mail address such as ada@example.com");
        };
        if address.len() > MAX_LENGTH || local.len() > MAX_LOCAL_LENGTH {
            return Err("must be an e-mail address of at most 254 characters, 64 of them before the @");
        }
        if !address.is_ascii() {
            return Err("must be written in ASCII: give an international domain in its xn-- form");
        }
        if local.is_empty() || !local.bytes().all(may_stand_before_at) {
            return Err("has a character before the @ that no mail host accepts");
        }
        if !domain.contains('.') || !domain.split('.').all(is_label) {
            return Err("must have a full domain name after the @, such as example.com");
        }
        Ok(Self(address))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn may_stand_before_at(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte)
}

fn is_label(label: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=MAX_LABEL_LENGTH).contains(&label.len()) && label.bytes().all(inside) && !label.starts_with('-') && !label.ends_with('-')
}

/// Never shows the address: debug output ends up in logs.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_people_have_are_accepted_in_one_form() {
        for (typed, stored) in [
            (" Ada.Lovelace@Example.COM\n", "ada.lovelace@example.com"),
            ("ada+orders@example.co.uk", "ada+orders@example.co.uk"),
            ("o'brien@example.ie", "o'brien@example.ie"),
            ("taro..yamada.@docomo.ne.jp", "taro..yamada.@docomo.ne.jp"),
            ("x@xn--mller-kva.example", "x@xn--mller-kva.example"),
            ("1@2.photography", "1@2.photography"),
            ("a_b-c=d@sub.mail.example.com", "a_b-c=d@sub.mail.example.com"),
        ] {
            assert_eq!(EmailAddress::parse(typed).unwrap().as_str(), stored);
        }
    }

    #[test]
    fn what_no_host_delivers_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        let longer = format!("a@{}.com", "b.".repeat(130));
        for text in [
            "",
            "@",
            "ada",
            "ada@",
            "@example.com",
            "ada@localhost",
            "ada@-x.com",
            "ada@x-.com",
            "ada@x..com",
            "ada@.com",
            "ada@x.",
            "a b@example.com",
            "a@b@example.com",
            "ada@exa mple.com",
            "ada@example.com\r\nBcc: eve@example.com",
            "käse@example.com",
            "ada@müller.de",
            "<ada@example.com>",
            "ada@[127.0.0.1]",
            &long,
            &longer,
        ] {
            assert!(EmailAddress::parse(text).is_err(), "{text:?}");
        }
    }
}
