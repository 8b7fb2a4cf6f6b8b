//! Tests of accepted images, and of the errors for others.

use std::io::Cursor;

use ::png::{BitDepth, ColorType, Encoder};

use super::*;

const JPEG: &[u8] = include_bytes!("../../../../shared/einvoice/tests/einvoice/samples/logo.jpg");
const CMYK: &[u8] = include_bytes!("../../../../shared/einvoice/tests/einvoice/samples/cmyk.jpg");

/// Creates a PNG of a single color.
fn png(width: u32, height: u32, color: ColorType, depth: BitDepth) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(Cursor::new(&mut file), width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if color == ColorType::Indexed {
        encoder.set_palette(vec![0x1f, 0x3a, 0x5f]);
    }
    let mut writer = encoder.write_header().unwrap();
    let row = (width as usize * color.samples() * depth as usize).div_ceil(8);
    writer.write_image_data(&vec![0; row * height as usize]).unwrap();
    writer.finish().unwrap();
    file
}

fn plain(width: u32, height: u32) -> Vec<u8> {
    png(width, height, ColorType::Rgba, BitDepth::Eight)
}

fn read(bytes: &[u8]) -> Result<Picture> {
    Picture::read(&STANDARD.encode(bytes))
}

/// Returns the error of a rejected file.
#[track_caller]
fn refusal(read: Result<Picture>) -> String {
    match read {
        Err(Error::Invalid(told)) if told.len() == 1 && told[0].pointer == "/image" => {
            told[0].detail.clone().into_owned()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn image_types_are_detected_by_content() {
    for (color, depth) in [
        (ColorType::Grayscale, BitDepth::One),
        (ColorType::Grayscale, BitDepth::Sixteen),
        (ColorType::GrayscaleAlpha, BitDepth::Eight),
        (ColorType::Indexed, BitDepth::Two),
        (ColorType::Rgb, BitDepth::Eight),
        (ColorType::Rgba, BitDepth::Sixteen),
    ] {
        let file = png(30, 20, color, depth);
        assert_eq!(
            read(&file).unwrap(),
            Picture { content_type: LogoType::Png, bytes: file },
            "{color:?} {depth:?}"
        );
    }
    assert_eq!(read(JPEG).unwrap().content_type, LogoType::Jpeg);
}

#[test]
fn other_files_are_rejected() {
    for other in [
        b"GIF89a".as_slice(),
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        b"%PDF-1.7",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"",
    ] {
        assert!(refusal(read(other)).starts_with("must be a PNG or a JPEG"), "{other:?}");
    }
    for text in ["data:image/png;base64,iVBORw0KGgo=", "iVBORw0KGgo", "iVBO\nRw0KGgo=", "-_-_", "ä"]
    {
        assert!(refusal(Picture::read(text)).contains("RFC 4648"), "{text}");
    }
}

#[test]
fn sizes_have_limits() {
    for (width, height) in [(1, 1), (4_000, 500), (500, 4_000)] {
        assert!(read(&plain(width, height)).is_ok(), "{width} × {height}");
    }
    for (width, height) in [(4_001, 1), (1, 4_001), (4_000, 501), (1_415, 1_414)] {
        let told = refusal(read(&plain(width, height)));
        assert!(told.starts_with(&format!("has {width} × {height} pixels: scale it")), "{told}");
    }
    // Zeros after the end of the image count towards the size.
    let padded = |bytes: usize| {
        plain(1, 1).into_iter().chain(std::iter::repeat(0)).take(bytes).collect::<Vec<u8>>()
    };
    assert!(read(&padded(MAX_BYTES)).is_ok());
    assert_eq!(
        refusal(read(&padded(MAX_BYTES + 1))),
        "has 262145 bytes: reduce it to at most 262144 bytes"
    );
}

/// The width is in bytes 16 to 19 of a PNG. It is checked before anything is decoded: this file has
/// no such rows.
#[test]
fn the_size_is_read_from_the_header() {
    let mut file = plain(10, 10);
    file[16..20].copy_from_slice(&2_000_000_000_u32.to_be_bytes());
    let crc = crc32(&file[12..29]);
    file[29..33].copy_from_slice(&crc.to_be_bytes());
    assert!(refusal(read(&file)).starts_with("has 2000000000 × 10 pixels"));
}

/// Computes the checksum of a PNG chunk, bit by bit (ISO/IEC 15948, annex D).
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

#[test]
fn truncated_or_damaged_images_are_rejected() {
    let whole = include_bytes!("../../../../shared/einvoice/tests/einvoice/samples/logo.png");
    for length in [8, 20, 33, whole.len() / 2, whole.len() - 20] {
        assert_eq!(
            refusal(read(&whole[..length])),
            "is not a complete PNG: save it again",
            "{length}"
        );
    }
    for length in [3, 20, JPEG.len() / 2, JPEG.len() * 9 / 10] {
        assert_eq!(
            refusal(read(&JPEG[..length])),
            "is not a complete JPEG: save it again",
            "{length}"
        );
    }
    let mut damaged = whole.to_vec();
    damaged[whole.len() / 2] ^= 0xff;
    assert_eq!(refusal(read(&damaged)), "is not a complete PNG: save it again");
}

#[test]
fn cmyk_images_are_rejected() {
    assert_eq!(refusal(read(CMYK)), "has CMYK colors: save it in RGB or grayscale");
}

/// A few kilobytes that decompress to 8 MB.
#[test]
fn large_colour_profiles_are_rejected() {
    let mut file = Vec::new();
    let mut info = ::png::Info::with_size(1, 1);
    info.color_type = ColorType::Grayscale;
    info.bit_depth = BitDepth::Eight;
    info.icc_profile = Some(vec![0; 8 * 1024 * 1024].into());
    let mut writer =
        Encoder::with_info(Cursor::new(&mut file), info).unwrap().write_header().unwrap();
    writer.write_image_data(&[0]).unwrap();
    writer.finish().unwrap();
    assert!(file.len() < 64 * 1024, "{}", file.len());
    let told = refusal(read(&file));
    assert!(told.starts_with("has a color profile of 8388608 bytes"), "{told}");
}
