//! Bytes of files: what phones take and what they should not.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// Where the photo was taken, as a search through its bytes would find it.
pub(super) const PLACE: &[u8] = b"21.0285N105.8542E";

/// An image of a size, with something to see on it.
pub(super) fn image(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let colour = |at: u32| u8::try_from(at % 256).expect("a byte");
    let image = RgbImage::from_fn(width, height, |x, y| Rgb([colour(x * 7), colour(y * 5), colour(x * y)]));
    let mut bytes = Cursor::new(Vec::new());
    let image = DynamicImage::ImageRgb8(image);
    image.write_to(&mut bytes, format).expect("an image");
    bytes.into_inner()
}

/// A photo as a telephone takes it that is held upright: 90 degrees turned (Exif orientation 6), with its place.
pub(super) fn photo(width: u32, height: u32) -> Vec<u8> {
    let plain = image(width, height, ImageFormat::Jpeg);
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    // two entries: orientation, and where the directory of the place is
    tiff.extend_from_slice(&[2, 0]);
    tiff.extend_from_slice(&[0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]);
    tiff.extend_from_slice(&[0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0]);
    tiff.extend_from_slice(&[0; 4]);
    // one entry: GPSAreaInformation, as bytes
    let length = u8::try_from(PLACE.len()).expect("short");
    tiff.extend_from_slice(&[1, 0, 0x1c, 0, 7, 0, length, 0, 0, 0, 56, 0, 0, 0, 0, 0, 0, 0]);
    tiff.extend_from_slice(PLACE);
    let mut segment = b"Exif\0\0".to_vec();
    segment.extend_from_slice(&tiff);
    let length = u16::try_from(segment.len() + 2).expect("short").to_be_bytes();
    [&plain[..2], &[0xff, 0xe1], &length, &segment, &plain[2..]].concat()
}

pub(crate) fn pdf() -> Vec<u8> {
    b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n".to_vec()
}

/// A PNG that says it has 60,000 times 60,000 pixels.
pub(super) fn bomb() -> Vec<u8> {
    let mut bytes = image(1, 1, ImageFormat::Png);
    bytes.splice(16..24, [0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let step =
        |sum: u32, byte: &u8| (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 * (sum & 1)));
    let crc = !bytes[12..29].iter().fold(u32::MAX, step);
    bytes.splice(29..33, crc.to_be_bytes());
    bytes
}

/// Whether one is in the other.
pub(super) fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
