//! The people of a made-up household.

use entity::vocabulary::Relation;
use rand::Rng;
use rand::rngs::StdRng;

use super::names::{self, Sex};

/// One of them.
pub(super) struct Person {
    /// Full name.
    pub(super) name: String,
    /// Birth as the branch knows it: mostly a bare year, sometimes a month or the day.
    pub(super) birth: String,
    /// To the head of the household.
    pub(super) relation: Relation,
}

/// A household as it is in `year`, its head first and called `head` if a name is given.
///
/// Wives keep their own family name; children have their father's.
pub(super) fn draw(dice: &mut StdRng, year: i32, head: Option<&str>) -> Vec<Person> {
    let sex = if dice.random_ratio(2, 3) {
        Sex::Male
    } else {
        Sex::Female
    };
    let family = match head {
        Some(name) => name.split(' ').next().unwrap_or_default().to_owned(),
        None => names::family(dice).to_owned(),
    };
    let born = year - dice.random_range(27..82);
    let name = match head {
        Some(name) => name.to_owned(),
        None => names::full_name(dice, &family, sex),
    };
    let mut people = vec![person(dice, name, born, Relation::Head)];
    let mut fathers = family.clone();
    if dice.random_ratio(4, 5) {
        let theirs = names::family(dice);
        let name = names::full_name(dice, theirs, sex.other());
        // nobody is married as a child
        let theirs_born = (born + dice.random_range(-5..6)).min(year - 22);
        people.push(person(dice, name, theirs_born, Relation::Spouse));
        if sex == Sex::Female {
            theirs.clone_into(&mut fathers);
        }
    }
    let mut child_born = born + dice.random_range(22..32);
    for _ in 0..dice.random_range(0..4) {
        // who is not born yet is not here, and who is past thirty has a household of their own
        if child_born < year - 2 && child_born > year - 30 {
            let sex = Sex::draw(dice);
            let name = names::full_name(dice, &fathers, sex);
            people.push(person(dice, name, child_born, Relation::Child));
        }
        child_born += dice.random_range(1..7);
    }
    if year - born < 58 && dice.random_ratio(1, 6) {
        let theirs = names::family(dice);
        let name = names::full_name(dice, theirs, Sex::Female);
        let theirs_born = born - dice.random_range(20..32);
        people.push(person(dice, name, theirs_born, Relation::Parent));
    }
    if year - born > 55 {
        for _ in 0..dice.random_range(0..3) {
            let sex = Sex::draw(dice);
            let name = names::full_name(dice, &fathers, sex);
            let theirs_born = year - dice.random_range(3..14);
            people.push(person(dice, name, theirs_born, Relation::Grandchild));
        }
    }
    if dice.random_ratio(1, 30) {
        let name = names::anybody(dice);
        let theirs_born = year - dice.random_range(18..70);
        people.push(person(dice, name, theirs_born, Relation::Other));
    }
    people
}

fn person(dice: &mut StdRng, name: String, born: i32, relation: Relation) -> Person {
    let (month, day) = (dice.random_range(1..13), dice.random_range(1..29));
    let birth = match dice.random_range(0..10) {
        0..6 => format!("{born}"),
        6..7 => format!("{born}-{month:02}"),
        _ => format!("{born}-{month:02}-{day:02}"),
    };
    Person { name, birth, relation }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use entity::value::{PartialDate, PersonName};
    use entity::vocabulary::Relation;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::draw;

    #[test]
    fn every_family_could_have_been_typed_in() {
        let mut dice = StdRng::seed_from_u64(5);
        let today = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        let mut people = 0;
        for _ in 0..3_000 {
            let family = draw(&mut dice, 2026, None);
            assert_eq!(family[0].relation, Relation::Head);
            assert_eq!(
                family.iter().filter(|person| person.relation == Relation::Head).count(),
                1
            );
            for person in &family {
                assert_eq!(PersonName::parse(&person.name).unwrap().as_str(), person.name);
                assert!(PartialDate::parse(&person.birth, today).is_ok(), "{}", person.birth);
            }
            people += family.len();
        }
        assert!(
            (2.5..4.5).contains(&(f64::from(u32::try_from(people).unwrap()) / 3_000.0)),
            "{people}"
        );
    }

    #[test]
    fn a_named_head_keeps_the_name() {
        let family = draw(&mut StdRng::seed_from_u64(1), 2026, Some("Lê Lợi"));
        assert_eq!(family[0].name, "Lê Lợi");
    }
}
