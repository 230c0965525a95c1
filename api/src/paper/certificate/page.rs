//! The page of a certificate, from top to bottom.

use entity::vocabulary::LearningModel;

use super::Certificate;
use super::code::code;
use super::frame::frame;
use crate::paper::error::PaperError;
use crate::paper::layout::{COUNTRY, MOTTO};
use crate::paper::lines::Line;
use crate::paper::model::Align;
use crate::paper::setter::{Setter, placed};
use crate::paper::sheet::{Ink, LONG, Mark, SHORT, Sheet, Style, mm, times};
use crate::paper::typeface::Face;
use crate::paper::words::{SAMPLE, long_date, words};

const COUNTRY_STYLE: Style = Style::new(Face::Bold, 14.0);
const MOTTO_STYLE: Style = Style::new(Face::Bold, 15.0);
const COMMITTEE: Style = Style::new(Face::Bold, 15.0);
const HEADING: Style = Style::new(Face::Bold, 40.0);
const LABEL: Style = Style::new(Face::Italic, 16.0);
const TITLE: Style = Style::new(Face::Bold, 24.0);
const BASIS: Style = Style::new(Face::Italic, 14.0);
const SMALL: Style = Style::new(Face::Regular, 10.0);
const SMALL_BOLD: Style = Style::new(Face::Bold, 11.0);
const PLACE: Style = Style::new(Face::Italic, 14.0);
const CAPACITY: Style = Style::new(Face::Bold, 14.0);
/// Sides of the code, in millimetres.
const CODE_MM: f32 = 32.0;

/// Lays one certificate out.
pub(in crate::paper) fn lay_out(certificate: &Certificate) -> Result<Sheet, PaperError> {
    let mut page = Page {
        set: Setter::new()?,
        marks: frame(),
    };
    if certificate.sample {
        page.sample();
    }
    page.head(certificate);
    page.holder(certificate);
    page.verification(certificate)?;
    page.signature(certificate);
    if certificate.revoked {
        page.revoked();
    }
    Ok(Sheet {
        width: LONG,
        height: SHORT,
        marks: page.marks,
    })
}

/// Between these heights and borders text stands.
fn between() -> (f32, f32) {
    (mm(26.0), LONG - mm(26.0))
}

struct Page {
    set: Setter,
    marks: Vec<Mark>,
}

impl Page {
    /// Text in the middle, as large as it fits on one line between two sizes, else on two lines.
    fn fitted(&mut self, between: (f32, f32), top: f32, largest: Style, smallest: f32, text: &str, ink: Ink) {
        let (style, lines) = self.fit(between.1 - between.0, largest, smallest, text);
        // in the height of two lines of the smaller size, so that what is below stays where it is
        let slot = largest.leading().max(2.0 * smallest * 1.3);
        let mut top = top + (slot - times(lines.len()) * style.leading()) / 2.0;
        for line in lines {
            self.marks
                .push(placed(Align::Centre, between, top, style, line).inked(ink));
            top += style.leading();
        }
    }

    fn fit(&self, width: f32, largest: Style, smallest: f32, text: &str) -> (Style, Vec<Line>) {
        let mut style = largest;
        loop {
            let lines = self.set.lines(style, text, 0.0, width);
            // one line down to the smaller size, two below it; at 9 points it is what it is
            let allowed = if style.size > smallest { 1 } else { 2 };
            if lines.len() <= allowed || style.size <= 9.0 {
                return (style, self.set.balanced(style, text, width));
            }
            style.size -= 1.0;
        }
    }

    fn middle(&mut self, top: f32, style: Style, ink: Ink, text: &str) {
        self.marks
            .push(self.set.aligned(Align::Centre, between(), top, style, text).inked(ink));
    }

    fn head(&mut self, certificate: &Certificate) {
        self.middle(mm(18.0), COUNTRY_STYLE, Ink::Black, COUNTRY);
        self.middle(mm(24.5), MOTTO_STYLE, Ink::Black, MOTTO);
        let (half, y) = (self.set.measure(MOTTO_STYLE, MOTTO) / 2.0, mm(31.8));
        self.marks.push(Mark::Line {
            from: (LONG / 2.0 - half, y),
            to: (LONG / 2.0 + half, y),
            width: 0.7,
            dotted: false,
        });
        let committee = certificate.committee.to_uppercase();
        self.fitted(between(), mm(36.5), COMMITTEE, 11.0, &committee, Ink::Black);
        self.middle(mm(48.0), HEADING, Ink::Red, "GIẤY CHỨNG NHẬN");
    }

    fn holder(&mut self, certificate: &Certificate) {
        let who = match certificate.model {
            LearningModel::LearningFamily => "Gia đình ông (bà)",
            LearningModel::LearningClan => "Dòng họ",
            LearningModel::LearningUnit => "Đơn vị",
            LearningModel::LearningCommunity => "Cộng đồng",
            LearningModel::LearningCitizen => "Ông (bà)",
        };
        self.middle(mm(67.0), LABEL, Ink::Black, who);
        let name = Style::new(Face::Bold, 30.0);
        self.fitted(between(), mm(74.5), name, 20.0, &certificate.holder, Ink::Black);
        let address = format!("Địa chỉ: {}", certificate.address);
        self.fitted(
            between(),
            mm(94.0),
            Style::new(Face::Regular, 15.0),
            11.0,
            &address,
            Ink::Black,
        );
        let title = words(certificate.model).title;
        let rank = certificate
            .rank
            .as_ref()
            .map_or_else(String::new, |rank| format!(", xếp loại {rank}"));
        let title = format!("Đạt danh hiệu “{title}” năm {}{rank}", certificate.year);
        self.fitted(between(), mm(106.0), TITLE, 16.0, &title, Ink::Red);
        let basis = format!(
            "Theo Quyết định số {} {} của Chủ tịch {}",
            certificate.decision,
            long_date(certificate.date),
            certificate.committee,
        );
        self.fitted(between(), mm(121.0), BASIS, 11.0, &basis, Ink::Black);
    }

    /// The code at the lower left, and beside it the number and how to check.
    fn verification(&mut self, certificate: &Certificate) -> Result<(), PaperError> {
        let (left, top, side) = (mm(28.0), SHORT - mm(62.0), mm(CODE_MM));
        self.marks.push(code(&certificate.address_to_verify, left, top, side)?);
        let (left, right) = (left + side + mm(5.0), mm(146.0));
        let mut low = top;
        let mut texts = vec![(SMALL_BOLD, format!("Số giấy chứng nhận: {}", certificate.number))];
        if certificate.reprint > 0 {
            texts.push((SMALL_BOLD, format!("Bản in lại lần {}", certificate.reprint)));
        }
        texts.push((
            SMALL,
            "Để kiểm tra, quét mã bên cạnh bằng điện thoại hoặc mở địa chỉ:".to_owned(),
        ));
        texts.push((SMALL, certificate.address_to_verify.clone()));
        for (style, text) in texts {
            for line in self.set.lines(style, &text, 0.0, right - left) {
                self.marks.push(placed(Align::Left, (left, right), low, style, line));
                low += style.leading();
            }
            low += 2.0;
        }
        Ok(())
    }

    fn signature(&mut self, certificate: &Certificate) {
        let between = (mm(152.0), LONG - mm(24.0));
        let mut low = mm(133.0);
        let place = format!("{}, {}", certificate.place, long_date(certificate.date));
        self.marks
            .push(self.set.aligned(Align::Centre, between, low, PLACE, &place));
        low += PLACE.leading();
        for capacity in &certificate.capacity {
            let (marks, height) = self.set.centred(between, low, CAPACITY, &capacity.to_uppercase());
            self.marks.extend(marks);
            low += height;
        }
        let (marks, height) = self.set.centred(between, 0.0, CAPACITY, &certificate.signer);
        // the name stands at the foot, whatever is above it: the room between is for the signature and the seal
        let foot = SHORT - mm(24.0) - height;
        self.marks.extend(marks.into_iter().map(|mark| mark.lowered(foot)));
    }

    fn sample(&mut self) {
        let style = Style::new(Face::BoldItalic, 11.0);
        self.middle(SHORT - mm(18.5), style, Ink::Red, SAMPLE);
        self.marks.push(Mark::Stamp {
            centre: (LONG / 2.0, SHORT / 2.0),
            degrees: -30.0,
            style: Style::new(Face::Bold, 220.0),
            ink: Ink::Pale,
            framed: false,
            text: "MẪU".to_owned(),
        });
    }

    fn revoked(&mut self) {
        self.marks.push(Mark::Stamp {
            // above the code, which still tells the same
            centre: (LONG / 2.0 + mm(8.0), SHORT / 2.0 - mm(10.0)),
            degrees: -25.0,
            style: Style::new(Face::Bold, 110.0),
            ink: Ink::Through,
            framed: true,
            text: "THU HỒI".to_owned(),
        });
    }
}
