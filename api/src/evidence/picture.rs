//! A photo, written anew: the pixels and nothing else. Where and when it was taken, by whose camera, and whatever a
//! stranger may have hidden in the file stay behind. Pure, but slow: it is run off the async threads.

use std::io::Cursor;

use entity::vocabulary::{EvidenceFault, EvidenceFormat};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage, imageops};

/// The most pixels that are decoded: the common cameras of telephones have 12 to 16 million, and 40 million are 120 MB.
const MOST_PIXELS: u64 = 40_000_000;
/// The longest side that is decoded: what shrinks a picture holds a strip as long as this.
const MOST_SIDE: u32 = 20_000;
/// The most memory of a decoder: 40 million pixels of four bytes.
const MOST_MEMORY: u64 = 160_000_000;
/// The longest side that is kept: small print on a photographed A4 page can still be read.
const LONGEST: u32 = 2_000;
/// The longest side of the small picture.
const THUMBNAIL: u32 = 320;
/// Of JPEG: the eye sees no difference, and the file is a tenth.
const QUALITY: u8 = 85;

/// What is kept of a photo; both are JPEG.
#[derive(Debug)]
pub struct Picture {
    /// The photo.
    pub whole: Vec<u8>,
    /// The small picture for lists.
    pub thumbnail: Vec<u8>,
}

/// Reads a photo and writes it anew, turned as it was held, no longer than 2,000 pixels, on white where it was clear.
///
/// # Errors
/// `TOO_MANY_PIXELS`, before a pixel is read; `DAMAGED`.
pub fn renewed(bytes: &[u8], format: EvidenceFormat) -> Result<Picture, EvidenceFault> {
    let format = match format {
        EvidenceFormat::Jpeg => ImageFormat::Jpeg,
        EvidenceFormat::Png => ImageFormat::Png,
        EvidenceFormat::Webp => ImageFormat::WebP,
        EvidenceFormat::Pdf => return Err(EvidenceFault::FormatMismatch),
    };
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MOST_MEMORY);
    (limits.max_image_width, limits.max_image_height) = (Some(MOST_SIDE), Some(MOST_SIDE));
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| fault(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width).saturating_mul(height.into()) > MOST_PIXELS {
        return Err(EvidenceFault::TooManyPixels);
    }
    // a camera that lies about how it was held still gives a photo
    let held = decoder
        .orientation()
        .unwrap_or(image::metadata::Orientation::NoTransforms);
    let decoded = DynamicImage::from_decoder(decoder).map_err(|error| fault(&error))?;
    let mut shrunk = shrunk(decoded);
    shrunk.apply_orientation(held);
    let whole = on_white(shrunk);
    let thumbnail = DynamicImage::ImageRgb8(whole.clone()).thumbnail(THUMBNAIL, THUMBNAIL);
    Ok(Picture {
        whole: written(&whole)?,
        thumbnail: written(&thumbnail.into_rgb8())?,
    })
}

/// No longer than is kept. The fine filter works in floating point, 16 bytes for a pixel of the strip between its two passes, so
/// what is much too long is first halved, or more, by whole numbers.
fn shrunk(image: DynamicImage) -> DynamicImage {
    let longest = image.width().max(image.height());
    if longest <= LONGEST {
        return image;
    }
    let coarse = if longest > 2 * LONGEST {
        image.thumbnail(2 * LONGEST, 2 * LONGEST)
    } else {
        image
    };
    coarse.resize(LONGEST, LONGEST, imageops::FilterType::Triangle)
}

/// JPEG knows nothing clear; what was clear is white, as paper is.
fn on_white(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let mut paper = image.into_rgba8();
    for pixel in paper.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        let over = |colour: u8| {
            let mixed = (u16::from(colour) * u16::from(alpha) + 255 * (255 - u16::from(alpha))) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        pixel.0 = [over(red), over(green), over(blue), u8::MAX];
    }
    DynamicImage::ImageRgba8(paper).into_rgb8()
}

fn written(image: &RgbImage) -> Result<Vec<u8>, EvidenceFault> {
    let mut bytes = Vec::new();
    let written = JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(image);
    written.map_err(|error| fault(&error))?;
    Ok(bytes)
}

fn fault(error: &ImageError) -> EvidenceFault {
    match error {
        ImageError::Limits(_) => EvidenceFault::TooManyPixels,
        _ => EvidenceFault::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(image: &DynamicImage) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    fn read(bytes: &[u8]) -> RgbImage {
        image::load_from_memory_with_format(bytes, ImageFormat::Jpeg)
            .unwrap()
            .into_rgb8()
    }

    #[test]
    fn a_photo_is_shrunk_and_lies_on_white() {
        let clear = DynamicImage::ImageRgba8(image::RgbaImage::new(2_400, 1_200));
        let picture = renewed(&png(&clear), EvidenceFormat::Png).unwrap();
        let (whole, small) = (read(&picture.whole), read(&picture.thumbnail));
        assert_eq!((whole.dimensions(), small.dimensions()), ((2_000, 1_000), (320, 160)));
        assert_eq!(whole.get_pixel(0, 0).0, [255; 3]);
    }

    #[test]
    fn a_small_one_stays_as_it_is_and_a_damaged_one_is_refused() {
        let small = png(&DynamicImage::ImageRgb8(RgbImage::new(3, 2)));
        let picture = renewed(&small, EvidenceFormat::Png).unwrap();
        assert_eq!(read(&picture.whole).dimensions(), (3, 2));
        let half = &small[..small.len() / 2];
        assert_eq!(renewed(half, EvidenceFormat::Png).unwrap_err(), EvidenceFault::Damaged);
        for format in [EvidenceFormat::Jpeg, EvidenceFormat::Webp] {
            assert_eq!(renewed(&small, format).unwrap_err(), EvidenceFault::Damaged);
        }
    }

    #[test]
    fn a_bomb_is_refused_by_its_first_words() {
        // a PNG of 60,000 times 60,000 pixels, by its header; nothing follows
        let mut bomb = png(&DynamicImage::ImageRgb8(RgbImage::new(1, 1)));
        bomb.splice(16..24, [0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        let crc = crc(&bomb[12..29]);
        bomb.splice(29..33, crc);
        assert_eq!(
            renewed(&bomb, EvidenceFormat::Png).unwrap_err(),
            EvidenceFault::TooManyPixels
        );
    }

    #[test]
    fn a_long_thin_one_is_refused_though_it_has_few_pixels() {
        let thin = |width, height| png(&DynamicImage::ImageLuma8(image::GrayImage::new(width, height)));
        for (width, height) in [(MOST_SIDE + 1, 1), (1, MOST_SIDE + 1)] {
            let refused = renewed(&thin(width, height), EvidenceFormat::Png);
            assert_eq!(refused.unwrap_err(), EvidenceFault::TooManyPixels);
        }
        let picture = renewed(&thin(MOST_SIDE, 20), EvidenceFormat::Png).unwrap();
        assert_eq!(read(&picture.whole).dimensions(), (2_000, 2));
    }

    /// The checksum of a chunk of PNG (ISO 3309), without a table.
    fn crc(bytes: &[u8]) -> [u8; 4] {
        let step =
            |sum: u32, byte: &u8| (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 * (sum & 1)));
        (!bytes.iter().fold(u32::MAX, step)).to_be_bytes()
    }
}
