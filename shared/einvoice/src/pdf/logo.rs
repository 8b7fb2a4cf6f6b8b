//! The logo.

use krilla::image::Image;

use crate::error::Error;
use crate::look::Logo;

const MAX_BYTES: usize = 2_000_000;
const MAX_PIXELS: u32 = 4_000;
/// The maximum size, in points.
const WIDTH: f32 = 150.0;
const HEIGHT: f32 = 52.0;

/// A logo and its displayed size, in points.
pub(super) struct Sized {
    pub(super) image: Image,
    pub(super) width: f32,
    pub(super) height: f32,
}

/// Reads a logo. Its size is in its first bytes, so one that is too large is never decompressed.
pub(super) fn read(logo: &Logo) -> Result<Sized, Error> {
    let (Logo::Png(bytes) | Logo::Jpeg(bytes)) = logo;
    if bytes.len() > MAX_BYTES {
        return Err(Error::Logo(format!("must have at most {MAX_BYTES} bytes")));
    }
    let image = match logo {
        Logo::Png(bytes) => Image::from_png(bytes.clone().into(), false),
        Logo::Jpeg(bytes) => Image::from_jpeg(bytes.clone().into(), false),
    };
    let image = image.map_err(Error::Logo)?;
    let (across, down) = image.size();
    if across == 0 || down == 0 || across.max(down) > MAX_PIXELS {
        return Err(Error::Logo(format!("must have 1 to {MAX_PIXELS} pixels in width and height")));
    }
    let (across, down) = (across as f32, down as f32);
    let scale = (WIDTH / across).min(HEIGHT / down);
    Ok(Sized { image, width: across * scale, height: down * scale })
}
