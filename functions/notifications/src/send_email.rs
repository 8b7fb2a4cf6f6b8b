//! The job `send-email`: processes the e-mail queue, and sends the e-mails that its events cause.

use builder_core::keys::{INVOICE, ORDER, SENT};
use builder_core::ports::documents::{CONTENT_TYPE, Documents};
use builder_core::ports::email::{Attachment, Email, Mailer, Ses};
use builder_core::sending::{Mark, Sending, begin, done};
use builder_core::settings::{Document, Settings};
use builder_identity::keys::{SETTINGS, UNIQUE_EMAIL, USER};
use builder_runtime::{Function, Job, Message, Queue, Resources, Work};
use builder_store::aws::CALL_LIMIT;
use builder_store::error::Fault;
use builder_store::event::Envelope;
use futures::future::join_all;

use crate::compose;
use crate::letter::{Enclosed, Letter};
use crate::people::People;
use crate::templates::Templates;

/// Returns the job.
#[must_use]
pub fn function() -> Function {
    Function::new(
        Job::batches(
            "send-email",
            // Stays below the sending rate of a new SES account.
            Queue::new("EmailQueue").concurrency(10),
            send_emails,
        ),
        Resources::new()
            .timeout(30)
            .variables(["APP_URL"])
            .get_objects("DOCUMENTS_BUCKET", "invoices/")
            .send_email()
            .get([INVOICE, ORDER, SETTINGS, UNIQUE_EMAIL])
            .batch_get([USER])
            .put([SENT])
            .batch_write([SENT]),
    )
}

/// Sends the e-mails of a batch. Each of them fails independently. The owners are read, and the
/// sent e-mails recorded, in one call each. An e-mail that takes too long leaves time for recording
/// the others.
async fn send_emails(work: Work, messages: Vec<Message>) -> Result<Vec<Result<(), Fault>>, Fault> {
    let events: Vec<Result<Envelope, _>> =
        messages.iter().map(|message| serde_json::from_str(&message.body)).collect();
    let people = People::of(work.table(), events.iter().flatten()).await?;
    let sending = work.leaving(CALL_LIMIT);
    let sent = messages.iter().zip(events).map(|(message, event)| {
        let people = &people;
        message.follow(&sending, move |work| async move { send_email(work, event?, people).await })
    });
    let (mut outcomes, mut marks) = (Vec::new(), Vec::new());
    for sent in join_all(sent).await {
        outcomes.push(sent.map(|mark| marks.extend(mark)));
    }
    done(work.table(), &marks, work.now()).await?;
    Ok(outcomes)
}

/// Sends the e-mail for an event, if it causes one that hasn't been sent yet. Returns the mark to
/// complete.
async fn send_email(work: Work, event: Envelope, people: &People) -> Result<Option<Mark>, Fault> {
    let Some(letter) = compose::for_event(&work, &event, people).await? else {
        tracing::info!(event = %event.id, kind = event.kind, "no e-mail to send");
        return Ok(None);
    };
    let settings = work.cached::<Settings>().await?;
    match begin(work.table(), event.id, work.now()).await? {
        Sending::Done => {
            tracing::info!(event = %event.id, "the e-mail was already sent");
            Ok(None)
        }
        Sending::Busy => Err("another delivery of this message is sending the e-mail".into()),
        Sending::Begun(mark) => match deliver(&work, &letter, &settings.state.document).await {
            Ok(provider_id) => {
                tracing::info!(event = %event.id, kind = event.kind, provider_id, "sent an e-mail");
                Ok(Some(mark))
            }
            Err(error) => {
                // Lets the next delivery retry immediately instead of waiting for the lease to
                // expire.
                mark.release(work.table(), work.now()).await?;
                Err(error)
            }
        },
    }
}

/// Renders and sends the e-mail. Returns the provider's message ID.
async fn deliver(work: &Work, letter: &Letter, settings: &Document) -> Result<String, Fault> {
    let mail = Email {
        from_name: settings.sender_name().map(str::to_owned),
        reply_to: settings.mail.reply_to.clone(),
        attachments: enclosed(work, letter).await?,
        ..work.app().get_or_init(Templates::new).render(letter)?
    };
    let from = work.env().require("EMAIL_FROM")?;
    let mailer = work.app().get_or_init(|| Ses::new(work.app().aws().ses(), from));
    Ok(mailer.send(&mail).await?)
}

async fn enclosed(work: &Work, letter: &Letter) -> Result<Vec<Attachment>, Fault> {
    let Some(Enclosed { name, file }) = &letter.enclosed else { return Ok(Vec::new()) };
    let bucket = work.env().require("DOCUMENTS_BUCKET")?;
    let documents = work.app().get_or_init(|| Documents::new(work.app().aws().s3(), bucket));
    Ok(vec![Attachment {
        name: name.clone(),
        content_type: CONTENT_TYPE,
        bytes: documents.get(file).await?,
    }])
}
