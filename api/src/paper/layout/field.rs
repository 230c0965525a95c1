//! Fields: a label, and behind it the answer or dots for a pen.

use super::{BODY, Layout, PARAGRAPH_GAP, Piece, times};
use crate::paper::model::Field;
use crate::paper::sheet::{Mark, mm};

/// From one dotted line to the next: room for a pen.
const PEN_LEADING: f32 = 20.0;

impl Layout {
    pub(super) fn fields(&mut self, lines: &[Vec<Field>]) {
        for fields in lines {
            let shares: u16 = fields.iter().map(|field| field.share.max(1)).sum();
            let gap = mm(4.0);
            let room = self.width() - gap * times(fields.len().saturating_sub(1));
            let (mut x, mut rows) = (self.left, Vec::new());
            for field in fields {
                let width = room * f32::from(field.share.max(1)) / f32::from(shares.max(1));
                self.field(field, x, width, &mut rows);
                x += width + gap;
            }
            let for_pen = fields.iter().any(|field| field.value.is_none());
            let count = rows.len();
            for (place, marks) in rows.into_iter().enumerate() {
                self.flow.pieces.push(Piece {
                    marks,
                    height: if for_pen { PEN_LEADING } else { BODY.leading() },
                    gap: if place == 0 { PARAGRAPH_GAP } else { 0.0 },
                    // a label does not stay behind
                    bound: place == 0 && count > 1,
                    ..Piece::default()
                });
            }
        }
    }

    /// Adds the marks of one field to the rows of its line.
    fn field(&self, field: &Field, x: f32, width: f32, rows: &mut Vec<Vec<Mark>>) {
        let label = format!("{}:", field.label);
        let wide = self.set.measure(BODY, &label) + self.set.measure(BODY, " ");
        // a label that leaves no room for an answer stands on lines of its own
        if wide > width * 0.75 {
            let lines = self.set.lines(BODY, &label, 0.0, width);
            let beside = lines.last().map_or(0.0, |line| line.width) + self.set.measure(BODY, " ");
            let last = lines.len().saturating_sub(1);
            for (place, line) in lines.iter().enumerate() {
                push(rows, place, self.set.at(x, 0.0, BODY, &line.text));
            }
            let (first, indent) = if beside > width * 0.75 {
                (last + 1, 0.0)
            } else {
                (last, beside)
            };
            self.answer(field, x, indent, width, rows, first);
        } else {
            push(rows, 0, self.set.at(x, 0.0, BODY, &label));
            self.answer(field, x, wide, width, rows, 0);
        }
    }

    fn answer(&self, field: &Field, x: f32, indent: f32, width: f32, rows: &mut Vec<Vec<Mark>>, first: usize) {
        if let Some(value) = &field.value {
            for (place, line) in self.set.lines(BODY, value, indent, width).iter().enumerate() {
                let from = if place == 0 { x + indent } else { x };
                push(rows, first + place, self.set.at(from, 0.0, BODY, &line.text));
            }
            return;
        }
        for place in 0..usize::from(field.lines.max(1)) {
            let from = if place == 0 { x + indent } else { x };
            let dots = Mark::Line {
                from: (from, BODY.baseline() + 1.0),
                to: (x + width, BODY.baseline() + 1.0),
                width: 0.8,
                dotted: true,
            };
            push(rows, first + place, dots);
        }
    }
}

/// Adds a mark to a row, which is made where it is not there yet.
fn push(rows: &mut Vec<Vec<Mark>>, place: usize, mark: Mark) {
    if rows.len() <= place {
        rows.resize(place + 1, Vec::new());
    }
    if let Some(row) = rows.get_mut(place) {
        row.push(mark);
    }
}
