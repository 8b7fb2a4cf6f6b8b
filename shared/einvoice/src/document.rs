//! The content of an invoice or a credit note.
//!
//! Amounts are `i64` in minor units of the document's currency. `xml` and `pdf` check that they are
//! consistent, but never correct one. The `BT-` and `BG-` numbers are the business terms of EN
//! 16931-1.

use jiff::civil::Date;
use rust_decimal::Decimal;

/// An invoice or a credit note.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Invoice or credit note (BT-3).
    pub kind: Kind,
    /// The number, unique for the seller (BT-1).
    pub number: String,
    /// The date of issue (BT-2).
    pub issued_on: Date,
    /// The due date (BT-9).
    pub due_on: Option<Date>,
    /// When goods or services were supplied (BT-72 or BG-14).
    pub supplied: Option<Supplied>,
    /// The currency of all amounts (BT-5).
    pub currency: Currency,
    /// The tax in the currency of the seller's tax authority, if it is another one (BT-6, BT-111).
    pub accounting_tax: Option<AccountingTax>,
    /// The supplier and payee (BG-4).
    pub seller: Party,
    /// The recipient and payer (BG-7).
    pub buyer: Party,
    /// The delivery address of goods, if it isn't the buyer's (BG-13, BG-15). Required for an
    /// intra-Community supply.
    pub delivered_to: Option<Delivery>,
    /// The buyer's reference of the document, such as a cost centre (BT-10).
    pub buyer_reference: Option<String>,
    /// The buyer's order number (BT-13).
    pub purchase_order: Option<String>,
    /// The seller's order number (BT-14).
    pub sales_order: Option<String>,
    /// The invoice that this document corrects (BG-3).
    pub preceding_invoice: Option<Preceding>,
    /// The charged or credited lines, at least one (BG-25).
    pub lines: Vec<Line>,
    /// The tax per category and rate, for each that a line has (BG-23).
    pub taxes: Vec<TaxSum>,
    /// The sums (BG-22).
    pub totals: Totals,
    /// How the amount is or was paid (BG-16).
    pub payment: Option<Payment>,
    /// The terms of payment as text (BT-20). Either these or `due_on` are required if an amount is
    /// due.
    pub payment_terms: Option<String>,
    /// Further notes (BT-22).
    pub notes: Vec<String>,
}

/// The kind of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A commercial invoice: code 380 of UNTDID 1001.
    Invoice,
    /// A credit note, whose amounts are positive if they are in the buyer's favour: code 381.
    CreditNote,
}

/// An ISO 4217 currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Currency {
    /// The three-letter code, such as EUR.
    pub code: String,
    /// The number of decimals of the minor unit: 0 for JPY, 2 for EUR, 3 for KWD. At most 4.
    pub exponent: u8,
}

/// The total tax in another currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountingTax {
    /// The other currency (BT-6).
    pub currency: Currency,
    /// The tax, in its minor units (BT-111).
    pub tax: i64,
}

/// When goods or services were supplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supplied {
    /// On one day (BT-72).
    On(Date),
    /// Over a period, including its last day (BT-73, BT-74).
    Between(Date, Date),
}

/// A seller or a buyer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// The full name (BT-27, BT-44).
    pub name: String,
    /// The number in a companies register (BT-30, BT-47).
    pub registration: Option<String>,
    /// The VAT identifier with its country prefix (BT-31, BT-48).
    pub vat_id: Option<String>,
    /// The local tax number, only for the seller (BT-32).
    pub tax_number: Option<String>,
    /// The postal address (BG-5, BG-8).
    pub address: Address,
    /// The contact (BG-6, BG-9).
    pub contact: Option<Contact>,
    /// The address for electronic documents (BT-34, BT-49).
    pub electronic_address: Option<ElectronicAddress>,
}

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// Street, building and similar, at most three lines.
    pub lines: Vec<String>,
    /// The city.
    pub city: Option<String>,
    /// The postal code.
    pub postal_code: Option<String>,
    /// A region or state.
    pub region: Option<String>,
    /// The two-letter code of ISO 3166-1. Required; on paper it may be empty.
    pub country: String,
}

/// A contact.
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
    /// A code of the EAS list: EM for e-mail, 0088 for a GLN.
    pub scheme: String,
    /// The address.
    pub value: String,
}

/// Where goods were delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The recipient (BT-70).
    pub name: Option<String>,
    /// The address (BG-15).
    pub address: Address,
}

/// An earlier invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preceding {
    /// The number (BT-25).
    pub number: String,
    /// The date of issue (BT-26).
    pub issued_on: Option<Date>,
}

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The line number, unique in the document (BT-126).
    pub position: String,
    /// The seller's article number (BT-155).
    pub sku: Option<String>,
    /// The name of the item (BT-153).
    pub name: String,
    /// The description of the item (BT-154).
    pub description: Option<String>,
    /// The quantity (BT-129).
    pub quantity: Decimal,
    /// The unit of the quantity: a code of UN/ECE recommendation 20 or 21, such as C62 for one or
    /// HUR for hours (BT-130).
    pub unit: String,
    /// The price of one unit, excluding tax, in minor units (BT-146).
    pub unit_price: i64,
    /// The discount on the line (BG-27).
    pub discount: Option<Discount>,
    /// Quantity times unit price, minus the discount (BT-131).
    pub net: i64,
    /// The tax category (BT-151).
    pub category: Category,
    /// The rate in percent: 19 for 19 % (BT-152). Zero in all categories except the standard one.
    pub rate: Decimal,
}

/// A discount on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discount {
    /// The amount, excluding tax, in minor units (BT-136).
    pub amount: i64,
    /// The reason (BT-139).
    pub reason: String,
}

/// A value added tax category: UNTDID 5305.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// S: a rate above zero.
    Standard,
    /// Z: taxed at zero.
    Zero,
    /// E: exempt.
    Exempt,
    /// AE: reverse charge, the buyer owes the tax.
    ReverseCharge,
    /// K: intra-Community supply of goods.
    IntraCommunity,
    /// G: export out of the EU.
    Export,
    /// O: not subject to VAT.
    OutsideScope,
}

impl Category {
    /// Returns the code.
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
    /// The tax (BT-117).
    pub tax: i64,
    /// The reason for the exemption. Required in all categories except S and Z, where it is not
    /// allowed.
    pub exemption: Option<Exemption>,
}

/// The reason why no tax is charged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exemption {
    /// The reason as text, which is shown in the PDF (BT-120).
    pub reason: Option<String>,
    /// A code of the VATEX list, such as VATEX-EU-AE (BT-121).
    pub code: Option<String>,
}

/// The sums of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// The sum of all lines, excluding tax (BT-106, BT-109).
    pub net: i64,
    /// The total tax (BT-110).
    pub tax: i64,
    /// The total, including tax (BT-112).
    pub gross: i64,
    /// The amount that is already paid (BT-113).
    pub paid: i64,
    /// The amount due (BT-115).
    pub due: i64,
}

/// How the amount is or was paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The means (BT-81).
    pub means: Means,
    /// The means as text (BT-82).
    pub description: Option<String>,
    /// The account for transfers, for which it is required (BG-17).
    pub account: Option<Account>,
    /// The reference that the payer must quote (BT-83).
    pub reference: Option<String>,
}

/// A means of payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// A bank transfer: code 30 of UNTDID 4461.
    Transfer,
    /// A SEPA transfer: code 58.
    SepaTransfer,
    /// A card: code 48.
    Card,
    /// An online payment service: code 68.
    Online,
    /// Cash: code 10.
    Cash,
    /// Not specified: code 1.
    Unspecified,
}

impl Means {
    /// Returns the code.
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
    /// The IBAN, with or without spaces (BT-84).
    pub iban: String,
    /// The bank's BIC (BT-86).
    pub bic: Option<String>,
    /// The account holder (BT-85).
    pub holder: Option<String>,
}
