//! The frame of a certificate.

use crate::paper::sheet::{Ink, LONG, Mark, Pen, SHORT, mm};

/// How far a handle stands from the end of a quarter circle, in radii.
const ROUND: f32 = 0.5523;

/// A broad line, a thin one with hollow corners inside it, and a small ornament in each corner.
pub(super) fn frame() -> Vec<Mark> {
    let (outer, inner, corner) = (mm(8.0), mm(11.5), mm(9.0));
    vec![
        drawing(rectangle(outer), 3.0),
        drawing(hollow(inner, corner), 1.0),
        drawing(hollow(inner + mm(1.2), corner), 0.4),
        drawing(ornaments(inner + mm(2.6), mm(2.4)), 0.9),
    ]
}

fn drawing(pens: Vec<Pen>, width: f32) -> Mark {
    Mark::Drawing {
        pens,
        width,
        ink: Ink::Gold,
    }
}

fn rectangle(inset: f32) -> Vec<Pen> {
    vec![
        Pen::Move(inset, inset),
        Pen::Line(LONG - inset, inset),
        Pen::Line(LONG - inset, SHORT - inset),
        Pen::Line(inset, SHORT - inset),
        Pen::Close,
    ]
}

/// A rectangle whose corners are quarter circles bent inwards.
fn hollow(inset: f32, radius: f32) -> Vec<Pen> {
    let (left, top, right, low) = (inset, inset, LONG - inset, SHORT - inset);
    let handle = radius * ROUND;
    vec![
        Pen::Move(left + radius, top),
        Pen::Line(right - radius, top),
        Pen::Curve([
            right - radius,
            top + handle,
            right - handle,
            top + radius,
            right,
            top + radius,
        ]),
        Pen::Line(right, low - radius),
        Pen::Curve([
            right - handle,
            low - radius,
            right - radius,
            low - handle,
            right - radius,
            low,
        ]),
        Pen::Line(left + radius, low),
        Pen::Curve([
            left + radius,
            low - handle,
            left + handle,
            low - radius,
            left,
            low - radius,
        ]),
        Pen::Line(left, top + radius),
        Pen::Curve([
            left + handle,
            top + radius,
            left + radius,
            top + handle,
            left + radius,
            top,
        ]),
        Pen::Close,
    ]
}

/// A lozenge with curved sides in each corner.
fn ornaments(inset: f32, half: f32) -> Vec<Pen> {
    let mut pens = Vec::new();
    for (x, y) in [
        (inset, inset),
        (LONG - inset, inset),
        (LONG - inset, SHORT - inset),
        (inset, SHORT - inset),
    ] {
        pens.extend([
            Pen::Move(x, y - half),
            Pen::Curve([x, y, x, y, x + half, y]),
            Pen::Curve([x, y, x, y, x, y + half]),
            Pen::Curve([x, y, x, y, x - half, y]),
            Pen::Curve([x, y, x, y, x, y - half]),
            Pen::Close,
        ]);
    }
    pens
}
