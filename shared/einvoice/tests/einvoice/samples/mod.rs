//! Sample documents, for the tests and for validation by other programs.

mod special;

use builder_einvoice::{
    Accent, Account, Address, Category, Contact, Currency, Document, ElectronicAddress, Exemption,
    Kind, Language, Line, Look, Means, Party, Payment, Supplied, TaxSum, Totals,
};
use jiff::civil::date;
use rust_decimal::Decimal;

/// Returns all samples with their names.
pub(crate) fn all() -> Vec<(&'static str, Document, Look)> {
    vec![
        ("plain", plain(), look(Language::English)),
        ("credit-note", special::credit_note(), look(Language::German)),
        ("reverse-charge", special::reverse_charge(), look(Language::French)),
        ("intra-community", special::intra_community(), look(Language::English)),
        ("export", special::export(), look(Language::English)),
        ("exempt-and-zero", special::exempt_and_zero(), look(Language::German)),
        ("outside-scope", special::outside_scope(), look(Language::German)),
        ("yen", special::yen(), look(Language::English)),
        ("dinar", special::dinar(), look(Language::English)),
        ("accounting-currency", special::accounting_currency(), look(Language::English)),
        ("many-pages", many(120), look(Language::German)),
        ("long-words", special::long_words(), look(Language::French)),
        ("scripts", special::scripts(), look(Language::English)),
        ("logo", plain(), special::with_logo()),
    ]
}

/// Returns the appearance for a seller without a logo.
pub(crate) fn look(language: Language) -> Look {
    Look {
        logo: None,
        accent: Accent([0x0b, 0x5f, 0x5a]),
        footer: Some(
            "Muster Werkzeug GmbH · Hafenstraße 12 · 20457 Hamburg · Amtsgericht Hamburg HRB \
             123456 · Geschäftsführung: Ada Muster"
                .into(),
        ),
        language,
    }
}

pub(crate) fn euro() -> Currency {
    Currency { code: "EUR".into(), exponent: 2 }
}

pub(crate) fn seller() -> Party {
    Party {
        name: "Muster Werkzeug GmbH".into(),
        registration: Some("HRB 123456".into()),
        vat_id: Some("DE123456789".into()),
        tax_number: Some("48/123/45678".into()),
        address: Address {
            lines: vec!["Hafenstraße 12".into(), "Aufgang C".into()],
            city: Some("Hamburg".into()),
            postal_code: Some("20457".into()),
            region: None,
            country: "DE".into(),
        },
        contact: Some(Contact {
            name: Some("Buchhaltung".into()),
            phone: Some("+49 40 123456".into()),
            email: Some("rechnung@muster.example".into()),
        }),
        electronic_address: Some(ElectronicAddress {
            scheme: "EM".into(),
            value: "rechnung@muster.example".into(),
        }),
    }
}

pub(crate) fn buyer() -> Party {
    Party {
        name: "Café Zoë & Söhne <GbR>".into(),
        address: Address {
            lines: vec!["Gänsemarkt 1".into()],
            city: Some("München".into()),
            postal_code: Some("80331".into()),
            region: Some("Bayern".into()),
            country: "DE".into(),
        },
        electronic_address: Some(ElectronicAddress {
            scheme: "EM".into(),
            value: "zoe@example.com".into(),
        }),
        ..Party::default()
    }
}

/// Returns a line with this quantity, in the standard category.
pub(crate) fn line(position: usize, name: &str, quantity: i64, unit_price: i64, rate: i64) -> Line {
    Line {
        position: position.to_string(),
        sku: Some(format!("A-{:04}", 1000 + position)),
        name: name.into(),
        description: None,
        quantity: Decimal::from(quantity),
        unit: "C62".into(),
        unit_price,
        discount: None,
        net: quantity * unit_price,
        category: Category::Standard,
        rate: Decimal::from(rate),
    }
}

/// Returns an invoice with these lines, and with taxes and sums computed from them.
pub(crate) fn of_lines(lines: Vec<Line>) -> Document {
    let mut document = Document {
        kind: Kind::Invoice,
        number: "2026-000123".into(),
        issued_on: date(2026, 11, 21),
        due_on: Some(date(2026, 12, 5)),
        supplied: Some(Supplied::On(date(2026, 11, 20))),
        currency: euro(),
        accounting_tax: None,
        seller: seller(),
        buyer: buyer(),
        delivered_to: None,
        buyer_reference: Some("Kostenstelle 42".into()),
        purchase_order: Some("PO-7781".into()),
        sales_order: Some("ord_01jd5r8y".into()),
        preceding_invoice: None,
        lines,
        taxes: Vec::new(),
        totals: Totals { net: 0, tax: 0, gross: 0, paid: 0, due: 0 },
        payment: Some(Payment {
            means: Means::SepaTransfer,
            description: None,
            account: Some(Account {
                iban: "DE02120300000000202051".into(),
                bic: Some("BYLADEM1001".into()),
                holder: Some("Muster Werkzeug GmbH".into()),
            }),
            reference: Some("2026-000123".into()),
        }),
        payment_terms: Some("Payable within 14 days without deduction.".into()),
        notes: vec!["Thank you for your order.".into()],
    };
    add_up(&mut document);
    document
}

/// Computes taxes and sums from the lines: each rate's tax is rounded half up once.
pub(crate) fn add_up(document: &mut Document) {
    document.taxes.clear();
    for line in &document.lines {
        match document
            .taxes
            .iter_mut()
            .find(|sum| sum.category == line.category && sum.rate == line.rate)
        {
            Some(sum) => sum.base += line.net,
            None => document.taxes.push(TaxSum {
                category: line.category,
                rate: line.rate,
                base: line.net,
                tax: 0,
                exemption: None,
            }),
        }
    }
    for sum in &mut document.taxes {
        let tax = Decimal::from(sum.base) * sum.rate / Decimal::ONE_HUNDRED;
        sum.tax = tax
            .round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero)
            .try_into()
            .unwrap();
    }
    let net = document.lines.iter().map(|line| line.net).sum();
    let tax = document.taxes.iter().map(|sum| sum.tax).sum();
    let paid = document.totals.paid;
    document.totals = Totals { net, tax, gross: net + tax, paid, due: net + tax - paid };
}

/// Sets the reason why no tax is charged, for all categories without tax.
pub(crate) fn exempt(document: &mut Document, reason: &str, code: Option<&str>) {
    for sum in document
        .taxes
        .iter_mut()
        .filter(|sum| !matches!(sum.category, Category::Standard | Category::Zero))
    {
        sum.exemption =
            Some(Exemption { reason: Some(reason.into()), code: code.map(str::to_owned) });
    }
}

/// Returns an invoice with two rates, a discount, a fractional quantity and a partial payment.
pub(crate) fn plain() -> Document {
    let mut hours = line(3, "Beratung vor Ort", 1, 9_500, 19);
    hours.quantity = Decimal::new(25, 1);
    hours.unit = "HUR".into();
    hours.sku = None;
    hours.net = 23_750;
    let mut drill = line(1, "Akku-Bohrschrauber 18 V", 12, 12_995, 19);
    drill.description =
        Some("Mit zwei Akkus und Koffer. Drehmoment 60 Nm; Bohrfutter 13 mm.\nFarbe: blau".into());
    drill.discount =
        Some(builder_einvoice::Discount { amount: 7_500, reason: "Mengenrabatt".into() });
    drill.net -= 7_500;
    let mut document =
        of_lines(vec![drill, line(2, "Handbuch „Richtig bohren“", 3, 1_999, 7), hours]);
    document.totals.paid = 50_000;
    add_up(&mut document);
    document
}

/// Returns an invoice with this many lines.
pub(crate) fn many(count: usize) -> Document {
    let lines = (1..=count).map(|position| {
        let number = i64::try_from(position).unwrap();
        let name = match position % 7 {
            0 => {
                "Sechskantschraube DIN 933, M8 × 40, Edelstahl A2, Packung mit zweihundert \
                 Stück, Kleingebinde für den Fachhandel"
            }
            3 => "Unterlegscheibe A8,4",
            _ => "Senkkopfschraube 4,5 × 60 mm",
        };
        let mut line = line(
            position,
            name,
            number % 9 + 1,
            199 + number * 37,
            if position % 5 == 0 { 7 } else { 19 },
        );
        line.description = (position % 4 == 0).then(|| {
            "Lieferung aus dem Lager Hamburg, verpackt \
             zu je fünfzig Stück."
                .into()
        });
        line
    });
    of_lines(lines.collect())
}
