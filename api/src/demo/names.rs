//! Names, addresses and numbers of people who do not exist.
//!
//! Family names come as often as in the country at large (Nguyễn 38 in a hundred), because search, sorting and duplicate
//! detection behave differently on a list in which every third name is the same. Phone numbers begin with 095, the prefix
//! of a network that closed in 2012.

use rand::Rng;
use rand::rngs::StdRng;

/// A list to draw from, each entry with its weight.
type Weighted = &'static [(&'static str, u32)];

const FAMILY: Weighted = &[
    ("Nguyễn", 384),
    ("Trần", 110),
    ("Lê", 95),
    ("Phạm", 70),
    ("Hoàng", 36),
    ("Vũ", 32),
    ("Đặng", 24),
    ("Bùi", 24),
    ("Đỗ", 22),
    ("Phan", 20),
    ("Ngô", 16),
    ("Dương", 14),
    ("Đinh", 13),
    ("Lý", 8),
    ("Đào", 12),
    ("Trịnh", 11),
    ("Lương", 9),
    ("Mai", 8),
    ("Hà", 8),
    ("Cao", 7),
    ("Tạ", 7),
    ("Chu", 7),
    ("Kiều", 5),
    ("Lưu", 6),
    ("Phùng", 6),
    ("Tô", 5),
    ("Vương", 5),
    ("Nghiêm", 4),
    ("Quách", 4),
    ("Khuất", 3),
    ("Đoàn", 8),
    ("Thái", 3),
    ("Cấn", 2),
];

const MIDDLE_FEMALE: Weighted = &[
    ("Thị", 380),
    ("Thị Thu", 60),
    ("Thị Minh", 50),
    ("Thị Thanh", 55),
    ("Thị Kim", 40),
    ("Thị Bích", 35),
    ("Thị Hồng", 35),
    ("Ngọc", 65),
    ("Thu", 60),
    ("Thanh", 60),
    ("Minh", 45),
    ("Phương", 30),
    ("Hồng", 25),
    ("Khánh", 20),
    ("Diệu", 15),
    ("Bảo", 15),
    ("Quỳnh", 10),
];

const GIVEN_FEMALE: Weighted = &[
    ("Hương", 60),
    ("Lan", 55),
    ("Hoa", 50),
    ("Hà", 50),
    ("Thủy", 45),
    ("Hằng", 42),
    ("Nga", 40),
    ("Hạnh", 38),
    ("Hiền", 36),
    ("Trang", 36),
    ("Linh", 36),
    ("Mai", 34),
    ("Loan", 30),
    ("Yến", 30),
    ("Vân", 28),
    ("Phương", 28),
    ("Thảo", 28),
    ("Anh", 28),
    ("Dung", 26),
    ("Huyền", 26),
    ("Ngân", 20),
    ("Nhung", 20),
    ("Oanh", 18),
    ("Tuyết", 18),
    ("Chi", 18),
    ("Giang", 15),
    ("Bình", 12),
    ("Xuân", 12),
    ("Thơm", 10),
    ("Ngọc", 18),
    ("Đào", 8),
    ("Ánh", 10),
];

const MIDDLE_MALE: Weighted = &[
    ("Văn", 330),
    ("Đức", 85),
    ("Quang", 70),
    ("Minh", 65),
    ("Hữu", 50),
    ("Xuân", 50),
    ("Ngọc", 45),
    ("Đình", 45),
    ("Công", 40),
    ("Anh", 35),
    ("Thanh", 35),
    ("Mạnh", 30),
    ("Tuấn", 25),
    ("Trọng", 25),
    ("Bá", 20),
    ("Viết", 20),
    ("Duy", 20),
    ("Gia", 10),
];

const GIVEN_MALE: Weighted = &[
    ("Hùng", 60),
    ("Dũng", 55),
    ("Tuấn", 55),
    ("Cường", 48),
    ("Hải", 44),
    ("Minh", 44),
    ("Long", 36),
    ("Sơn", 36),
    ("Thắng", 35),
    ("Nam", 35),
    ("Đức", 35),
    ("Hòa", 28),
    ("Bình", 28),
    ("Quân", 25),
    ("Khánh", 22),
    ("Hiếu", 25),
    ("Trung", 25),
    ("Thành", 28),
    ("Anh", 28),
    ("Huy", 26),
    ("Kiên", 24),
    ("Phong", 22),
    ("Tùng", 24),
    ("Việt", 22),
    ("Lâm", 16),
    ("Tiến", 20),
    ("Thịnh", 14),
    ("Phúc", 16),
    ("Khoa", 12),
    ("Vinh", 14),
    ("Đạt", 16),
    ("Ân", 5),
];

/// A person's sex, as far as names need it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sex {
    /// A woman or a girl.
    Female,
    /// A man or a boy.
    Male,
}

impl Sex {
    /// The other one.
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Female => Self::Male,
            Self::Male => Self::Female,
        }
    }

    /// Either, as often as the other.
    pub(super) fn draw(dice: &mut StdRng) -> Self {
        if dice.random_bool(0.5) {
            Self::Female
        } else {
            Self::Male
        }
    }
}

/// A family name.
pub(super) fn family(dice: &mut StdRng) -> &'static str {
    draw(dice, FAMILY)
}

/// A full name with this family name; one in fifty has no middle name.
pub(super) fn full_name(dice: &mut StdRng, family: &str, sex: Sex) -> String {
    let (middle, given) = match sex {
        Sex::Female => (draw(dice, MIDDLE_FEMALE), draw(dice, GIVEN_FEMALE)),
        Sex::Male => (draw(dice, MIDDLE_MALE), draw(dice, GIVEN_MALE)),
    };
    // "Ngọc Ngọc" is nobody's name
    if middle.ends_with(given) || dice.random_ratio(1, 50) {
        format!("{family} {given}")
    } else {
        format!("{family} {middle} {given}")
    }
}

/// The name of anybody.
pub(super) fn anybody(dice: &mut StdRng) -> String {
    let family = family(dice);
    let sex = Sex::draw(dice);
    full_name(dice, family, sex)
}

/// A house in a street, often in a lane off it: "12 ngõ 35 phố Hàng Bông".
pub(super) fn address_in_town(dice: &mut StdRng, streets: &'static [&'static str]) -> String {
    let street = pick(dice, streets);
    let house = dice.random_range(1..120);
    match dice.random_range(0..10) {
        0..4 => format!("{house} phố {street}"),
        4..8 => format!("{house} ngõ {} phố {street}", dice.random_range(3..200)),
        _ => format!(
            "{house} ngách {}/{} phố {street}",
            dice.random_range(3..200),
            dice.random_range(1..60)
        ),
    }
}

/// A house in a village: "Số 7, ngõ 12, thôn Thượng".
pub(super) fn address_in_country(dice: &mut StdRng, villages: &'static [&'static str]) -> String {
    let village = pick(dice, villages);
    let (house, lane) = (dice.random_range(1..90), dice.random_range(1..40));
    if dice.random_ratio(1, 3) {
        format!("Đội {}, thôn {village}", dice.random_range(1..12))
    } else {
        format!("Số {house}, ngõ {lane}, thôn {village}")
    }
}

/// The `number`th phone number, as it is dialled at home. Ten million different ones, in no visible order.
pub(super) fn phone(number: u64) -> String {
    // the factor shares no divisor with ten million, so no two of that many come out alike
    format!("095{:07}", number % 10_000_000 * 4_827_031 % 10_000_000)
}

/// One of a list; empty for an empty list.
pub(super) fn pick(dice: &mut StdRng, list: &'static [&'static str]) -> &'static str {
    let place = dice.random_range(0..list.len().max(1));
    list.get(place).copied().unwrap_or_default()
}

/// One of a weighted list.
fn draw(dice: &mut StdRng, list: Weighted) -> &'static str {
    let total: u32 = list.iter().map(|(_, weight)| weight).sum();
    let mut left = dice.random_range(0..total.max(1));
    for (text, weight) in list {
        if left < *weight {
            return text;
        }
        left -= weight;
    }
    ""
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use entity::value::{PersonName, PhoneNumber};
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::{anybody, phone};

    #[test]
    fn names_are_names_and_nguyen_leads() {
        let mut dice = StdRng::seed_from_u64(1);
        let mut families = BTreeMap::<String, u32>::new();
        for _ in 0..10_000 {
            let name = PersonName::parse(&anybody(&mut dice)).unwrap();
            *families.entry(name.family().to_owned()).or_default() += 1;
        }
        assert!((3_400..4_300).contains(&families["Nguyễn"]), "{families:?}");
        assert!((800..1_400).contains(&families["Trần"]), "{families:?}");
    }

    #[test]
    fn phone_numbers_differ_and_can_be_read() {
        let numbers: BTreeSet<String> = (0..50_000).map(phone).collect();
        assert_eq!(numbers.len(), 50_000);
        assert!(numbers.iter().all(|number| PhoneNumber::parse(number).is_ok()));
    }
}
