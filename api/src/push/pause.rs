//! How long a message waits before it is tried again: pure arithmetic.

use chrono::TimeDelta;

/// So often a message is tried, over about a day; then it is given up.
pub(super) const TRIES: i32 = 8;
/// The pause after the first try, in seconds; each further one is four times as long.
const FIRST: i64 = 30;
/// No pause is longer, in seconds: eight hours.
const LONGEST: i64 = 8 * 60 * 60;

/// The pause after so many tries. `random` lengthens it by up to a quarter, so that what failed together is not tried again
/// together; none after the last try.
pub(super) fn after(tries: i32, random: u8) -> Option<TimeDelta> {
    if tries >= TRIES {
        return None;
    }
    let further = u32::try_from(tries.saturating_sub(1)).unwrap_or(0);
    let seconds = FIRST.saturating_mul(4_i64.saturating_pow(further)).min(LONGEST);
    let longer = TimeDelta::milliseconds(seconds * 1_000 / 4 * i64::from(random) / i64::from(u8::MAX));
    Some(TimeDelta::seconds(seconds) + longer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_about_a_day_and_end() {
        let shortest: Vec<i64> = (1..TRIES).map(|tries| after(tries, 0).unwrap().num_seconds()).collect();
        assert_eq!(shortest, [30, 120, 480, 1_920, 7_680, 28_800, 28_800]);
        let all = |random| (1..TRIES).map(|tries| after(tries, random).unwrap()).sum::<TimeDelta>();
        assert_eq!((all(0).num_hours(), all(255).num_hours()), (18, 23));
        assert_eq!(after(TRIES, 0), None);
        assert_eq!(after(TRIES + 1, 0), None);
    }

    #[test]
    fn a_quarter_at_most_is_left_to_chance() {
        for tries in 1..TRIES {
            let (least, most) = (after(tries, 0).unwrap(), after(tries, 255).unwrap());
            assert_eq!(most * 4, least * 5);
        }
    }
}
