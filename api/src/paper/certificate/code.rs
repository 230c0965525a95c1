//! The QR code, as rectangles: sharp at every size, and no picture to carry.

use qrcode::{Color, EcLevel, QrCode};

use crate::paper::error::PaperError;
use crate::paper::sheet::{Mark, times};

/// The code of a text in a square. Level M bears a fold or a stain of an eighth of it. The quiet border around it is the
/// caller's.
pub(super) fn code(text: &str, left: f32, top: f32, side: f32) -> Result<Mark, PaperError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
    let width = code.width();
    let module = side / times(width);
    let mut squares = Vec::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        // dark modules side by side are one rectangle, so that no hair-line shows between them
        for run in row.chunk_by(|a, b| a == b) {
            if run.first() == Some(&Color::Dark) {
                squares.push([
                    left + times(x) * module,
                    top + times(y) * module,
                    times(run.len()) * module,
                    module,
                ]);
            }
            x += run.len();
        }
    }
    Ok(Mark::Squares { squares })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_120_characters_fits_and_its_modules_are_large_enough_to_scan() {
        let address = format!("https://khuyenhoc.example/{}", "x".repeat(94));
        assert_eq!(address.len(), 120);
        let side = crate::paper::sheet::mm(32.0);
        let Mark::Squares { squares } = code(&address, 10.0, 20.0, side).unwrap() else {
            panic!("squares");
        };
        let module = squares[0][3];
        // 0.5 mm: what phones read at arm's length
        assert!(module > crate::paper::sheet::mm(0.5), "{module}");
        for [x, y, width, height] in squares {
            assert!(x >= 10.0 && x + width <= 10.0 + side + 0.01);
            assert!(y >= 20.0 && y + height <= 20.0 + side + 0.01);
        }
    }

    #[test]
    fn what_no_code_holds_is_refused() {
        assert!(matches!(
            code(&"x".repeat(3000), 0.0, 0.0, 10.0),
            Err(PaperError::Qr(_))
        ));
    }
}
