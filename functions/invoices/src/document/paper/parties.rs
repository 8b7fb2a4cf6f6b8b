//! The seller, the buyer and the delivery address of a document.

use builder_core::invoices::{Buyer, Seller};
use builder_einvoice::{Address, Contact, Delivery, ElectronicAddress, Party};
use builder_identity::contact::{self, VatId};
use builder_store::id::UserId;

/// The scheme code of e-mail addresses among electronic addresses.
const EMAIL: &str = "EM";
/// The maximum number of address lines in EN 16931.
const ADDRESS_LINES: usize = 3;

/// Converts the seller.
pub(super) fn seller(seller: &Seller) -> Party {
    let company = &seller.company;
    let (phone, email) = (some(company.phone.as_deref()), some(company.email.as_deref()));
    Party {
        name: text(&seller.name).unwrap_or_default(),
        registration: some(company.registration_number.as_deref()),
        vat_id: company.vat_id.as_ref().map(|id| id.as_str().to_owned()),
        tax_number: some(company.tax_number.as_deref()),
        address: Address {
            lines: lines(company.address_lines.iter().map(String::as_str)),
            city: some(company.city.as_deref()),
            postal_code: some(company.postal_code.as_deref()),
            region: None,
            country: company.country.map(|country| country.code().to_owned()).unwrap_or_default(),
        },
        electronic_address: email.clone().map(by_email),
        contact: (phone.is_some() || email.is_some()).then_some(Contact {
            name: None,
            phone,
            email,
        }),
    }
}

/// Converts the buyer: the company with the person as its contact, or the person. An erased buyer
/// is named by the account's ID.
pub(super) fn buyer(buyer: &Buyer, user: UserId) -> Party {
    let person = text(&buyer.name);
    let company = some(buyer.company.as_deref());
    let contact = company.is_some().then(|| person.clone()).flatten();
    let name = company.or(person).unwrap_or_else(|| user.to_string());
    Party {
        registration: None,
        vat_id: buyer.vat_id.as_ref().map(VatId::as_str).map(str::to_owned),
        tax_number: None,
        address: buyer
            .billing_address
            .as_ref()
            .map(|at| address(at, &[Some(&name), contact.as_ref()]))
            .unwrap_or_default(),
        electronic_address: text(&buyer.email).map(by_email),
        contact: contact.map(|name| Contact { name: Some(name), phone: None, email: None }),
        name,
    }
}

/// Returns the delivery address, if it differs from the billing address.
pub(super) fn delivery(buyer: &Buyer) -> Option<Delivery> {
    let to =
        buyer.shipping_address.as_ref().filter(|to| Some(*to) != buyer.billing_address.as_ref())?;
    let name = text(&to.name);
    Some(Delivery { address: address(to, &[name.as_ref()]), name })
}

/// Converts an address. The recipient is its first line, except for `known` names, which are
/// already printed above it.
fn address(at: &contact::Address, known: &[Option<&String>]) -> Address {
    let name = text(&at.name).filter(|name| !known.contains(&Some(name)));
    Address {
        lines: lines(name.as_deref().into_iter().chain(at.lines.iter().map(String::as_str))),
        city: text(&at.city),
        postal_code: some(at.postal_code.as_deref()),
        region: some(at.region.as_deref()),
        country: at.country.code().to_owned(),
    }
}

/// Returns at most the permitted number of lines. The last one contains the excess lines.
fn lines<'a>(given: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut lines: Vec<String> = given.filter_map(text).collect();
    if lines.len() > ADDRESS_LINES {
        let last = lines.split_off(ADDRESS_LINES - 1).join(", ");
        lines.push(last);
    }
    lines
}

fn by_email(value: String) -> ElectronicAddress {
    ElectronicAddress { scheme: EMAIL.to_owned(), value }
}

fn some(given: Option<&str>) -> Option<String> {
    given.and_then(text)
}

/// Returns a text with the characters that XML doesn't permit (control characters, noncharacters)
/// replaced; `None` if only whitespace remains.
pub(super) fn text(given: &str) -> Option<String> {
    let kept = given.chars().map(|character| match character {
        control if control.is_control() => ' ',
        '\u{fdd0}'..='\u{fdef}' => char::REPLACEMENT_CHARACTER,
        other if u32::from(other) & 0xfffe == 0xfffe => char::REPLACEMENT_CHARACTER,
        other => other,
    });
    let kept: String = kept.collect();
    Some(kept.trim().to_owned()).filter(|text| !text.is_empty())
}
