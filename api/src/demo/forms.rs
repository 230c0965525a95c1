//! Score sheets by the sets that come with the program, marked as people mark them: counted by the program's own rules, so
//! that a total in the demo is one that anybody can check.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::id::CriteriaSetId;
use entity::vocabulary::{CriteriaVariant, LearningModel};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::calendar::id;
use crate::criteria::check::read;
use crate::criteria::score::{Mark, computed};
use crate::criteria::set::{CriteriaSet, Indicator};
use crate::criteria::shipped::SHIPPED;
use crate::score::Sheet;

/// So many different sheets of families of each kind, made once: they are many, and most of them look alike.
const FAMILY_SHEETS: usize = 12;

/// A sheet that is filled in.
#[derive(Clone)]
pub(super) struct Marked {
    /// The set it is marked by.
    pub(super) set: CriteriaSetId,
    /// The marks as a row holds them.
    pub(super) marks: String,
    /// Hundredths of points.
    pub(super) total: i32,
    /// Whether it passes.
    pub(super) passes: bool,
    /// Code of the rank.
    pub(super) rank: Option<String>,
    /// The rank as a paper calls it.
    pub(super) rank_title: Option<String>,
    /// Whether the set is a sample.
    pub(super) sample: bool,
}

/// Who a family's sheet is about, as far as lines apply to some families only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Members {
    /// Children who go to school.
    pub(super) children: bool,
    /// Adults before their pension.
    pub(super) adults: bool,
}

/// A set with its id in the demo city.
pub(super) struct Form {
    /// The id.
    pub(super) id: CriteriaSetId,
    /// The document.
    pub(super) text: &'static str,
    /// What it says.
    pub(super) set: CriteriaSet,
}

/// All sets, and sheets for families.
pub(super) struct Forms {
    /// The sets, in the order in which they are shipped.
    pub(super) all: Vec<Form>,
    families: BTreeMap<(Members, bool), Vec<Marked>>,
}

/// How many reached another title, of how many.
pub(super) type Counted<'a> = &'a dyn Fn(LearningModel) -> (i64, i64);

impl Forms {
    /// The sets as they are published at a moment.
    pub(super) fn new(seed: u64, at: DateTime<Utc>) -> Self {
        let mut dice = StdRng::seed_from_u64(seed ^ (3 << 32));
        let sound = SHIPPED.iter().filter_map(|(_, text)| Some((*text, read(text).ok()?)));
        let all = sound.map(|(text, set)| Form {
            id: id(&mut dice, at),
            text,
            set,
        });
        let mut forms = Self {
            all: all.collect(),
            families: BTreeMap::new(),
        };
        for (children, adults, good) in EVERY_KIND {
            let members = Members { children, adults };
            let sheets = (0..FAMILY_SHEETS).filter_map(|_| {
                let form = forms.form(LearningModel::LearningFamily, None)?;
                form.marked(&mut dice, (Some(members), good), &|_| (0, 0))
            });
            let sheets = sheets.collect();
            forms.families.insert((members, good), sheets);
        }
        forms
    }

    fn form(&self, model: LearningModel, variant: Option<CriteriaVariant>) -> Option<&Form> {
        let of = |form: &&Form| form.set.model == model && form.set.variant.is_none_or(|form| Some(form) == variant);
        self.all.iter().find(of)
    }

    /// A sheet of a family, a good one or one that does not pass.
    pub(super) fn family(&self, dice: &mut StdRng, members: Members, good: bool) -> Option<Marked> {
        let sheets = self.families.get(&(members, good))?;
        let place = dice.random_range(0..sheets.len().max(1));
        sheets.get(place).cloned()
    }

    /// A sheet of anybody else. Lines that are counted are counted: it may not pass although people marked it well.
    pub(super) fn other(
        &self,
        dice: &mut StdRng,
        (model, variant): (LearningModel, Option<CriteriaVariant>),
        good: bool,
        counted: Counted<'_>,
    ) -> Option<Marked> {
        self.form(model, variant)?.marked(dice, (None, good), counted)
    }
}

/// Every kind of a family's sheet.
const EVERY_KIND: [(bool, bool, bool); 8] = [
    (false, false, false),
    (false, false, true),
    (false, true, false),
    (false, true, true),
    (true, false, false),
    (true, false, true),
    (true, true, false),
    (true, true, true),
];

impl Form {
    fn marked(
        &self,
        dice: &mut StdRng,
        (members, good): (Option<Members>, bool),
        counted: Counted<'_>,
    ) -> Option<Marked> {
        let marks = self.set.indicators().map(|line| {
            let applies = members.is_none_or(|members| applies(line, members));
            Some(match line.from {
                Some(from) => {
                    let (reached, of) = counted(from);
                    computed(line, reached, of)
                }
                None if !applies && line.when_not_applicable.is_some() => Mark::NotApplicable,
                None => Mark::Points(line.maximum.share(tenths(dice, good), 10).down_to(line.step)),
            })
        });
        let sheet = Sheet {
            marks: marks.collect(),
            notes: BTreeMap::new(),
        };
        let score = sheet.score(&self.set).ok()?;
        let rank = self
            .set
            .ranks
            .iter()
            .find(|rank| Some(&rank.code) == score.rank.as_ref());
        Some(Marked {
            set: self.id,
            marks: sheet.stored_marks().ok()?,
            total: score.total.hundredths(),
            passes: score.passes(),
            rank_title: rank.map(|rank| rank.title.vi.clone()),
            rank: score.rank,
            sample: self.set.sample,
        })
    }
}

/// How many tenths of a line's points people give.
fn tenths(dice: &mut StdRng, good: bool) -> i64 {
    if !good {
        dice.random_range(5..8)
    } else if dice.random_ratio(3, 5) {
        10
    } else {
        dice.random_range(8..10)
    }
}

/// Whether a line is about somebody in the family: the first group is about children, line 2.1 about adults before their
/// pension.
fn applies(line: &Indicator, members: Members) -> bool {
    (members.children || !line.code.starts_with("1.")) && (members.adults || line.code != "2.1")
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use entity::vocabulary::LearningModel;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::{EVERY_KIND, FAMILY_SHEETS, Forms, Members};

    #[test]
    fn good_sheets_pass_and_others_do_not() {
        let forms = Forms::new(1, DateTime::<Utc>::UNIX_EPOCH);
        assert_eq!(forms.families.len(), EVERY_KIND.len());
        for ((_, good), sheets) in &forms.families {
            assert_eq!(sheets.len(), FAMILY_SHEETS);
            assert!(sheets.iter().all(|sheet| sheet.passes == *good));
        }
    }

    #[test]
    fn what_is_about_nobody_is_left_out() {
        let forms = Forms::new(1, DateTime::<Utc>::UNIX_EPOCH);
        let alone = Members {
            children: false,
            adults: false,
        };
        let sheet = forms.family(&mut StdRng::seed_from_u64(1), alone, true).unwrap();
        assert!(sheet.marks.starts_with("[null,null,null,null,"), "{}", sheet.marks);
    }

    #[test]
    fn a_clan_without_recognised_families_does_not_pass() {
        let forms = Forms::new(1, DateTime::<Utc>::UNIX_EPOCH);
        let mut dice = StdRng::seed_from_u64(1);
        let mut clan = |reached| {
            let of = (LearningModel::LearningClan, None);
            forms.other(&mut dice, of, true, &|_| (reached, 4)).unwrap().passes
        };
        assert!(!clan(0) && clan(4));
    }
}
