//! The head of the first page: the issuing body at the left, the country and its motto at the right.

use super::{Align, Layout, Piece, Style};
use crate::paper::model::Letterhead;
use crate::paper::sheet::{Mark, mm};
use crate::paper::typeface::Face;

pub(in crate::paper) const COUNTRY: &str = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM";
pub(in crate::paper) const MOTTO: &str = "Độc lập - Tự do - Hạnh phúc";

const PARENT: Style = Style::new(Face::Regular, 12.0);
const BODY_NAME: Style = Style::new(Face::Bold, 12.0);
const MOTTO_STYLE: Style = Style::new(Face::Bold, 13.0);
const NUMBER: Style = Style::new(Face::Regular, 13.0);
const PLACE: Style = Style::new(Face::Italic, 13.0);

impl Layout {
    pub(super) fn letterhead(&mut self, head: &Letterhead) {
        let (left, right) = (self.left, self.right);
        let Some(issuer) = &head.issuer else {
            let (mut marks, mut height) = self.country(left, right);
            if let Some(place) = &head.place_and_date {
                height += 6.0;
                marks.push(self.set.aligned(Align::Right, (left, right), height, PLACE, place));
                height += PLACE.leading();
            }
            return self.head(marks, height);
        };
        // 44 to 56, so that the name of the country stands on one line; the body's name may run into the margin a little
        let border = left + (right - left) * 0.44;
        let (mut marks, height) = self.country(border, right);
        let (out, inner) = (left - mm(8.0), border - mm(3.0));
        let mut low = 0.0;
        if let Some(parent) = &head.parent {
            let (more, high) = self.set.centred((out, inner), low, PARENT, &parent.to_uppercase());
            marks.extend(more);
            low += high;
        }
        let (more, high) = self.set.centred((out, inner), low, BODY_NAME, &issuer.to_uppercase());
        marks.extend(more);
        low += high;
        let (middle, half) = (f32::midpoint(out, inner), mm(11.0));
        marks.push(Mark::Line {
            from: (middle - half, low + 1.5),
            to: (middle + half, low + 1.5),
            width: 0.6,
            dotted: false,
        });
        let mut height = height.max(low + 4.0);
        if head.number.is_some() || head.place_and_date.is_some() {
            height += 4.0;
            if let Some(number) = &head.number {
                marks.push(self.set.aligned(Align::Centre, (out, inner), height, NUMBER, number));
            }
            if let Some(place) = &head.place_and_date {
                marks.push(self.set.aligned(Align::Centre, (border, right), height, PLACE, place));
            }
            height += NUMBER.leading();
        }
        self.head(marks, height);
    }

    fn head(&mut self, marks: Vec<Mark>, height: f32) {
        self.flow.pieces.push(Piece {
            marks,
            height,
            bound: true,
            ..Piece::default()
        });
    }

    /// The country and its motto, underlined at the motto's length.
    fn country(&self, left: f32, right: f32) -> (Vec<Mark>, f32) {
        let low = BODY_NAME.leading();
        let half = self.set.measure(MOTTO_STYLE, MOTTO) / 2.0;
        let (middle, line) = (f32::midpoint(left, right), low + MOTTO_STYLE.leading() + 1.5);
        let marks = vec![
            self.set.aligned(Align::Centre, (left, right), 0.0, BODY_NAME, COUNTRY),
            self.set.aligned(Align::Centre, (left, right), low, MOTTO_STYLE, MOTTO),
            Mark::Line {
                from: (middle - half, line),
                to: (middle + half, line),
                width: 0.6,
                dotted: false,
            },
        ];
        (marks, line + 3.0)
    }
}
