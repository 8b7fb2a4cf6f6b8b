//! The seller's logo, as configured in the settings.

use builder_core::ports::logos::{Logos, key};
use builder_core::settings::{Logo, LogoType};
use builder_einvoice::Logo as Picture;
use builder_runtime::Work;
use builder_store::error::Error;

/// The image that this instance read last.
struct CachedLogo {
    logo: Logo,
    picture: Picture,
}

/// Returns the image of a logo; `None` if it is permanently unavailable: a missing logo must not
/// prevent an invoice.
///
/// # Errors
/// [`Error::Unavailable`] when S3 did not respond.
pub(crate) async fn read(work: &Work, bucket: &str, logo: &Logo) -> Result<Option<Picture>, Error> {
    if let Some(kept) = work.app().kept::<CachedLogo>()
        && kept.logo == *logo
    {
        return Ok(Some(kept.picture.clone()));
    }
    let logos = work.app().get_or_init(|| Logos::new(work.app().aws().s3(), bucket));
    let bytes = match logos.get(logo).await {
        Ok(bytes) => bytes,
        Err(Error::Internal(cause)) => {
            tracing::warn!(key = key(logo), %cause, "could not load the logo");
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let picture = match logo.content_type {
        LogoType::Png => Picture::Png(bytes),
        LogoType::Jpeg => Picture::Jpeg(bytes),
    };
    Ok(Some(work.app().keep(CachedLogo { logo: logo.clone(), picture }).picture.clone()))
}
