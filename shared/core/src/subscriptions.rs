//! The queues that receive events.

/// A queue that events are relayed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Queue {
    /// Mails to users.
    Email,
    /// Payments and refunds to process at the payment provider.
    Payment,
    /// Orders to invoice and refunds to credit, in order.
    Invoice,
    /// Documents whose files have to be written.
    Document,
    /// Records of events that could not be relayed, for operators.
    DeadLetters,
}

impl Queue {
    /// Returns the environment variable with the queue's URL.
    #[must_use]
    pub fn variable(self) -> &'static str {
        match self {
            Self::Email => "EMAIL_QUEUE_URL",
            Self::Payment => "PAYMENT_QUEUE_URL",
            Self::Invoice => "INVOICE_QUEUE_URL",
            Self::Document => "DOCUMENT_QUEUE_URL",
            Self::DeadLetters => "JOBS_DEAD_LETTER_QUEUE_URL",
        }
    }

    /// Returns the message group for an ordered queue: documents of a kind share a series, so that
    /// their issuers don't conflict.
    #[must_use]
    pub fn group(self, aggregate: &str) -> Option<&'static str> {
        match (self, aggregate) {
            (Self::Invoice, "refund") => Some("credit-notes"),
            (Self::Invoice, _) => Some("invoices"),
            _ => None,
        }
    }
}

/// Returns the queues that receive events of this type.
#[must_use]
pub fn queues(event_type: &str) -> &'static [Queue] {
    match event_type {
        "user.registered"
        | "user.registration_repeated"
        | "user.verification_requested"
        | "user.password_reset_requested"
        | "user.password_reset"
        | "user.password_changed"
        | "user.api_key_created"
        | "user.second_factor_enabled"
        | "user.second_factor_disabled"
        | "user.backup_codes_renewed"
        | "user.email_change_requested"
        | "user.email_changed"
        | "user.email_change_undone"
        | "user.deletion_scheduled"
        | "user.deletion_cancelled"
        | "user.signed_in_from_new_network"
        | "user.second_factor_paused"
        | "session.token_reused"
        | "user.identity_linked"
        | "user.identity_unlinked"
        | "order.placed" => &[Queue::Email],
        "order.cancelled" | "order.expired" => &[Queue::Email, Queue::Payment, Queue::Invoice],
        "order.paid" | "order.failed" | "refund.succeeded" | "refund.failed" => &[Queue::Invoice],
        "refund.requested" => &[Queue::Payment],
        "invoice.issued" => &[Queue::Document],
        "invoice.filed" | "invoice.sending_requested" | "invoice.reminded" => &[Queue::Email],
        _ => &[],
    }
}
