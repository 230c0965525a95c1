//! From sheets to a PDF. Nothing of it depends on when or where it is made: equal sheets give equal bytes.

use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect, Transform};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};

use super::error::PaperError;
use super::sheet::{Ink, Mark, Pen, Sheet, Style};
use super::typeface::Typeface;

/// Writes the sheets as a PDF under a title.
pub(super) fn write(sheets: &[Sheet], title: &str) -> Result<Vec<u8>, PaperError> {
    let typeface = Typeface::get()?;
    // tags tell the parts of a text to programs that read aloud; sheets know nothing of parts any more
    let settings = SerializeSettings {
        enable_tagging: false,
        ..SerializeSettings::default()
    };
    let mut document = Document::new_with(settings);
    document.set_metadata(
        Metadata::new()
            .title(title.to_owned())
            .language("vi".to_owned())
            .creator("Khuyến Học".to_owned()),
    );
    for sheet in sheets {
        let size = PageSettings::from_wh(sheet.width, sheet.height);
        let mut page = document.start_page_with(size.ok_or_else(|| PaperError::Pdf("size of a page".to_owned()))?);
        let mut surface = page.surface();
        for mark in &sheet.marks {
            draw(&mut surface, typeface, mark);
        }
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| PaperError::Pdf(format!("{error:?}")))
}

fn draw(surface: &mut Surface<'_>, typeface: &Typeface, mark: &Mark) {
    match mark {
        Mark::Text {
            x,
            y,
            style,
            ink,
            spread,
            text,
        } => {
            surface.set_stroke(None);
            surface.set_fill(Some(fill(*ink)));
            set(surface, typeface, (*x, *y), *style, *spread, text);
        }
        Mark::Line {
            from,
            to,
            width,
            dotted,
        } => {
            let pens = [Pen::Move(from.0, from.1), Pen::Line(to.0, to.1)];
            let dash = StrokeDash {
                array: vec![0.8, 1.8],
                offset: 0.0,
            };
            stroke(surface, &pens, *width, Ink::Black, dotted.then_some(dash));
        }
        Mark::Squares { squares } => {
            let mut path = PathBuilder::new();
            for [x, y, width, height] in squares {
                if let Some(square) = Rect::from_xywh(*x, *y, *width, *height) {
                    path.push_rect(square);
                }
            }
            surface.set_stroke(None);
            surface.set_fill(Some(fill(Ink::Black)));
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
        Mark::Drawing { pens, width, ink } => stroke(surface, pens, *width, *ink, None),
        Mark::Stamp {
            centre,
            degrees,
            style,
            ink,
            framed,
            text,
        } => {
            surface.push_transform(&Transform::from_rotate_at(*degrees, centre.0, centre.1));
            let width = typeface.cut(style.face).width(text, style.size);
            let (left, low) = (centre.0 - width / 2.0, centre.1 + style.size * 0.33);
            surface.set_stroke(None);
            surface.set_fill(Some(fill(*ink)));
            set(surface, typeface, (left, low), *style, 0.0, text);
            if *framed {
                let (left, right) = (left - style.size * 0.3, left + width + style.size * 0.3);
                let (top, low) = (centre.1 - style.size * 0.75, centre.1 + style.size * 0.65);
                let frame = [
                    Pen::Move(left, top),
                    Pen::Line(right, top),
                    Pen::Line(right, low),
                    Pen::Line(left, low),
                    Pen::Close,
                ];
                stroke(surface, &frame, style.size * 0.06, *ink, None);
            }
            surface.pop();
        }
    }
}

/// Sets one line of text at a point of its baseline.
fn set(surface: &mut Surface<'_>, typeface: &Typeface, at: (f32, f32), style: Style, spread: f32, text: &str) {
    let cut = typeface.cut(style.face);
    let spread = spread / style.size;
    let glyphs: Vec<KrillaGlyph> = text
        .char_indices()
        .filter_map(|(place, c)| {
            let glyph = cut.glyph(c)?;
            let more = if c == ' ' { spread } else { 0.0 };
            Some(KrillaGlyph {
                glyph_id: GlyphId::new(u32::from(glyph.id)),
                text_range: place..place + c.len_utf8(),
                x_advance: glyph.advance + more,
                x_offset: 0.0,
                y_offset: 0.0,
                y_advance: 0.0,
                location: None,
            })
        })
        .collect();
    if !glyphs.is_empty() {
        surface.draw_glyphs(
            Point::from_xy(at.0, at.1),
            &glyphs,
            cut.font.clone(),
            text,
            style.size,
            false,
        );
    }
}

fn stroke(surface: &mut Surface<'_>, pens: &[Pen], width: f32, ink: Ink, dash: Option<StrokeDash>) {
    let mut path = PathBuilder::new();
    for pen in pens {
        match *pen {
            Pen::Move(x, y) => path.move_to(x, y),
            Pen::Line(x, y) => path.line_to(x, y),
            Pen::Curve([x1, y1, x2, y2, x, y]) => path.cubic_to(x1, y1, x2, y2, x, y),
            Pen::Close => path.close(),
        }
    }
    surface.set_fill(None);
    surface.set_stroke(Some(Stroke {
        paint: colour(ink).into(),
        width,
        opacity: opacity(ink),
        dash,
        ..Stroke::default()
    }));
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
    surface.set_stroke(None);
}

fn fill(ink: Ink) -> Fill {
    Fill {
        paint: colour(ink).into(),
        opacity: opacity(ink),
        ..Fill::default()
    }
}

fn colour(ink: Ink) -> rgb::Color {
    match ink {
        Ink::Black => rgb::Color::black(),
        Ink::Grey => rgb::Color::new(90, 90, 90),
        Ink::Red | Ink::Pale | Ink::Through => rgb::Color::new(190, 20, 30),
        Ink::Gold => rgb::Color::new(170, 125, 35),
    }
}

/// Letters behind and across the text let it through.
fn opacity(ink: Ink) -> NormalizedF32 {
    let share = match ink {
        Ink::Pale => 0.10,
        Ink::Through => 0.55,
        Ink::Black | Ink::Grey | Ink::Red | Ink::Gold => 1.0,
    };
    NormalizedF32::new(share).unwrap_or(NormalizedF32::ONE)
}
