//! Decoding a picture, the same way when its tiles are committed and when they are verified.

use image::{ImageError, ImageReader, Limits, RgbImage};
use std::io::Cursor;

/// The most memory that decoding one picture may take.
const MEMORY: u64 = 1 << 29;

/// A picture as its tiles are cut from it.
#[derive(Debug, Clone)]
pub struct Decoded {
    /// Such as `image/png`.
    pub media: &'static str,
    /// Three bytes for each pixel.
    pub rgb: RgbImage,
}

/// Decodes a picture within bounds of size and memory.
///
/// # Errors
/// [`ImageError`] when it is none, or larger than 16384 by 16384 pixels or half a gigabyte.
pub fn decode_picture(bytes: &[u8]) -> Result<Decoded, ImageError> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(drillbook_trust::picture::MAX_EDGE);
    limits.max_image_height = Some(drillbook_trust::picture::MAX_EDGE);
    limits.max_alloc = Some(MEMORY);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    reader.limits(limits);
    let format = reader.format();
    Ok(Decoded {
        media: format.map_or("image/unknown", |format| format.to_mime_type()),
        rgb: reader.decode()?.into_rgb8(),
    })
}
