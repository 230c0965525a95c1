//! The typeface: which glyph a character has and how wide it is.
//!
//! Every character is set by its own glyph at its own width, as word processors set Times New Roman. Text is brought to
//! NFC first, and all Vietnamese letters are single characters there, so nothing has to be shaped.

use std::sync::LazyLock;

use krilla::text::Font;
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};
use unicode_normalization::UnicodeNormalization;

use super::error::PaperError;

/// What stands where the typeface has no letter: seen on the paper, so that somebody corrects it.
pub(super) const REPLACEMENT: char = '\u{FFFD}';

/// The cut of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    Regular,
    Bold,
    Italic,
    BoldItalic,
}

/// A glyph of one character.
#[derive(Debug, Clone, Copy)]
pub(super) struct Glyph {
    /// Its number in the font.
    pub id: u16,
    /// How far it moves the pen, in parts of the size.
    pub advance: f32,
}

/// One cut: the font for the PDF and the glyphs for measuring.
pub(super) struct Cut {
    pub font: Font,
    /// By code point; a table, because a ward's list asks for millions of widths.
    glyphs: Vec<Option<Glyph>>,
}

impl Cut {
    fn read(bytes: &'static [u8]) -> Option<Self> {
        let file = FontRef::new(bytes).ok()?;
        let metrics = file.glyph_metrics(Size::unscaled(), LocationRef::default());
        let em = f32::from(file.metrics(Size::unscaled(), LocationRef::default()).units_per_em);
        let mut glyphs = Vec::new();
        for (code, glyph) in file.charmap().mappings() {
            let place = usize::try_from(code).ok()?;
            if glyphs.len() <= place {
                glyphs.resize(place + 1, None);
            }
            let advance = metrics.advance_width(glyph)? / em;
            let id = u16::try_from(glyph.to_u32()).ok()?;
            if let Some(slot) = glyphs.get_mut(place) {
                *slot = Some(Glyph { id, advance });
            }
        }
        let font = Font::new(bytes.into(), 0)?;
        Some(Self { font, glyphs })
    }

    /// The glyph of a character.
    pub fn glyph(&self, c: char) -> Option<Glyph> {
        let place = usize::try_from(u32::from(c)).ok()?;
        self.glyphs.get(place).copied().flatten()
    }

    /// How wide a text is at a size, in points.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        let advance = |c| self.glyph(c).map_or(0.0, |glyph| glyph.advance);
        text.chars().map(advance).sum::<f32>() * size
    }
}

/// All four cuts.
pub(super) struct Typeface {
    regular: Cut,
    bold: Cut,
    italic: Cut,
    bold_italic: Cut,
}

static TYPEFACE: LazyLock<Option<Typeface>> = LazyLock::new(|| {
    Some(Typeface {
        regular: Cut::read(include_bytes!("font/Tinos-Regular.ttf"))?,
        bold: Cut::read(include_bytes!("font/Tinos-Bold.ttf"))?,
        italic: Cut::read(include_bytes!("font/Tinos-Italic.ttf"))?,
        bold_italic: Cut::read(include_bytes!("font/Tinos-BoldItalic.ttf"))?,
    })
});

impl Typeface {
    /// The typeface, read once.
    pub fn get() -> Result<&'static Self, PaperError> {
        TYPEFACE.as_ref().ok_or(PaperError::Typeface)
    }

    /// One of its cuts.
    pub fn cut(&self, face: Face) -> &Cut {
        match face {
            Face::Regular => &self.regular,
            Face::Bold => &self.bold,
            Face::Italic => &self.italic,
            Face::BoldItalic => &self.bold_italic,
        }
    }

    /// Text that can be set: NFC, blanks of all kinds as blanks, what is not seen left out, and what has no letter
    /// replaced by a sign that is seen. Line ends stay.
    pub fn settable(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for c in text.nfc() {
            match c {
                '\t' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{205F}' | '\u{3000}' => out.push(' '),
                '\n' | '\u{2028}' | '\u{2029}' => out.push('\n'),
                '\u{00AD}'
                | '\u{200B}'..='\u{200F}'
                | '\u{202A}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{FEFF}' => {}
                '\u{2010}' | '\u{2011}' => out.push('-'),
                c if c.is_control() => {}
                c if self.regular.glyph(c).is_some() => out.push(c),
                _ => out.push(REPLACEMENT),
            }
        }
        out
    }
}

/// The characters of a text that cannot be printed, each once. Who takes names in may ask before anything is printed.
///
/// # Errors
/// [`PaperError::Typeface`] when the typeface that comes with the program cannot be read.
pub fn unprintable(text: &str) -> Result<Vec<char>, PaperError> {
    let typeface = Typeface::get()?;
    let mut missing = Vec::new();
    for c in text.nfc().filter(|c| *c != REPLACEMENT) {
        if typeface.settable(c.encode_utf8(&mut [0; 4])).contains(REPLACEMENT) && !missing.contains(&c) {
            missing.push(c);
        }
    }
    Ok(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every letter of Vietnamese with every tone, small and capital.
    fn vietnamese() -> String {
        let mut letters = String::new();
        for letter in "aăâbcdđeêghiklmnoôơpqrstuưvxyfjwz".chars() {
            for tone in ["", "\u{300}", "\u{301}", "\u{303}", "\u{309}", "\u{323}"] {
                if tone.is_empty() || "aăâeêioôơuưy".contains(letter) {
                    let small: String = format!("{letter}{tone}").nfc().collect();
                    letters.push_str(&small);
                    letters.extend(small.to_uppercase().nfc());
                }
            }
        }
        letters
    }

    #[test]
    fn every_vietnamese_letter_has_a_glyph_in_every_cut() {
        let typeface = Typeface::get().unwrap();
        let letters = vietnamese();
        assert_eq!(letters.chars().count(), 2 * (33 + 12 * 5), "each is one character");
        let signs = "0123456789 .,;:!?()/-–—“”‘’…%+=&@#*<>\"'«»₫№≥≤²°\u{A0}\u{FFFD}";
        for face in [Face::Regular, Face::Bold, Face::Italic, Face::BoldItalic] {
            for c in letters.chars().chain(signs.chars()) {
                let glyph = typeface.cut(face).glyph(c).unwrap_or_else(|| panic!("{c} in {face:?}"));
                assert!(glyph.id > 0 && glyph.advance > 0.0, "{c} in {face:?}");
            }
        }
        assert!(unprintable(&letters).unwrap().is_empty());
    }

    #[test]
    fn letters_in_parts_are_put_together() {
        let typeface = Typeface::get().unwrap();
        assert_eq!(
            typeface.settable("Nguye\u{302}\u{303}n Thi\u{323} Tha\u{306}\u{301}m"),
            "Nguyễn Thị Thắm"
        );
        assert_eq!(
            typeface.settable("a\u{200B}b\u{FEFF}c\td\r\ne\u{3000}f\u{0007}"),
            "abc d\ne f"
        );
    }

    #[test]
    fn what_has_no_letter_is_replaced_and_told() {
        let typeface = Typeface::get().unwrap();
        assert_eq!(typeface.settable("Lý 李 An 😀"), "Lý \u{FFFD} An \u{FFFD}");
        assert_eq!(unprintable("Lý 李 An 😀 李").unwrap(), ['李', '😀']);
    }

    #[test]
    fn widths_are_those_of_times() {
        let typeface = Typeface::get().unwrap();
        // Times New Roman: a figure is half the size wide, M 0.889
        let cut = typeface.cut(Face::Regular);
        assert!((cut.width("00", 10.0) - 10.0).abs() < 0.01);
        assert!((cut.width("M", 10.0) - 8.89).abs() < 0.01);
        assert!((cut.width("ế", 10.0) - cut.width("e", 10.0)).abs() < 0.01);
    }
}
