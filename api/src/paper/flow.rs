//! From pieces to pages. A piece is what is never parted: a line of text, a row of a table, the signatures. Pieces that
//! belong together are bound, and the heading of a table comes again on every page it runs over.

use super::sheet::{Mark, Sheet};

/// Something that is never parted.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Piece {
    /// What is drawn, with heights from its own top.
    pub marks: Vec<Mark>,
    pub height: f32,
    /// Room above it, except at the top of a page.
    pub gap: f32,
    /// Whether it stays on the page of the piece after it.
    pub bound: bool,
    /// Which heading stands above it where it begins a page.
    pub under: Option<usize>,
    /// Whether it begins a page.
    pub new_page: bool,
}

/// All pieces of a paper.
#[derive(Debug, Default)]
pub(super) struct Flow {
    pub pieces: Vec<Piece>,
    /// Headings of tables, to be repeated.
    pub headings: Vec<Piece>,
}

impl Flow {
    /// Binds the last piece to what comes after it.
    pub fn bind_last(&mut self) {
        if let Some(last) = self.pieces.last_mut() {
            last.bound = true;
        }
    }
}

/// A page: its size and between which heights pieces stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub width: f32,
    pub height: f32,
    pub top: f32,
    pub bottom: f32,
}

/// Spreads the pieces over pages; there is always one.
pub(super) fn paginate(flow: Flow, area: Area) -> Vec<Sheet> {
    let mut pages = Pages {
        headings: flow.headings,
        area,
        done: Vec::new(),
        marks: Vec::new(),
        at: area.top,
        empty: true,
    };
    let mut run = Vec::new();
    for piece in flow.pieces {
        let bound = piece.bound;
        run.push(piece);
        if !bound {
            pages.place(std::mem::take(&mut run));
        }
    }
    pages.place(run);
    pages.turn();
    pages.done
}

struct Pages {
    headings: Vec<Piece>,
    area: Area,
    done: Vec<Sheet>,
    marks: Vec<Mark>,
    at: f32,
    empty: bool,
}

impl Pages {
    /// Places pieces that are bound together; a run that no page can hold is parted after all.
    fn place(&mut self, run: Vec<Piece>) {
        let height: f32 = run.iter().map(|piece| piece.gap + piece.height).sum();
        let mut whole = height;
        for piece in run {
            let needed = whole.max(piece.gap + piece.height);
            if piece.new_page || self.at + needed > self.area.bottom {
                self.begin(&piece);
            }
            whole = 0.0;
            self.put(piece);
        }
    }

    /// Begins a page for a piece, unless nothing stands on this one.
    fn begin(&mut self, piece: &Piece) {
        if self.empty {
            return;
        }
        self.turn();
        let heading = piece.under.and_then(|heading| self.headings.get(heading)).cloned();
        if let Some(heading) = heading {
            self.put(heading);
        }
    }

    fn put(&mut self, piece: Piece) {
        if !self.empty {
            self.at += piece.gap;
        }
        let at = self.at;
        self.marks.extend(piece.marks.into_iter().map(|mark| mark.lowered(at)));
        self.at += piece.height;
        self.empty = false;
    }

    fn turn(&mut self) {
        self.done.push(Sheet {
            width: self.area.width,
            height: self.area.height,
            marks: std::mem::take(&mut self.marks),
        });
        self.at = self.area.top;
        self.empty = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Area = Area {
        width: 100.0,
        height: 120.0,
        top: 10.0,
        bottom: 110.0,
    };

    fn piece(name: &str, height: f32) -> Piece {
        use crate::paper::sheet::{Ink, Style};
        use crate::paper::typeface::Face;
        let text = Mark::Text {
            x: 0.0,
            y: 0.0,
            style: Style::new(Face::Regular, 10.0),
            ink: Ink::Black,
            spread: 0.0,
            text: name.to_owned(),
        };
        Piece {
            marks: vec![text],
            height,
            ..Piece::default()
        }
    }

    fn pages(flow: Flow) -> Vec<Vec<String>> {
        let text = |mark: &Mark| match mark {
            Mark::Text { text, y, .. } => format!("{text}@{y}"),
            other => panic!("{other:?}"),
        };
        let pages = paginate(flow, AREA);
        pages.iter().map(|page| page.marks.iter().map(text).collect()).collect()
    }

    #[test]
    fn bound_pieces_go_to_the_next_page_together() {
        let mut pieces = vec![piece("a", 70.0), piece("b", 20.0), piece("c", 20.0)];
        pieces[1].bound = true;
        let flow = Flow {
            pieces,
            headings: Vec::new(),
        };
        assert_eq!(pages(flow), [vec!["a@10"], vec!["b@10", "c@30"]]);
    }

    #[test]
    fn headings_come_again_on_the_next_page() {
        let mut row = piece("row", 45.0);
        row.under = Some(0);
        let mut heading = piece("heading", 10.0);
        heading.bound = true;
        let flow = Flow {
            pieces: vec![heading.clone(), row.clone(), row.clone(), row],
            headings: vec![heading],
        };
        assert_eq!(
            pages(flow),
            [vec!["heading@10", "row@20", "row@65"], vec!["heading@10", "row@20"]]
        );
    }

    #[test]
    fn what_no_page_can_hold_is_parted_and_ends() {
        let mut pieces = vec![piece("a", 60.0), piece("b", 60.0), piece("c", 300.0)];
        pieces[0].bound = true;
        pieces[1].bound = true;
        let flow = Flow {
            pieces,
            headings: Vec::new(),
        };
        assert_eq!(pages(flow), [vec!["a@10"], vec!["b@10"], vec!["c@10"]]);
    }

    #[test]
    fn gaps_vanish_at_the_top_and_pages_begin_where_asked() {
        let mut second = piece("b", 10.0);
        second.gap = 7.0;
        let mut third = second.clone();
        third.new_page = true;
        let flow = Flow {
            pieces: vec![second.clone(), second, third],
            headings: Vec::new(),
        };
        assert_eq!(pages(flow), [vec!["b@10", "b@27"], vec!["b@10"]]);
        assert_eq!(pages(Flow::default()), [Vec::<String>::new()]);
    }
}
