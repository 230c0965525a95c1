//! Sheets of paper with marks on them: what the layout makes and the PDF shows. Lengths are points (1/72 inch), from the
//! upper left corner.

use super::typeface::Face;

/// The short side of A4.
pub(super) const SHORT: f32 = 595.28;
/// The long side of A4.
pub(super) const LONG: f32 = 841.89;

/// Millimetres as points.
pub(super) fn mm(millimetres: f32) -> f32 {
    millimetres * 72.0 / 25.4
}

/// A number of things as a factor.
pub(super) fn times(count: usize) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}

/// A cut and a size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Style {
    pub face: Face,
    pub size: f32,
}

impl Style {
    pub const fn new(face: Face, size: f32) -> Self {
        Self { face, size }
    }

    /// From one line to the next.
    pub fn leading(self) -> f32 {
        self.size * 1.3
    }

    /// From the top of a line to where its letters stand. Capitals with two marks (Ế) stay inside.
    pub fn baseline(self) -> f32 {
        self.size * 1.0
    }
}

/// The colours there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Black,
    /// Remarks at the foot.
    Grey,
    /// The title of a certificate, marks of samples and revocations.
    Red,
    /// The frame of a certificate.
    Gold,
    /// Large letters behind the text.
    Pale,
    /// Large letters across the text, which stays readable.
    Through,
}

/// A stroke of a drawn line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Pen {
    Move(f32, f32),
    Line(f32, f32),
    /// A curve by two handles to a point.
    Curve([f32; 6]),
    Close,
}

/// One thing on a sheet.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mark {
    /// A line of text; `spread` is added to every blank, for even margins.
    Text {
        x: f32,
        y: f32,
        style: Style,
        ink: Ink,
        spread: f32,
        text: String,
    },
    /// A straight line.
    Line {
        from: (f32, f32),
        to: (f32, f32),
        width: f32,
        dotted: bool,
    },
    /// Filled rectangles: left, top, width, height.
    Squares { squares: Vec<[f32; 4]> },
    /// A drawn line.
    Drawing { pens: Vec<Pen>, width: f32, ink: Ink },
    /// Letters at a slant around a point, with a frame or without.
    Stamp {
        centre: (f32, f32),
        degrees: f32,
        style: Style,
        ink: Ink,
        framed: bool,
        text: String,
    },
}

impl Mark {
    /// The same, further down. Drawings and stamps belong to a sheet and are never moved.
    pub fn lowered(mut self, by: f32) -> Self {
        match &mut self {
            Self::Text { y, .. } => *y += by,
            Self::Line { from, to, .. } => {
                from.1 += by;
                to.1 += by;
            }
            Self::Squares { .. } | Self::Drawing { .. } | Self::Stamp { .. } => {}
        }
        self
    }
}

/// A sheet.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sheet {
    pub width: f32,
    pub height: f32,
    pub marks: Vec<Mark>,
}
