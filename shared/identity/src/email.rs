//! E-mail addresses, as accounts are known by them.

use std::borrow::Cow;
use std::fmt;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

/// The longest address that fits an SMTP path (RFC 5321, section 4.5.3.1.3, less its angle
/// brackets).
const MAX_LENGTH: usize = 254;
/// More bytes than this aren't looked at: a domain of 253 characters has fewer, in any script.
const MAX_TYPED: usize = 1024;
/// The longest local part (RFC 5321, section 4.5.3.1.1).
const MAX_LOCAL_LENGTH: usize = 64;
/// The longest label of a domain (RFC 1035, section 2.3.4).
const MAX_LABEL_LENGTH: usize = 63;

/// An address in the one form under which it is stored and compared: trimmed, in lower case, and
/// with an international domain in its ASCII form (A-labels, IDNA 2008).
/// RFC 5321 allows hosts to distinguish `Ada@` and `ada@`, but in practice none does, and people
/// type both. Domains that look alike but differ have different A-labels, and are different
/// addresses here.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads an address.
    /// The rule for the part before the @ is that of HTML's `<input type=email>`
    /// (<https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address>), which allows
    /// plus signs, apostrophes and the dots that some carriers use. It is ASCII: other mailboxes
    /// require SMTPUTF8 (RFC 6531) on every mail host, which SES doesn't support. The domain must
    /// be fully qualified, and can be international (UTS 46).
    ///
    /// # Errors
    /// What is wrong with it, for the one who typed it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let Some((local, domain)) = text.trim().rsplit_once('@') else {
            return Err("must be an e-mail address such as ada@example.com");
        };
        if text.len() > MAX_TYPED || local.len() > MAX_LOCAL_LENGTH {
            return Err(
                "must be an e-mail address of at most 254 characters, 64 of them before the @",
            );
        }
        if !local.is_ascii() {
            return Err(
                "must have only ASCII characters before the @; other mailboxes can't be reached \
                 from this service",
            );
        }
        if local.is_empty() || !local.bytes().all(may_stand_before_at) {
            return Err("has a character before the @ that mail hosts don't accept");
        }
        let domain = ascii_domain(domain)
            .ok_or("must have a full domain name after the @, such as example.com")?;
        let address = format!("{}@{domain}", local.to_ascii_lowercase());
        if address.len() > MAX_LENGTH {
            return Err(
                "must be an e-mail address of at most 254 characters, 64 of them before the @",
            );
        }
        Ok(Self(address))
    }

    /// The address, in ASCII.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A stored address as people read it: an international domain in its own script, as it was typed.
/// A label that could be taken for another domain stays in its ASCII form.
#[must_use]
pub fn shown(address: &str) -> Cow<'_, str> {
    let Some((local, domain)) =
        address.rsplit_once('@').filter(|(_, domain)| domain.contains("xn--"))
    else {
        return address.into();
    };
    let (domain, read) = Uts46::new().to_user_interface(
        domain.as_bytes(),
        AsciiDenyList::STD3,
        Hyphens::Allow,
        |label, _, _| is_unambiguous(label),
    );
    if read.is_ok() { format!("{local}@{domain}").into() } else { address.into() }
}

/// The domain in ASCII, if it can be one that mail is sent to.
fn ascii_domain(domain: &str) -> Option<String> {
    if domain.len() > MAX_TYPED {
        return None;
    }
    let read = Uts46::new()
        .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::Allow, DnsLength::Verify)
        .ok()?;
    (read.contains('.') && read.split('.').all(is_label)).then(|| read.into_owned())
}

/// Returns whether a label can't be confused with one of another script: its letters don't mix
/// Latin, Greek and Cyrillic, and aren't all Cyrillic letters that look like Latin ones. This is a
/// subset of the rules of browsers
/// (<https://chromium.googlesource.com/chromium/src/+/main/docs/idn.md>).
fn is_unambiguous(label: &[char]) -> bool {
    let has = |is: fn(char) -> bool| label.iter().any(|character| is(*character));
    let latin = has(|c| {
        c.is_ascii_lowercase() || matches!(c, '\u{df}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
    });
    let greek = has(|c| matches!(c, '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}'));
    let cyrillic = has(|c| matches!(c, '\u{400}'..='\u{52f}'));
    let alike = label.iter().all(|character| {
        !character.is_alphabetic() || "асеорхуіјѕһԁԛԝӏѵгтпмвнк".contains(*character)
    });
    u8::from(latin) + u8::from(greek) + u8::from(cyrillic) <= 1 && !(cyrillic && alike)
}

fn may_stand_before_at(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte)
}

fn is_label(label: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=MAX_LABEL_LENGTH).contains(&label.len())
        && label.bytes().all(inside)
        && !label.starts_with('-')
        && !label.ends_with('-')
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
            ("user@müller.de", "user@xn--mller-kva.de"),
            ("USER@MÜLLER.DE", "user@xn--mller-kva.de"),
            ("user@mu\u{308}ller.de", "user@xn--mller-kva.de"),
            ("user@straße.example", "user@xn--strae-oqa.example"),
            ("user@例え.テスト", "user@xn--r8jz45g.xn--zckzah"),
            ("user@例え。テスト", "user@xn--r8jz45g.xn--zckzah"),
            ("user@XN--MLLER-KVA.de", "user@xn--mller-kva.de"),
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
            "käse@müller.de",
            "ada@xn--zzzzzzzz.de",
            "ada@mül ler.de",
            "ada@mül_ler.de",
            "ada@müller",
            "ada@\u{202e}müller.de",
            "<ada@example.com>",
            "ada@[127.0.0.1]",
            &long,
            &longer,
        ] {
            assert!(EmailAddress::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_address_is_shown_in_its_own_script_unless_it_could_be_taken_for_another() {
        for (typed, read) in [
            ("ada@example.com", "ada@example.com"),
            ("Ada@MÜLLER.de", "ada@müller.de"),
            ("ada@xn--mller-kva.de", "ada@müller.de"),
            ("ada@пример.example", "ada@пример.example"),
            ("ada@παράδειγμα.example", "ada@παράδειγμα.example"),
            ("ada@例え.テスト", "ada@例え.テスト"),
            // Cyrillic а in a Latin word, and a Cyrillic word of letters that look Latin.
            ("ada@p\u{430}ypal.example", "ada@xn--pypal-4ve.example"),
            ("ada@\u{430}\u{440}\u{440}\u{4cf}\u{435}.example", "ada@xn--80ak6aa92e.example"),
        ] {
            let address = EmailAddress::parse(typed).unwrap();
            assert_eq!(shown(address.as_str()), read, "{typed}");
            assert_eq!(EmailAddress::parse(&shown(address.as_str())).unwrap(), address, "{typed}");
        }
    }

    #[test]
    fn domains_that_look_alike_are_different_addresses() {
        let latin = EmailAddress::parse("ada@paypal.example").unwrap();
        for other in ["ada@p\u{430}ypal.example", "ada@paypa\u{4cf}.example"] {
            let other = EmailAddress::parse(other).unwrap();
            assert_ne!(other, latin);
            assert!(shown(other.as_str()).contains("xn--"), "{}", shown(other.as_str()));
        }
    }
}
