//! What an invoice or a credit note says.
//!
//! Amounts are `i64` in minor units of the document's currency. They are taken as given: `xml` and
//! `pdf` check that they agree with each other, and never correct one. The `BT-` and `BG-` numbers
//! are the business terms of EN 16931-1.

use jiff::civil::Date;
use rust_decimal::Decimal;

/// An invoice or a credit note.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Which of the two it is (BT-3).
    pub kind: Kind,
    /// Its number, unique for the seller (BT-1).
    pub number: String,
    /// The day it was issued (BT-2).
    pub issued_on: Date,
    /// The day the amount due is to be paid by (BT-9).
    pub due_on: Option<Date>,
    /// When goods or services were supplied (BT-72 or BG-14).
    pub supplied: Option<Supplied>,
    /// What all amounts are in (BT-5).
    pub currency: Currency,
    /// The tax in the currency of the seller's tax authority, where that is another (BT-6, BT-111).
    pub accounting_tax: Option<AccountingTax>,
    /// Who supplies and is paid (BG-4).
    pub seller: Party,
    /// Who gets the supply and pays (BG-7).
    pub buyer: Party,
    /// Where goods went, if not to the buyer's address (BG-13, BG-15). An intra-community supply
    /// must say it.
    pub delivered_to: Option<Delivery>,
    /// What the buyer wants to find the document by, such as a cost centre (BT-10).
    pub buyer_reference: Option<String>,
    /// The buyer's number of the order (BT-13).
    pub purchase_order: Option<String>,
    /// The seller's number of the order (BT-14).
    pub sales_order: Option<String>,
    /// The invoice that this document corrects (BG-3).
    pub preceding_invoice: Option<Preceding>,
    /// What is charged, or credited: at least one (BG-25).
    pub lines: Vec<Line>,
    /// The tax per category and rate: one for each that a line has (BG-23).
    pub taxes: Vec<TaxSum>,
    /// The sums (BG-22).
    pub totals: Totals,
    /// How to pay, or how was paid (BG-16).
    pub payment: Option<Payment>,
    /// Terms of payment in words (BT-20). There must be these or `due_on` while something is due.
    pub payment_terms: Option<String>,
    /// Further text (BT-22).
    pub notes: Vec<String>,
}

/// The kind of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A commercial invoice: code 380 of UNTDID 1001.
    Invoice,
    /// A credit note, whose amounts are positive where they are in the buyer's favour: code 381.
    CreditNote,
}

/// A currency of ISO 4217.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Currency {
    /// The three letters, such as EUR.
    pub code: String,
    /// How many decimals the minor unit has: 0 for JPY, 2 for EUR, 3 for KWD. At most 4.
    pub exponent: u8,
}

/// All tax in another currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountingTax {
    /// That currency (BT-6).
    pub currency: Currency,
    /// The tax, in its minor units (BT-111).
    pub tax: i64,
}

/// When something was supplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supplied {
    /// On one day (BT-72).
    On(Date),
    /// Over a period, its last day included (BT-73, BT-74).
    Between(Date, Date),
}

/// A seller or a buyer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// The full name (BT-27, BT-44).
    pub name: String,
    /// The number in a register of companies (BT-30, BT-47).
    pub registration: Option<String>,
    /// The VAT identifier with its country's prefix (BT-31, BT-48).
    pub vat_id: Option<String>,
    /// The local tax number. Of the seller only (BT-32).
    pub tax_number: Option<String>,
    /// The postal address (BG-5, BG-8).
    pub address: Address,
    /// Whom to ask (BG-6, BG-9).
    pub contact: Option<Contact>,
    /// Where documents can be sent electronically (BT-34, BT-49).
    pub electronic_address: Option<ElectronicAddress>,
}

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// Street, building and the like, at most three lines.
    pub lines: Vec<String>,
    /// The city.
    pub city: Option<String>,
    /// The postal code.
    pub postal_code: Option<String>,
    /// A region or state.
    pub region: Option<String>,
    /// The country's two letters of ISO 3166-1. Required; on paper it may be empty.
    pub country: String,
}

/// Whom to ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// A person or a department.
    pub name: Option<String>,
    /// A telephone number.
    pub phone: Option<String>,
    /// An e-mail address.
    pub email: Option<String>,
}

/// An address for electronic documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElectronicAddress {
    /// A code of the list EAS: EM for e-mail, 0088 for a GLN.
    pub scheme: String,
    /// The address.
    pub value: String,
}

/// Where goods went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Who got them (BT-70).
    pub name: Option<String>,
    /// Where (BG-15).
    pub address: Address,
}

/// An earlier invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preceding {
    /// Its number (BT-25).
    pub number: String,
    /// The day it was issued (BT-26).
    pub issued_on: Option<Date>,
}

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its number in the document, unique there (BT-126).
    pub position: String,
    /// The seller's number of the article (BT-155).
    pub sku: Option<String>,
    /// What it is (BT-153).
    pub name: String,
    /// More about it (BT-154).
    pub description: Option<String>,
    /// How much of it (BT-129).
    pub quantity: Decimal,
    /// What that is counted in: a code of UN/ECE recommendation 20 or 21, such as C62 for pieces or
    /// HUR for hours (BT-130).
    pub unit: String,
    /// The price of one, without tax, in minor units (BT-146).
    pub unit_price: i64,
    /// What is taken off the line (BG-27).
    pub discount: Option<Discount>,
    /// Quantity times unit price, less the discount (BT-131).
    pub net: i64,
    /// How it is taxed (BT-151).
    pub category: Category,
    /// The rate in percent: 19 for 19 % (BT-152). Zero in all categories but the standard one.
    pub rate: Decimal,
}

/// Something taken off a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discount {
    /// How much, without tax, in minor units (BT-136).
    pub amount: i64,
    /// Why (BT-139).
    pub reason: String,
}

/// A category of value added tax: UNTDID 5305.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// S: a rate above zero.
    Standard,
    /// Z: taxed at zero.
    Zero,
    /// E: exempt.
    Exempt,
    /// AE: the buyer owes the tax.
    ReverseCharge,
    /// K: supply of goods to a business in another country of the EU.
    IntraCommunity,
    /// G: export out of the EU.
    Export,
    /// O: not subject to VAT.
    OutsideScope,
}

impl Category {
    /// The code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Standard => "S",
            Self::Zero => "Z",
            Self::Exempt => "E",
            Self::ReverseCharge => "AE",
            Self::IntraCommunity => "K",
            Self::Export => "G",
            Self::OutsideScope => "O",
        }
    }
}

/// The tax of one category and rate.
#[derive(Clone, Debug, PartialEq)]
pub struct TaxSum {
    /// The category (BT-118).
    pub category: Category,
    /// The rate in percent (BT-119).
    pub rate: Decimal,
    /// The sum of its lines' net amounts (BT-116).
    pub base: i64,
    /// The tax on it (BT-117).
    pub tax: i64,
    /// Why there is none. Required in all categories but S and Z, which must not have it.
    pub exemption: Option<Exemption>,
}

/// Why no tax is charged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exemption {
    /// In words, which a person reads in the PDF (BT-120).
    pub reason: Option<String>,
    /// A code of the list VATEX, such as VATEX-EU-AE (BT-121).
    pub code: Option<String>,
}

/// The sums of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// All lines, without tax (BT-106, BT-109).
    pub net: i64,
    /// All tax (BT-110).
    pub tax: i64,
    /// With tax (BT-112).
    pub gross: i64,
    /// What is paid already (BT-113).
    pub paid: i64,
    /// What is to be paid (BT-115).
    pub due: i64,
}

/// How to pay, or how was paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The means (BT-81).
    pub means: Means,
    /// The means in words (BT-82).
    pub description: Option<String>,
    /// Where a transfer goes (BG-17). Required for transfers.
    pub account: Option<Account>,
    /// What the payer is to quote (BT-83).
    pub reference: Option<String>,
}

/// A means of payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// A transfer: code 30 of UNTDID 4461.
    Transfer,
    /// A transfer within the euro payments area: code 58.
    SepaTransfer,
    /// A card: code 48.
    Card,
    /// A payment service on the Internet: code 68.
    Online,
    /// Cash: code 10.
    Cash,
    /// Nothing said: code 1.
    Unspecified,
}

impl Means {
    /// The code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Transfer => "30",
            Self::SepaTransfer => "58",
            Self::Card => "48",
            Self::Online => "68",
            Self::Cash => "10",
            Self::Unspecified => "1",
        }
    }
}

/// A bank account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its IBAN, with or without spaces (BT-84).
    pub iban: String,
    /// Its bank (BT-86).
    pub bic: Option<String>,
    /// In whose name it is (BT-85).
    pub holder: Option<String>,
}
