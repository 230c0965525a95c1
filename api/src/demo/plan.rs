//! How big each part of the demo city is.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::geography::{DISTRICTS, District, HANG_BONG, HOAN_KIEM, HOAN_KIEM_WARDS, STREETS, VILLAGES, Ward};
use super::names;

/// Branches of the real city, about: 11,900 bases in 2024.
const CITY_BRANCHES: u64 = 12_000;
/// Families registered in the real city in a year, about: 1,874,000 in 2024.
const CITY_HOUSEHOLDS: u64 = 1_900_000;
/// Branches of Hoàn Kiếm in 2019.
const HOAN_KIEM_BRANCHES: u64 = 698;
/// Households of the branch whose head can sign in, at least: enough for several pages and a bulk approval.
pub(super) const BRANCH_TO_TRY: u64 = 60;
/// Households of a branch of Hoàn Kiếm at least; with these every state occurs in each ward in both years.
const FEWEST_IN_HOAN_KIEM: u64 = 4;
/// A scale is counted in millionths.
const WHOLE: u64 = 1_000_000;

/// A ward to be made.
pub(super) struct WardPlan {
    /// Its number in the whole city, from 0.
    pub(super) index: u64,
    /// Its number in its district, from 1.
    pub(super) number: u64,
    /// Its district.
    pub(super) district: &'static District,
    /// What is known of it, if it is one of Hoàn Kiếm's.
    pub(super) known: Option<&'static Ward>,
    /// The households of each of its branches.
    pub(super) branches: Vec<u64>,
}

impl WardPlan {
    /// Its households.
    pub(super) fn households(&self) -> u64 {
        self.branches.iter().sum()
    }

    /// A made-up address there.
    pub(super) fn address(&self, dice: &mut StdRng) -> String {
        match self.known {
            Some(known) => names::address_in_town(dice, known.streets),
            None if self.district.ward_word == "Xã" => names::address_in_country(dice, VILLAGES),
            None => names::address_in_town(dice, STREETS),
        }
    }

    /// Its name without its kind, as others bear it in theirs.
    pub(super) fn place(&self) -> String {
        match self.known {
            Some(known) => known.name.to_owned(),
            None => format!("{} {}", self.district.ward_word.to_lowercase(), self.number),
        }
    }
}

/// The wards of the city, district by district.
///
/// Without a scale: Hoàn Kiếm with all its branches of about 8 households, every other ward with 2 branches of about 5.
/// With one, that share (above 0, at most 1) of the real city's branches and households; Hoàn Kiếm keeps all its branches,
/// and no branch is left without a household.
pub(super) fn city(seed: u64, scale: Option<f64>) -> Vec<Vec<WardPlan>> {
    let mut dice = StdRng::seed_from_u64(seed);
    let scale = scale.map(millionths);
    let others = DISTRICTS.iter().filter(|district| district.code != HOAN_KIEM);
    let other_wards: u64 = others.map(|district| district.wards).sum();
    let other_branches = match scale {
        Some(scale) => (CITY_BRANCHES - HOAN_KIEM_BRANCHES) * scale / WHOLE,
        None => 2 * other_wards,
    };
    // the number of branches of every ward first: households are shared out over all branches
    let (mut index, mut other) = (0, 0);
    let mut wards = Vec::new();
    for district in &DISTRICTS {
        for place in 0..district.wards {
            let known = HOAN_KIEM_WARDS.get(usize::try_from(place).unwrap_or(usize::MAX));
            let known = known.filter(|_| district.code == HOAN_KIEM);
            let branches = if known.is_some() {
                share(HOAN_KIEM_BRANCHES, district.wards, place)
            } else {
                other += 1;
                share(other_branches, other_wards, other - 1).max(1)
            };
            wards.push((index, place + 1, district, known, branches));
            index += 1;
        }
    }
    let city_branches: u64 = wards.iter().map(|(.., branches)| branches).sum();
    let mut before = 0;
    let mut districts: Vec<Vec<WardPlan>> = Vec::new();
    for (index, number, district, known, branches) in wards {
        let households = match (scale, known) {
            (Some(scale), _) => {
                let upto = |branches: u64| CITY_HOUSEHOLDS * scale / WHOLE * branches / city_branches;
                upto(before + branches) - upto(before)
            }
            (None, Some(_)) => 8 * branches,
            (None, None) => 5 * branches,
        };
        before += branches;
        let fewest = if known.is_some() { FEWEST_IN_HOAN_KIEM } else { 1 };
        let mut branches = spread(&mut dice, households.max(fewest * branches), branches);
        if known.is_some_and(|ward| ward.code == HANG_BONG) {
            branches
                .iter_mut()
                .take(1)
                .for_each(|first| *first = (*first).max(BRANCH_TO_TRY));
        }
        let ward = WardPlan {
            index,
            number,
            district,
            known,
            branches,
        };
        match districts.last_mut() {
            Some(wards) if number > 1 => wards.push(ward),
            _ => districts.push(vec![ward]),
        }
    }
    districts
}

/// A scale in millionths. Neither cast nor conversion goes from a fraction to a whole number, but text does.
fn millionths(scale: f64) -> u64 {
    format!("{:.0}", scale.clamp(0.0, 1.0) * 1_000_000.0)
        .parse()
        .unwrap_or(0)
}

/// The `place`th of `parts` nearly equal parts of a whole; together they are the whole.
fn share(whole: u64, parts: u64, place: u64) -> u64 {
    whole * (place + 1) / parts - whole * place / parts
}

/// Shares out a whole unevenly: each part has between half and one and a half times the mean.
fn spread(dice: &mut StdRng, whole: u64, parts: u64) -> Vec<u64> {
    let slack = whole / parts.max(1) / 4;
    let mut before = 0;
    (1..=parts)
        .map(|part| {
            let even = whole * part / parts;
            let end = if part == parts {
                whole
            } else {
                even - slack + dice.random_range(0..=2 * slack)
            };
            let size = end - before;
            before = end;
            size
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{BRANCH_TO_TRY, FEWEST_IN_HOAN_KIEM, WardPlan, city, millionths};

    fn sizes(scale: Option<f64>) -> (usize, usize, usize, u64) {
        let districts = city(7, scale);
        let wards: Vec<&WardPlan> = districts.iter().flatten().collect();
        (
            districts.len(),
            wards.len(),
            wards.iter().map(|ward| ward.branches.len()).sum(),
            wards.iter().map(|ward| ward.households()).sum(),
        )
    }

    #[test]
    fn the_whole_city_has_exactly_its_size() {
        assert_eq!(sizes(Some(1.0)), (30, 526, 12_000, 1_900_000));
    }

    #[test]
    fn a_part_of_the_city_has_about_its_share() {
        let (districts, wards, branches, households) = sizes(Some(0.05));
        assert_eq!((districts, wards, branches), (30, 526, 698 + 508 + 57));
        assert!((95_000..95_100).contains(&households), "{households}");
        let (_, _, branches, households) = sizes(Some(0.000_001));
        assert_eq!(branches, 698 + 508);
        assert!(households >= 698 * 4 + 508, "{households}");
        assert_eq!(sizes(Some(f64::NAN)), sizes(Some(0.0)));
    }

    #[test]
    fn without_a_scale_hoan_kiem_is_full_and_the_rest_thin() {
        assert_eq!(sizes(None).0, 30);
        for ward in city(7, None).iter().flatten() {
            let branches = ward.branches.len();
            match ward.known {
                Some(_) => assert!((38..=40).contains(&branches)),
                None => assert_eq!(branches, 2),
            }
        }
    }

    #[test]
    fn no_branch_is_empty() {
        for scale in [None, Some(0.0), Some(0.001), Some(0.3), Some(1.0)] {
            for ward in city(3, scale).iter().flatten() {
                assert!(ward.branches.iter().all(|households| *households > 0));
                if let Some(known) = ward.known {
                    assert!(
                        ward.branches
                            .iter()
                            .all(|households| 2 * households >= FEWEST_IN_HOAN_KIEM)
                    );
                    assert!(known.name != "Hàng Bông" || ward.branches[0] >= BRANCH_TO_TRY);
                }
            }
        }
    }

    #[test]
    fn a_scale_is_counted_in_millionths() {
        assert_eq!(
            [1.0, 0.05, 0.000_001, 7.0, -1.0].map(millionths),
            [1_000_000, 50_000, 1, 1_000_000, 0]
        );
    }
}
