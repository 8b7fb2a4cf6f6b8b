//! `send-email`: works off the e-mail queue. One event, one mail.

use builder_core::error::Fault;
use builder_core::event::Envelope;
use builder_core::ports::email::{Email, Mailer, Ses};
use builder_runtime::{Function, Job, Message, Work};

use crate::letter;
use crate::sending::{Sending, begin};
use crate::templates::Templates;

/// The job.
#[must_use]
pub fn function() -> Function {
    Job::queue("send-email", send_email).into()
}

async fn send_email(work: Work, message: Message) -> Result<(), Fault> {
    let event: Envelope = serde_json::from_str(&message.body)?;
    let Some(letter) = letter::for_event(&work, &event).await? else {
        tracing::info!(event = %event.id, kind = event.kind, "nobody to tell");
        return Ok(());
    };
    let settings = work.settings().await?;
    match begin(work.table(), event.id, work.now()).await? {
        Sending::Done => {
            tracing::info!(event = %event.id, "sent before");
            Ok(())
        }
        Sending::Busy => Err("another delivery of this message is sending the mail just now".into()),
        Sending::Begun(mark) => {
            let document = &settings.state.document;
            let mail = Email {
                from_name: document.sender_name().map(str::to_owned),
                reply_to: document.mail.reply_to.clone(),
                ..work.app().kept_or(Templates::new).render(&letter)?
            };
            let from = work.env().require("EMAIL_FROM")?;
            let mailer = work.app().kept_or(|| Ses::new(work.app().aws().ses(), from));
            match mailer.send(&mail).await {
                Ok(provider_id) => {
                    tracing::info!(event = %event.id, kind = event.kind, provider_id, "sent");
                    mark.done(work.table(), work.now()).await?;
                    Ok(())
                }
                Err(error) => {
                    // Let the next delivery try at once, instead of waiting for the lease to run out.
                    mark.release(work.table()).await?;
                    Err(error.into())
                }
            }
        }
    }
}
