//! Seller, buyer and delivery address.

use super::{Findings, Purpose};
use crate::document::{Address, Document, Party};

pub(super) fn check(document: &Document, purpose: Purpose, found: &mut Findings) {
    let Document { seller, buyer, .. } = document;
    party(seller, purpose, "seller", ["BR-06", "BR-09", "BR-62"], found);
    party(buyer, purpose, "buyer", ["BR-07", "BR-11", "BR-63"], found);
    let identified =
        purpose == Purpose::Paper || seller.registration.is_some() || seller.vat_id.is_some();
    found.hold(
        identified,
        "seller.registration",
        "BR-CO-26",
        "must be given, or else vat_id, to identify the supplier",
    );
    found.hold(
        buyer.tax_number.is_none(),
        "buyer.tax_number",
        "BT-32",
        "must be given only for a seller",
    );
    if let Some(delivery) = &document.delivered_to {
        found.optional(delivery.name.as_deref(), "delivered_to.name");
        address(&delivery.address, purpose, "delivered_to.address", "BR-57", found);
    }
}

fn party(
    party: &Party,
    purpose: Purpose,
    field: &str,
    [name, country, scheme]: [&'static str; 3],
    found: &mut Findings,
) {
    found.required(&party.name, &format!("{field}.name"), name);
    found.optional(party.registration.as_deref(), &format!("{field}.registration"));
    found.optional(party.vat_id.as_deref(), &format!("{field}.vat_id"));
    found.optional(party.tax_number.as_deref(), &format!("{field}.tax_number"));
    if let Some(vat_id) = &party.vat_id {
        let prefixed = vat_id.len() > 2 && is_country(vat_id.get(..2).unwrap_or_default());
        found.hold(
            prefixed,
            format!("{field}.vat_id"),
            "BR-CO-09",
            "must begin with the two letters of its country",
        );
    }
    address(&party.address, purpose, &format!("{field}.address"), country, found);
    if let Some(contact) = &party.contact {
        found.optional(contact.name.as_deref(), &format!("{field}.contact.name"));
        found.optional(contact.phone.as_deref(), &format!("{field}.contact.phone"));
        found.optional(contact.email.as_deref(), &format!("{field}.contact.email"));
    }
    if let Some(address) = &party.electronic_address {
        found.required(&address.scheme, &format!("{field}.electronic_address.scheme"), scheme);
        found.required(&address.value, &format!("{field}.electronic_address.value"), "Factur-X");
    }
}

fn address(
    address: &Address,
    purpose: Purpose,
    field: &str,
    country: &'static str,
    found: &mut Findings,
) {
    found.hold(
        address.lines.len() <= 3,
        format!("{field}.lines"),
        "BT-162",
        "must be at most three",
    );
    for (index, line) in address.lines.iter().enumerate() {
        found.required(line, &format!("{field}.lines[{index}]"), "Factur-X");
    }
    found.optional(address.city.as_deref(), &format!("{field}.city"));
    found.optional(address.postal_code.as_deref(), &format!("{field}.postal_code"));
    found.optional(address.region.as_deref(), &format!("{field}.region"));
    let known =
        is_country(&address.country) || (purpose == Purpose::Paper && address.country.is_empty());
    found.hold(
        known,
        format!("{field}.country"),
        country,
        "must be the two capital letters of a country",
    );
}

fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_uppercase())
}
