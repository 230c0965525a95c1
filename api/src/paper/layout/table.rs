//! Tables: cells grow in height, and each row is one piece, so that a table breaks between rows.

use super::{Face, Layout, Line, Piece, Style};
use crate::paper::model::{Align, Row, Table};
use crate::paper::setter::placed;
use crate::paper::sheet::{Mark, times};

const CELL: Style = Style::new(Face::Regular, 12.0);
const CELL_BOLD: Style = Style::new(Face::Bold, 12.0);
const HEADING: Style = Style::new(Face::Bold, 12.0);
/// Room between a border and its text.
const ASIDE: f32 = 4.0;
const ABOVE: f32 = 3.0;
/// Rows for a pen: nine millimetres.
const PEN_HEIGHT: f32 = 25.5;
/// So many lines go into one piece; a longer cell runs over to another, so that no row is higher than a page.
const LINES_A_PIECE: usize = 30;
const BORDER: f32 = 0.5;

/// Where a column stands.
#[derive(Clone, Copy)]
struct Place {
    left: f32,
    right: f32,
    align: Align,
}

impl Layout {
    pub(super) fn table(&mut self, table: &Table) {
        let places = self.places(table);
        let heading = Row::strong(table.columns.iter().map(|column| column.heading.clone()));
        let centred: Vec<Place> = places
            .iter()
            .map(|place| Place {
                align: Align::Centre,
                ..*place
            })
            .collect();
        let mut first = true;
        for mut piece in self.row(&heading, &centred, HEADING, 0.0) {
            if first {
                piece.marks.push(self.across(0.0));
                piece.gap = 8.0;
                self.flow.headings.push(piece.clone());
            }
            first = false;
            piece.bound = true;
            self.flow.pieces.push(piece);
        }
        let under = self.flow.headings.len().checked_sub(1);
        let least = if table.for_pen { PEN_HEIGHT } else { 0.0 };
        for row in &table.rows {
            let style = if row.strong { CELL_BOLD } else { CELL };
            for mut piece in self.row(row, &places, style, least) {
                piece.under = under;
                // the heading of a group stays with what it heads
                piece.bound = row.strong;
                self.flow.pieces.push(piece);
            }
        }
        // nothing is below the last row that would have to stay with it
        if let Some(last) = self.flow.pieces.last_mut() {
            last.bound = false;
        }
    }

    fn places(&self, table: &Table) -> Vec<Place> {
        let shares: f32 = table.columns.iter().map(|column| f32::from(column.share.max(1))).sum();
        let mut left = self.left;
        let mut places = Vec::with_capacity(table.columns.len());
        for column in &table.columns {
            let right = left + self.width() * f32::from(column.share.max(1)) / shares;
            places.push(Place {
                left,
                right,
                align: column.align,
            });
            left = right;
        }
        places
    }

    /// A line across the whole table.
    fn across(&self, y: f32) -> Mark {
        border((self.left, y), (self.right, y))
    }

    /// A row as one piece, or as several where a cell is very long.
    fn row(&self, row: &Row, places: &[Place], style: Style, least: f32) -> Vec<Piece> {
        let mut cells: Vec<Vec<Line>> = places
            .iter()
            .enumerate()
            .map(|(number, place)| {
                let text = row.cells.get(number).map_or("", String::as_str);
                self.set.lines(style, text, 0.0, place.right - place.left - 2.0 * ASIDE)
            })
            .collect();
        let most = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let mut pieces = Vec::new();
        for from in (0..most).step_by(LINES_A_PIECE) {
            let count = (most - from).min(LINES_A_PIECE);
            let height = (times(count) * style.leading() + 2.0 * ABOVE).max(least);
            let mut marks = Vec::new();
            for (place, lines) in places.iter().zip(&mut cells) {
                let rest = lines.split_off(lines.len().min(count));
                let shown = std::mem::replace(lines, rest);
                let high = times(shown.len()) * style.leading();
                let mut top = (height - high) / 2.0;
                for line in shown {
                    let between = (place.left + ASIDE, place.right - ASIDE);
                    if !line.text.is_empty() {
                        marks.push(placed(place.align, between, top, style, line));
                    }
                    top += style.leading();
                }
                marks.push(border((place.left, 0.0), (place.left, height)));
            }
            marks.push(border((self.right, 0.0), (self.right, height)));
            marks.push(self.across(height));
            pieces.push(Piece {
                marks,
                height,
                ..Piece::default()
            });
        }
        pieces
    }
}

fn border(from: (f32, f32), to: (f32, f32)) -> Mark {
    Mark::Line {
        from,
        to,
        width: BORDER,
        dotted: false,
    }
}
