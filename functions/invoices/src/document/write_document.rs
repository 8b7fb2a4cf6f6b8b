//! The job `write-document`: processes the document queue, and writes the file of each issued
//! invoice and credit note.
//!
//! The first file that is stored is final: repeated, concurrent and resumed runs find and use it.

use builder_core::id::InvoiceId;
use builder_core::invoices::store::{buyer, change, find};
use builder_core::invoices::{File, Invoice};
use builder_core::keys::INVOICE;
use builder_core::ports::documents::Documents;
use builder_core::settings::store as settings;
use builder_einvoice::{Document, Look};
use builder_identity::keys::SETTINGS;
use builder_runtime::{Fault, Function, Job, Message, Queue, Resources, Work};
use builder_store::aggregate::Owner;
use builder_store::error::{Error, Result};
use builder_store::event::Envelope;

use crate::document::logo;
use crate::document::paper::{self, Printed};

/// Returns the job.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Job::queue("write-document", Queue::new("DocumentQueue").concurrency(10), write_document),
        Resources::new()
            .memory(512)
            .timeout(30)
            .get_objects("DOCUMENTS_BUCKET", "invoices/")
            .put_objects("DOCUMENTS_BUCKET", "invoices/")
            .get_objects("DOCUMENTS_BUCKET", "branding/")
            .get([INVOICE, SETTINGS])
            .put([INVOICE]),
    )
}

async fn write_document(work: Work, message: Message) -> Result<(), Fault> {
    let event: Envelope = serde_json::from_str(&message.body)?;
    if event.kind != "invoice.issued" {
        tracing::info!(event = %event.id, kind = event.kind, "nothing to do");
        return Ok(());
    }
    let id: InvoiceId = event.aggregate_id.parse()?;
    let invoice = find(work.table(), Owner::Any, id).await?.state;
    if invoice.file.is_some() {
        tracing::info!(invoice = %id, "the document is already written");
        return Ok(());
    }
    let file = write(&work, &invoice).await?;
    Ok(work.retry_on_conflict(|| keep(&work, id, &file)).await?)
}

/// Prints the document and stores its file. Returns the stored file, which may be an earlier one.
async fn write(work: &Work, invoice: &Invoice) -> Result<File, Fault> {
    let id = invoice.content.id;
    let bucket = work.env().require("DOCUMENTS_BUCKET")?;
    let buyer = buyer(work.table(), id).await?;
    let branding = settings::load(work.table()).await?.state.document.branding;
    let logo = match &branding.logo {
        Some(logo) => logo::read(work, bucket, logo).await?,
        None => None,
    };
    let look = paper::look(&invoice.content, &branding, logo);
    let Printed { pdf, broken, spoiled_logo } =
        print(id, paper::document(invoice, &buyer), look).await?;
    let electronic = broken.is_empty();
    if !electronic {
        let rules: Vec<String> = broken.iter().map(ToString::to_string).collect();
        tracing::warn!(invoice = %id, rules = rules.join("; "), "no electronic invoice, only a PDF");
    }
    if let Some(reason) = spoiled_logo {
        tracing::warn!(invoice = %id, reason, "the logo can't be printed");
    }
    if !pdf.missing.is_empty() {
        tracing::warn!(invoice = %id, characters = pdf.missing.len(), "some characters are in no font");
    }
    let documents = work.app().get_or_init(|| Documents::new(work.app().aws().s3(), bucket));
    let file = documents.put(id, pdf.bytes, electronic).await?;
    tracing::info!(invoice = %id, pages = pdf.pages, bytes = file.bytes, electronic = file.electronic, "wrote a document");
    Ok(file)
}

/// Prints on a blocking thread, so that the other messages of the batch are processed meanwhile.
async fn print(id: InvoiceId, document: Document, look: Look) -> Result<Printed, Fault> {
    let printed = tokio::task::spawn_blocking(move || paper::print(&document, look)).await?;
    printed.map_err(|error| {
        let detail = match &error {
            builder_einvoice::Error::Invalid(broken) => {
                broken.iter().map(|rule| format!("; {rule}")).collect()
            }
            _ => String::new(),
        };
        format!("could not print {id}: {error}{detail}").into()
    })
}

async fn keep(work: &Work, id: InvoiceId, file: &File) -> Result<(), Error> {
    let invoice = find(work.table(), Owner::Any, id).await?;
    let (commit, _) =
        change(&work.context(), &invoice, &invoice.state.keep_file(file.clone(), work.now()))?;
    commit.send_unless_empty(work.table()).await
}
