//! IDs of this crate's aggregates.

builder_store::id_kinds! {
    /// A product of the catalogue.
    ProductKind, ProductId, "prd";
    /// An order.
    OrderKind, OrderId, "ord";
    /// A payment.
    PaymentKind, PaymentId, "pay";
    /// A refund.
    RefundKind, RefundId, "rfd";
    /// An invoice or a credit note.
    InvoiceKind, InvoiceId, "inv";
}
