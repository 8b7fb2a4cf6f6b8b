//! Sample documents of special cases.

use builder_einvoice::{
    AccountingTax, Address, Category, Contact, Currency, Delivery, Document, Kind, Language, Line,
    Logo, Look, Means, Party, Preceding, Supplied,
};
use jiff::civil::date;
use rust_decimal::Decimal;

use super::{add_up, exempt, line, look, of_lines, plain};

/// Returns a line on which no tax is charged.
fn untaxed(position: usize, name: &str, price: i64, category: Category) -> Line {
    Line { category, ..line(position, name, 2, price, 0) }
}

fn abroad(country: &str, vat_id: &str) -> Party {
    Party {
        name: "Menuiserie Lefèvre & Fils SARL".into(),
        vat_id: Some(vat_id.into()),
        address: Address {
            lines: vec!["8 rue de l’Église".into()],
            city: Some("Besançon".into()),
            postal_code: Some("25000".into()),
            region: None,
            country: country.into(),
        },
        contact: Some(Contact { name: Some("Élodie Œuvrard".into()), phone: None, email: None }),
        ..Party::default()
    }
}

pub(crate) fn credit_note() -> Document {
    let mut document = plain();
    document.kind = Kind::CreditNote;
    document.number = "2026-G0007".into();
    document.preceding_invoice =
        Some(Preceding { number: "2026-000123".into(), issued_on: Some(date(2026, 11, 21)) });
    document.due_on = None;
    document.payment = None;
    document.payment_terms =
        Some("Der Betrag wird auf das Konto der ursprünglichen Zahlung erstattet.".into());
    document.notes = vec!["Rückgabe vom 20.11.2026, vollständig.".into()];
    document.totals.paid = 0;
    add_up(&mut document);
    document
}

pub(crate) fn reverse_charge() -> Document {
    let mut document =
        of_lines(vec![untaxed(1, "Licence annuelle", 120_000, Category::ReverseCharge)]);
    document.buyer = abroad("FR", "FR40303265045");
    document.supplied = Some(Supplied::Between(date(2026, 11, 1), date(2026, 11, 30)));
    exempt(&mut document, "Autoliquidation", Some("VATEX-EU-AE"));
    document
}

pub(crate) fn intra_community() -> Document {
    let mut document =
        of_lines(vec![untaxed(1, "Planer, 82 mm", 45_900, Category::IntraCommunity)]);
    document.buyer = abroad("FR", "FR40303265045");
    let address = Address {
        lines: vec!["Zone industrielle, hall 4".into()],
        ..document.buyer.address.clone()
    };
    document.delivered_to = Some(Delivery { name: Some("Atelier Lefèvre".into()), address });
    exempt(&mut document, "Intra-Community supply", Some("VATEX-EU-IC"));
    document
}

pub(crate) fn export() -> Document {
    let mut document = of_lines(vec![untaxed(1, "Workbench", 89_000, Category::Export)]);
    document.buyer = Party { vat_id: None, ..abroad("CH", "CHE123456788") };
    document.payment.as_mut().unwrap().means = Means::Transfer;
    exempt(&mut document, "Export outside the EU", Some("VATEX-EU-G"));
    document
}

pub(crate) fn exempt_and_zero() -> Document {
    let lines = vec![
        untaxed(1, "Schulung", 30_000, Category::Exempt),
        untaxed(2, "Photovoltaikmodul 430 W", 21_000, Category::Zero),
        line(3, "Befestigung", 4, 2_500, 19),
    ];
    let mut document = of_lines(lines);
    exempt(&mut document, "Steuerfrei nach § 4 Nr. 21 UStG", None);
    document
}

pub(crate) fn outside_scope() -> Document {
    let mut document =
        of_lines(vec![untaxed(1, "Mitgliedsbeitrag", 6_000, Category::OutsideScope)]);
    document.seller.vat_id = None;
    document.seller.tax_number = None;
    exempt(&mut document, "Nicht steuerbar", Some("VATEX-EU-O"));
    document
}

pub(crate) fn yen() -> Document {
    let mut document = of_lines(vec![
        line(1, "Hand plane", 3, 12_800, 10),
        line(2, "Whetstone #1000", 1, 4_980, 8),
    ]);
    document.currency = Currency { code: "JPY".into(), exponent: 0 };
    document.buyer.name = "株式会社 東京木工".into();
    document.buyer.address.city = Some("東京都千代田区".into());
    document.buyer.address.region = None;
    document.buyer.address.country = "JP".into();
    document
}

/// Returns an invoice with amounts in thousandths, where only a unit price needs the third decimal.
pub(crate) fn dinar() -> Document {
    let mut document =
        of_lines(vec![line(1, "Screws, loose", 1_000, 125, 5), line(2, "Anchor", 10, 1_500, 5)]);
    document.currency = Currency { code: "KWD".into(), exponent: 3 };
    document.buyer.name = "شركة الخليج للأدوات (ذ.م.م)".into();
    document.buyer.address.country = "KW".into();
    document.buyer.address.region = None;
    document
}

/// Returns an invoice in dollars, with the tax also in euros.
pub(crate) fn accounting_currency() -> Document {
    let mut document = plain();
    document.currency = Currency { code: "USD".into(), exponent: 2 };
    document.accounting_tax = Some(AccountingTax { currency: super::euro(), tax: 31_877 });
    document
}

/// Returns an invoice with texts that are too long for their place.
pub(crate) fn long_words() -> Document {
    let mut document = plain();
    document.buyer.name =
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft mit \
         beschränkter Haftung"
            .into();
    document.buyer_reference = Some("X".repeat(80));
    document.lines[1].name =
        "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz".repeat(4);
    document.lines[1].description =
        Some("Ein sehr langer Absatz, der sich über viele Zeilen zieht. ".repeat(120));
    document.lines[2].unit_price = 9_999_999_999_999;
    document.lines[2].quantity = Decimal::ONE;
    document.lines[2].net = 9_999_999_999_999;
    add_up(&mut document);
    document.notes =
        vec!["Absatz eins.\nAbsatz zwei, gleich darunter.".into(), "Noch ein Hinweis. ".repeat(60)];
    document
}

/// Returns an invoice with names in many scripts, some of them mixed in one text.
pub(crate) fn scripts() -> Document {
    let names = [
        "Ελληνικά εργαλεία: Τρυπάνι",
        "Дрель аккумуляторная «Вольт»",
        "مثقاب لاسلكي ١٨ فولت (Model X-200)",
        "מקדחה נטענת 18V, כחולה",
        "ताररहित ड्रिल क्षत्रिय",
        "สว่านไร้สายพร้อมแบตเตอรี่สองก้อนและกล่อง",
        "充电式电钻（蓝色）",
        "コードレスドリル ハンマー付き",
        "무선 드릴 세트",
        "Անլար գայլիկոն և უსადენო ბურღი",
        "কর্ডলেস ড্রিল",
        "கம்பியில்லா துளைப்பான்",
        "ገመድ አልባ መሰርሰሪያ",
        "Máy khoan không dây Điện Biên",
        "Ładowarka Őrült žluťoučký kůň İstanbul",
        "Gift set 🎁 with → arrows ✓ and ½ ℓ",
    ];
    let lines =
        names.iter().enumerate().map(|(index, name)| line(index + 1, name, 1, 1_000, 19)).collect();
    let mut document = of_lines(lines);
    document.buyer.name = "דוד כהן (David Cohen) בע״מ".into();
    document.notes = vec!["هذه ملاحظة باللغة العربية تحتوي على رقم الطلب ORD-123 ثم تنتهي.".into()];
    document
}

pub(crate) fn with_logo() -> Look {
    Look { logo: Some(Logo::Png(include_bytes!("logo.png").to_vec())), ..look(Language::English) }
}
