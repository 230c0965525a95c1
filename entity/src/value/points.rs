//! Points of a score sheet.

use std::fmt;

use super::Rule;

/// Points, kept as whole hundredths so that sums are exact and a threshold of 80 is met by 80 and missed by 79.99.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Points(i32);

impl Points {
    /// No points.
    pub const ZERO: Self = Self(0);
    /// More than any criteria set gives: a slip of the finger.
    pub const MAX: Self = Self(1_000_000);

    /// From hundredths, as they are stored.
    pub const fn from_hundredths(hundredths: i32) -> Self {
        Self(hundredths)
    }

    /// From whole points.
    ///
    /// # Errors
    /// [`Rule::OutOfRange`] beyond 0 to 10,000.
    pub fn whole(points: i64) -> Result<Self, Rule> {
        i32::try_from(points.saturating_mul(100))
            .ok()
            .map(Self)
            .filter(|points| (Self::ZERO..=Self::MAX).contains(points))
            .ok_or(Rule::OutOfRange { min: 0, max: 10_000 })
    }

    /// From a decimal number with at most two places.
    ///
    /// # Errors
    /// [`Rule::NotPoints`] for more places or no number, [`Rule::OutOfRange`] beyond 0 to 10,000.
    pub fn parse(number: f64) -> Result<Self, Rule> {
        // the shortest text that reads back as this number: 8.5 and not 8.4999999
        let text = number.to_string();
        let (whole, places) = text.split_once('.').unwrap_or((&text, ""));
        if places.len() > 2 {
            return Err(Rule::NotPoints);
        }
        let whole: i64 = whole.parse().map_err(|_| Rule::NotPoints)?;
        let places: i32 = format!("{places:0<2}").parse().map_err(|_| Rule::NotPoints)?;
        let points = Self(Self::whole(whole)?.0.saturating_add(places));
        if number.is_sign_negative() && number != 0.0 || points > Self::MAX {
            return Err(Rule::OutOfRange { min: 0, max: 10_000 });
        }
        Ok(points)
    }

    /// As hundredths.
    pub const fn hundredths(self) -> i32 {
        self.0
    }

    /// As a decimal number, for GraphQL.
    pub fn number(self) -> f64 {
        f64::from(self.0) / 100.0
    }

    /// The sum; it stops at the greatest number.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// This many parts of so many, rounded down to a hundredth; zero of no parts.
    #[must_use]
    pub fn share(self, part: i64, whole: i64) -> Self {
        if whole <= 0 {
            return Self::ZERO;
        }
        let points = i128::from(self.0) * i128::from(part) / i128::from(whole);
        Self(i32::try_from(points).unwrap_or(i32::MAX))
    }

    /// Rounded down to a multiple of a step; unchanged for a step of zero.
    #[must_use]
    pub fn down_to(self, step: Self) -> Self {
        Self(self.0 - self.0.checked_rem(step.0).unwrap_or(0))
    }

    /// Whether it is a multiple of a step.
    pub fn is_step_of(self, step: Self) -> bool {
        self.down_to(step) == self
    }
}

impl std::iter::Sum for Points {
    fn sum<I: Iterator<Item = Self>>(points: I) -> Self {
        points.fold(Self::ZERO, Self::plus)
    }
}

/// As people write it, with a point: `85` or `85.5`.
impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.number().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_kept_exactly() {
        for (number, hundredths) in [(0.0, 0), (8.5, 850), (0.25, 25), (79.99, 7999), (100.0, 10_000)] {
            assert_eq!(
                Points::parse(number),
                Ok(Points::from_hundredths(hundredths)),
                "{number}"
            );
        }
        assert_eq!(Points::parse(0.125), Err(Rule::NotPoints));
        for number in [f64::NAN, f64::INFINITY] {
            assert_eq!(Points::parse(number), Err(Rule::NotPoints));
        }
        for number in [-1.0, -0.5, 10_000.01, 1e18] {
            assert_eq!(
                Points::parse(number),
                Err(Rule::OutOfRange { min: 0, max: 10_000 }),
                "{number}"
            );
        }
    }

    #[test]
    fn nobody_passes_by_rounding() {
        assert_eq!(
            Points::from_hundredths(10_000).share(2, 3),
            Points::from_hundredths(6666)
        );
        assert_eq!(
            Points::from_hundredths(999).down_to(Points::from_hundredths(50)),
            Points::from_hundredths(950)
        );
        assert_eq!(Points::ZERO.share(1, 0), Points::ZERO);
    }

    proptest::proptest! {
        #[test]
        fn what_is_shown_reads_back(hundredths in 0..=1_000_000i32) {
            let points = Points::from_hundredths(hundredths);
            proptest::prop_assert_eq!(Points::parse(points.number()), Ok(points));
        }
    }
}
