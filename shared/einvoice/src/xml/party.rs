//! Parties.

use super::writer::Writer;
use crate::document::{Address, Party};

pub(super) fn write(name: &'static str, party: &Party, x: &mut Writer) {
    x.element(name, |x| {
        x.text("ram:Name", &party.name);
        x.element("ram:SpecifiedLegalOrganization", |x| {
            x.optional("ram:ID", party.registration.as_deref())
        });
        if let Some(contact) = &party.contact {
            x.element("ram:DefinedTradeContact", |x| {
                x.optional("ram:PersonName", contact.name.as_deref());
                x.element("ram:TelephoneUniversalCommunication", |x| {
                    x.optional("ram:CompleteNumber", contact.phone.as_deref())
                });
                x.element("ram:EmailURIUniversalCommunication", |x| {
                    x.optional("ram:URIID", contact.email.as_deref())
                });
            });
        }
        address(&party.address, x);
        if let Some(electronic) = &party.electronic_address {
            x.element("ram:URIUniversalCommunication", |x| {
                x.attributed("ram:URIID", ("schemeID", &electronic.scheme), &electronic.value);
            });
        }
        // VA is an identifier for value added tax, FC a tax number: UNTDID 1153.
        for (scheme, id) in [("VA", &party.vat_id), ("FC", &party.tax_number)] {
            if let Some(id) = id {
                x.element("ram:SpecifiedTaxRegistration", |x| {
                    x.attributed("ram:ID", ("schemeID", scheme), id)
                });
            }
        }
    });
}

pub(super) fn address(address: &Address, x: &mut Writer) {
    x.element("ram:PostalTradeAddress", |x| {
        x.optional("ram:PostcodeCode", address.postal_code.as_deref());
        for (name, line) in
            ["ram:LineOne", "ram:LineTwo", "ram:LineThree"].into_iter().zip(&address.lines)
        {
            x.text(name, line);
        }
        x.optional("ram:CityName", address.city.as_deref());
        x.text("ram:CountryID", &address.country);
        x.optional("ram:CountrySubDivisionName", address.region.as_deref());
    });
}
