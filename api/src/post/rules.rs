//! What may be given to whom, and from when to when: decided without a database.

use chrono::{DateTime, Days, Utc};
use entity::vocabulary::Role;

use crate::access::below::rank;
use crate::error::Refusal;

/// An appointment may be recorded so many days after it began: decisions come on paper.
const RECORDED_LATE: Days = Days::new(31);
/// A hand-over may name the morning of the same day.
const SAME_DAY: Days = Days::new(1);

/// A post begins so many days from now at the latest: what lies further off is decided when it is nearer.
const AHEAD: Days = Days::new(365);

/// How a role is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By one officer.
    Grant,
    /// By two: one proposes, another confirms.
    Propose,
}

/// How the holder of one role gives another.
///
/// # Errors
/// The role is not below the giver's, or comes by invitation only.
pub fn way(giver: Role, role: Role) -> Result<Way, Refusal> {
    match (giver, role) {
        (_, Role::Family) => Err(Refusal::FamilyByInvitation),
        (Role::CityOfficer, Role::CityOfficer | Role::CityLeader) => Ok(Way::Propose),
        _ if rank(role) < rank(giver) => Ok(Way::Grant),
        _ => Err(Refusal::RoleNotBelow),
    }
}

/// How the holder of one role ends a post of another.
///
/// # Errors
/// The role is not below the one who ends it.
pub fn end_way(ender: Role, role: Role) -> Result<Way, Refusal> {
    match role {
        // a family's post is ended as any other, though it is not given so
        Role::Family if rank(ender) > rank(Role::BranchHead) => Ok(Way::Grant),
        Role::Family => Err(Refusal::RoleNotBelow),
        _ => way(ender, role),
    }
}

/// From when to when a post gives rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First moment.
    pub from: DateTime<Utc>,
    /// First moment after it.
    pub until: Option<DateTime<Utc>>,
}

impl Span {
    /// The time of a new post.
    ///
    /// # Errors
    /// It begins more than 31 days ago or more than a year from now, ends before it begins, or is over already.
    pub fn of_appointment(self, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let earliest = now.checked_sub_days(RECORDED_LATE).unwrap_or(now);
        let ends_well = self.until.is_none_or(|until| self.from < until && now < until);
        if self.from < earliest || !ends_well {
            return Err(Refusal::DateTooEarly);
        }
        self.check_near(now)?;
        Ok(self)
    }

    /// When the post ends, if it is ended now by somebody who wants it to end at a moment, or at once. One that has not
    /// begun never does.
    ///
    /// # Errors
    /// It is over, is to end in the past, or ends earlier already.
    pub fn end(self, wanted: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
        self.check_not_over(now)?;
        let earliest = now.max(self.from);
        let end = wanted.unwrap_or(earliest);
        if end < earliest {
            return Err(Refusal::DateTooEarly);
        }
        if self.until.is_some_and(|until| until <= end) {
            return Err(Refusal::DateTooLate);
        }
        Ok(end)
    }

    /// When a post goes over to the next holder, and how long they have it. A moment of today that has passed is now:
    /// what was decided since was decided by the one before.
    ///
    /// # Errors
    /// As [`Span::end`]; also when the post has not begun at that moment, or the successor's ends before it begins.
    pub fn hand_over(self, next: Self, now: DateTime<Utc>) -> Result<Self, Refusal> {
        self.check_not_over(now)?;
        let from = next.from.max(now);
        let until = next.until.or(self.until);
        let too_far_back = next.from < now.checked_sub_days(SAME_DAY).unwrap_or(now);
        if too_far_back || from <= self.from || next.until.is_some_and(|until| until <= from) {
            return Err(Refusal::DateTooEarly);
        }
        if self.until.is_some_and(|until| until <= from) {
            return Err(Refusal::DateTooLate);
        }
        next.check_near(now)?;
        Ok(Self { from, until })
    }

    fn check_near(self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if now.checked_add_days(AHEAD).is_some_and(|latest| latest < self.from) {
            Err(Refusal::DateTooFar)
        } else {
            Ok(())
        }
    }

    fn check_not_over(self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.until.is_some_and(|until| until <= now) {
            return Err(Refusal::PostIsOver);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + day * 86_400, 0).unwrap()
    }

    fn span(from: i64, until: Option<i64>) -> Span {
        Span {
            from: day(from),
            until: until.map(day),
        }
    }

    #[test]
    fn only_what_is_below_is_given() {
        use Role::{BranchHead, CityLeader, CityOfficer, DistrictOfficer, WardOfficer};
        for giver in Role::ALL {
            assert_eq!(way(*giver, Role::Family), Err(Refusal::FamilyByInvitation));
            for role in Role::ALL.iter().filter(|role| **role != Role::Family) {
                let expected = match (giver, role) {
                    (WardOfficer, BranchHead)
                    | (DistrictOfficer, BranchHead | WardOfficer)
                    | (CityOfficer | CityLeader, BranchHead | WardOfficer | DistrictOfficer) => Ok(Way::Grant),
                    (CityOfficer, CityOfficer | CityLeader) => Ok(Way::Propose),
                    _ => Err(Refusal::RoleNotBelow),
                };
                assert_eq!(way(*giver, *role), expected, "{giver:?} gives {role:?}");
            }
        }
    }

    #[test]
    fn only_what_is_below_is_ended_and_the_citys_by_two() {
        use Role::{BranchHead, CityLeader, CityOfficer, DistrictOfficer, Family, WardOfficer};
        for (ender, role, expected) in [
            (WardOfficer, Family, Ok(Way::Grant)),
            (WardOfficer, BranchHead, Ok(Way::Grant)),
            (BranchHead, Family, Err(Refusal::RoleNotBelow)),
            (WardOfficer, WardOfficer, Err(Refusal::RoleNotBelow)),
            (DistrictOfficer, CityOfficer, Err(Refusal::RoleNotBelow)),
            (CityOfficer, DistrictOfficer, Ok(Way::Grant)),
            (CityOfficer, CityOfficer, Ok(Way::Propose)),
            (CityOfficer, CityLeader, Ok(Way::Propose)),
        ] {
            assert_eq!(end_way(ender, role), expected, "{ender:?} ends {role:?}");
        }
    }

    #[test]
    fn an_appointment_begins_lately_and_ends_later() {
        for (fits, from, until) in [
            (true, 0, None),
            (true, 365, None),
            (true, -31, Some(1)),
            (false, -32, None),
            (false, 5, Some(5)),
            (false, 5, Some(4)),
            (false, -5, Some(0)),
        ] {
            let asked = span(from, until);
            let expected = if fits { Ok(asked) } else { Err(Refusal::DateTooEarly) };
            assert_eq!(asked.of_appointment(day(0)), expected, "{asked:?}");
        }
        assert_eq!(span(366, None).of_appointment(day(0)), Err(Refusal::DateTooFar));
    }

    #[test]
    fn a_post_ends_now_or_later_and_never_later_than_before() {
        let open = span(-100, None);
        assert_eq!(open.end(None, day(0)), Ok(day(0)));
        assert_eq!(open.end(Some(day(9)), day(0)), Ok(day(9)));
        assert_eq!(open.end(Some(day(-1)), day(0)), Err(Refusal::DateTooEarly));
        let ending = span(-100, Some(5));
        assert_eq!(ending.end(None, day(0)), Ok(day(0)));
        assert_eq!(ending.end(Some(day(5)), day(0)), Err(Refusal::DateTooLate));
        assert_eq!(ending.end(None, day(5)), Err(Refusal::PostIsOver));
        // never begun: from its first moment on it gives nothing
        assert_eq!(span(7, None).end(None, day(0)), Ok(day(7)));
    }

    #[test]
    fn a_hand_over_leaves_no_gap_and_no_overlap() {
        let held = span(-100, Some(50));
        let next = |from, until| held.hand_over(span(from, until), day(0));
        assert_eq!(next(3, None), Ok(span(3, Some(50))));
        assert_eq!(next(3, Some(90)), Ok(span(3, Some(90))));
        assert_eq!(next(-1, None), Ok(span(0, Some(50))));
        assert_eq!(next(-2, None), Err(Refusal::DateTooEarly));
        assert_eq!(next(3, Some(3)), Err(Refusal::DateTooEarly));
        assert_eq!(next(50, None), Err(Refusal::DateTooLate));
        assert_eq!(
            span(-9, None).hand_over(span(366, None), day(0)),
            Err(Refusal::DateTooFar)
        );
        assert_eq!(
            span(5, None).hand_over(span(4, None), day(0)),
            Err(Refusal::DateTooEarly)
        );
        assert_eq!(
            span(-9, Some(0)).hand_over(span(4, None), day(0)),
            Err(Refusal::PostIsOver)
        );
    }
}
