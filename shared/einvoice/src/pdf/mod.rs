//! The PDF: a page description by krilla, checked against PDF/A-3b, with the XML in it.

mod canvas;
mod layout;
mod logo;
mod metadata;
mod xmp;

use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::error::KrillaError;
use krilla::metadata::{DateTime, Metadata};
use krilla::{Document as Pages, SerializeSettings};

use crate::document::{Document, Kind};
use crate::error::Error;
use crate::look::Look;
use crate::text::Fonts;

/// The name that Factur-X prescribes for the XML in the PDF.
pub const ATTACHMENT: &str = "factur-x.xml";

/// A PDF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pdf {
    /// The file.
    pub bytes: Vec<u8>,
    /// The number of pages.
    pub pages: usize,
    /// The characters that no font has, in order. The pages show U+FFFD, a question mark in a
    /// diamond, for each; the XML contains them unchanged.
    pub missing: Vec<char>,
}

/// Creates the PDF of a valid document, with `xml` embedded if there is any.
pub(crate) fn make(document: &Document, look: &Look, xml: Option<String>) -> Result<Pdf, Error> {
    let fonts = Fonts::new();
    let laid_out = layout::lay_out(document, look, &fonts)?;
    let pages = laid_out.len();

    let mut pdf = Pages::new_with(settings()?);
    for page in laid_out {
        page.draw(&mut pdf)?;
    }
    pdf.set_metadata(metadata(document, look));
    let embeds = xml.is_some();
    if let Some(xml) = xml {
        embed(&mut pdf, xml, document)?;
    }
    let bytes = pdf.finish().map_err(|error| failure(&error))?;
    let bytes = if embeds { metadata::rewrite(bytes, xmp::describe)? } else { bytes };
    Ok(Pdf { bytes, pages, missing: fonts.missing() })
}

fn settings() -> Result<SerializeSettings, Error> {
    let configuration =
        ConfigurationBuilder::new().with_archival_validator(Archival::A3_B).finish();
    let configuration = configuration.map_err(|error| Error::Pdf(format!("{error:?}")))?;
    Ok(SerializeSettings { configuration, ..SerializeSettings::default() })
}

fn metadata(document: &Document, look: &Look) -> Metadata {
    let title = format!("{} {}", title(document, look), document.number.trim());
    Metadata::new()
        .title(title)
        .authors(vec![document.seller.name.trim().to_owned()])
        .language(look.language.tag().to_owned())
        .creator("Builder API".to_owned())
        .producer("krilla".to_owned())
        .creation_date(issued(document))
}

/// Returns the title of the document.
fn title(document: &Document, look: &Look) -> &'static str {
    let labels = look.language.labels();
    match document.kind {
        Kind::Invoice => labels.invoice,
        Kind::CreditNote => labels.credit_note,
    }
}

/// Returns midnight of the day of issue, so that the same document always produces the same file.
fn issued(document: &Document) -> DateTime {
    let date = document.issued_on;
    let part = |part: i8| u8::try_from(part).unwrap_or(1);
    let day = DateTime::new(u16::try_from(date.year()).unwrap_or(1))
        .month(part(date.month()))
        .day(part(date.day()));
    day.hour(0).minute(0).second(0).utc_offset_hour(0).utc_offset_minute(0)
}

fn embed(pdf: &mut Pages, xml: String, document: &Document) -> Result<(), Error> {
    let file = EmbeddedFile {
        path: ATTACHMENT.to_owned(),
        mime_type: MimeType::new("text/xml"),
        description: Some("The invoice as structured data (EN 16931, Factur-X)".to_owned()),
        association_kind: AssociationKind::Alternative,
        data: xml.into_bytes().into(),
        modification_date: Some(issued(document)),
        compress: Some(true),
        location: None,
    };
    pdf.embed_file(file).ok_or_else(|| Error::Pdf("two files have the same name".into()))
}

/// Describes the error without the text that caused it.
fn failure(error: &KrillaError) -> Error {
    match error {
        KrillaError::Image(_, _, reason) => Error::Logo(reason.clone()),
        KrillaError::Validation(found) => {
            use krilla::configure::ValidationError::{ContainsNotDefGlyph, MissingCMYKProfile};
            match found.first() {
                Some((MissingCMYKProfile, _)) => Error::Logo("it is in CMYK".into()),
                Some((ContainsNotDefGlyph(..), _)) => Error::Pdf("a glyph is missing".into()),
                Some((other, _)) => Error::Pdf(format!("PDF/A-3b: {other:?}")),
                None => Error::Pdf("PDF/A-3b".into()),
            }
        }
        other => Error::Pdf(other.to_string()),
    }
}
