//! Breaking text into lines by measured widths. Vietnamese is written in syllables with blanks between them, and a line
//! breaks at a blank only; a word that is wider than the line is cut where the line is full.

use unicode_normalization::char::is_combining_mark;

use super::sheet::Style;
use super::typeface::Typeface;

/// A line of text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub text: String,
    /// How wide it is, in points.
    pub width: f32,
    /// Whether its paragraph ends with it.
    pub last: bool,
}

/// Breaks settable text into lines of a width; the first line of each paragraph is shorter by `indent`. There is always
/// a line, if an empty one.
pub(super) fn lines(typeface: &Typeface, style: Style, text: &str, indent: f32, width: f32) -> Vec<Line> {
    let mut breaker = Breaker {
        typeface,
        style,
        width,
        room: width,
        done: Vec::new(),
        text: String::new(),
        filled: 0.0,
    };
    for paragraph in text.split('\n') {
        breaker.room = width - indent;
        for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
            breaker.add(word);
        }
        breaker.end(true);
    }
    breaker.done
}

struct Breaker<'a> {
    typeface: &'a Typeface,
    style: Style,
    /// The width of all lines but the first.
    width: f32,
    /// The width of the line that is being filled.
    room: f32,
    done: Vec<Line>,
    text: String,
    filled: f32,
}

impl Breaker<'_> {
    fn measure(&self, text: &str) -> f32 {
        self.typeface.cut(self.style.face).width(text, self.style.size)
    }

    fn add(&mut self, word: &str) {
        let wide = self.measure(word);
        let blank = if self.text.is_empty() { 0.0 } else { self.measure(" ") };
        if self.filled + blank + wide <= self.room {
            if blank > 0.0 {
                self.text.push(' ');
            }
            self.text.push_str(word);
            self.filled += blank + wide;
        } else if wide <= self.width {
            self.end(false);
            self.text.push_str(word);
            self.filled = wide;
        } else {
            self.cut(word);
        }
    }

    /// Puts a word down that no line can hold.
    fn cut(&mut self, word: &str) {
        if !self.text.is_empty() {
            self.end(false);
        }
        for c in word.chars() {
            let wide = self.measure(c.encode_utf8(&mut [0; 4]));
            if self.filled + wide > self.room && !self.text.is_empty() && !is_combining_mark(c) {
                self.end(false);
            }
            self.text.push(c);
            self.filled += wide;
        }
    }

    fn end(&mut self, last: bool) {
        self.done.push(Line {
            text: std::mem::take(&mut self.text),
            width: self.filled,
            last,
        });
        self.filled = 0.0;
        self.room = self.width;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::*;
    use crate::paper::typeface::Face;

    const STYLE: Style = Style::new(Face::Regular, 10.0);

    fn broken(text: &str, indent: f32, width: f32) -> Vec<String> {
        let lines = lines(Typeface::get().unwrap(), STYLE, text, indent, width);
        lines.into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn lines_break_at_blanks_only() {
        // a figure is 5 points wide, a blank 2.5
        assert_eq!(broken("11 22 33", 0.0, 25.0), ["11 22", "33"]);
        assert_eq!(broken("11 22 33", 10.0, 25.0), ["11", "22 33"]);
        assert_eq!(broken("11\u{A0}22 33", 0.0, 25.0), ["11\u{A0}22", "33"]);
        assert_eq!(broken("", 0.0, 25.0), [""]);
        assert_eq!(broken("11\n\n22", 0.0, 25.0), ["11", "", "22"]);
    }

    #[test]
    fn a_word_wider_than_the_line_is_cut() {
        assert_eq!(broken("1 2345678 9", 0.0, 16.0), ["1", "234", "567", "8 9"]);
        // never between a letter and its mark
        assert_eq!(broken("11x\u{303}", 0.0, 12.0), ["11", "x\u{303}"]);
        // not even one character fits: one on each line, and it ends
        assert_eq!(broken("123", 0.0, 1.0), ["1", "2", "3"]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_sticks_out(text in "[a-zđếộữặ]{1,30}( [a-zĐẾỘỮẶ]{1,9}){0,30}", width in 30.0f32..400.0) {
            let lines = lines(Typeface::get().unwrap(), STYLE, &text, 0.0, width);
            for line in &lines {
                prop_assert!(line.width <= width + 0.01, "{line:?}");
            }
            let joined: String = lines.iter().map(|line| line.text.replace(' ', "")).collect();
            prop_assert_eq!(joined, text.replace(' ', ""));
        }
    }
}
