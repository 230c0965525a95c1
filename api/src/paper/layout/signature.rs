//! Signatures and recipients. They are one piece, bound to what stands before them: a page with nothing but signatures
//! could be put under any paper.

use super::{Align, Face, Layout, Piece, Style};
use crate::paper::model::{Signatures, Signer};
use crate::paper::sheet::{Mark, mm, times};

const CAPACITY: Style = Style::new(Face::Bold, 13.0);
const NAME: Style = Style::new(Face::Bold, 13.0);
const HINT: Style = Style::new(Face::Italic, 12.0);
const PLACE: Style = Style::new(Face::Italic, 13.0);
const RECIPIENTS: Style = Style::new(Face::BoldItalic, 12.0);
const RECIPIENT: Style = Style::new(Face::Regular, 11.0);
/// Room for the signature and the seal.
const ROOM_MM: f32 = 22.0;

impl Layout {
    pub(super) fn signatures(&mut self, signatures: &Signatures) {
        let beside = usize::from(!signatures.recipients.is_empty());
        let columns = times(signatures.signers.len() + beside);
        if columns < 1.0 {
            return;
        }
        let width = self.width() / columns.max(2.0);
        // a single signature stands at the right
        let mut left = if columns < 2.0 { self.left + width } else { self.left };
        let mut marks = Vec::new();
        let mut height = 0.0_f32;
        if beside > 0 {
            let (more, high) = self.recipients(&signatures.recipients, left, left + width - mm(4.0));
            marks.extend(more);
            height = high;
            left += width;
        }
        let date_above = signatures.signers.iter().any(|signer| signer.place_and_date.is_some());
        let lines = signatures.signers.iter().map(|signer| signer.capacity.len()).max();
        for signer in &signatures.signers {
            let (more, high) = self.signer(signer, left, left + width, date_above, lines.unwrap_or(0));
            marks.extend(more);
            height = height.max(high);
            left += width;
        }
        self.flow.bind_last();
        self.flow.pieces.push(Piece {
            marks,
            height,
            gap: 12.0,
            ..Piece::default()
        });
    }

    fn recipients(&self, recipients: &[String], left: f32, right: f32) -> (Vec<Mark>, f32) {
        let mut marks = vec![self.set.at(left, 0.0, RECIPIENTS, "Nơi nhận:")];
        let mut height = RECIPIENTS.leading();
        for recipient in recipients {
            for line in self.set.lines(RECIPIENT, &format!("- {recipient}"), 0.0, right - left) {
                marks.push(self.set.at(left, height, RECIPIENT, &line.text));
                height += RECIPIENT.leading();
            }
        }
        (marks, height)
    }

    /// The names of all signers stand at the same height, and so do the rooms for their signatures.
    fn signer(&self, signer: &Signer, left: f32, right: f32, date_above: bool, lines: usize) -> (Vec<Mark>, f32) {
        let mut marks = Vec::new();
        let mut top = 0.0;
        if date_above {
            if let Some(place) = &signer.place_and_date {
                marks.push(self.set.aligned(Align::Centre, (left, right), top, PLACE, place));
            }
            top += PLACE.leading();
        }
        let after = top + times(lines) * CAPACITY.leading();
        for capacity in &signer.capacity {
            let (more, high) = self.set.centred((left, right), top, CAPACITY, capacity);
            marks.extend(more);
            top += high;
        }
        if let Some(hint) = &signer.hint {
            let (more, high) = self.set.centred((left, right), top, HINT, hint);
            marks.extend(more);
            top += high;
        }
        top = top.max(after + HINT.leading()) + mm(ROOM_MM);
        if let Some(name) = &signer.name {
            let (more, high) = self.set.centred((left, right), top, NAME, name);
            marks.extend(more);
            top += high;
        }
        (marks, top)
    }
}
