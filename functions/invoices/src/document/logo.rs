//! The seller's logo, as the settings name it.

use builder_core::ports::logos::{Logos, key};
use builder_core::settings::{Logo, LogoType};
use builder_einvoice::Logo as Picture;
use builder_runtime::Work;
use builder_store::error::Error;

/// The picture that an instance has read last.
struct CachedLogo {
    logo: Logo,
    picture: Picture,
}

/// The picture of a logo. There is none if it can't be had for good: an invoice is due, and its
/// logo isn't.
///
/// # Errors
/// [`Error::Unavailable`] when S3 did not answer, which may be otherwise soon.
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
            tracing::warn!(key = key(logo), %cause, "no logo to be had");
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
