//! The demo city: what `khuyenhoc demo` shows and what measurements run on.
//!
//! Somebody who tries the program must find the work of a real association in it: names that repeat as Vietnamese names
//! do, branches with a pile to be decided on, a district that is behind its target. So the city is made up from a seed,
//! with the districts and the size of the real one and not one real person, and always the same for the same moment.
//!
//! [`fill()`] is the way in; [`ACCOUNTS`] are the people who can sign in. Each file decides one thing: `plan` how big,
//! `geography` where, `names` and `family` who, `calendar` when, `journal` what happened, `forms` how it was marked,
//! `year_end` how last year ended. `generate`, `household` and `neighbour` put that together, `maker` and `title` make rows of
//! it, and the file `fill` writes.

mod calendar;
mod family;
mod fill;
mod forms;
mod generate;
mod geography;
mod household;
mod journal;
mod known;
mod maker;
mod names;
mod neighbour;
mod plan;
mod rows;
#[cfg(test)]
mod tests;
mod title;
mod year_end;

use chrono::{DateTime, Utc};
use entity::vocabulary::Role;

pub use fill::{fill, is_begun, is_filled};

/// What the demo city is to be like.
#[derive(Clone)]
pub struct DemoOptions {
    /// How much of the real city, above 0 and at most 1: at 1 its 12,000 branches and 1.9 million households. Without it
    /// one district in full and the others thin, which takes seconds.
    pub scale: Option<f64>,
    /// The moment at which everything has happened; also decides the two programme years.
    pub now: DateTime<Utc>,
    /// The password of all of [`ACCOUNTS`], as Argon2id in PHC form. Nobody else has one.
    pub password_hash: String,
    /// How many districts are written side by side. `SQLite` has one writer, so 1 there; `PostgreSQL` works for each on a
    /// processor of its own.
    pub districts_at_once: usize,
}

/// Somebody who can sign in to the demo city.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoAccount {
    /// Who that is and what there is to be seen, in Vietnamese.
    pub label: &'static str,
    /// Their role.
    pub role: Role,
    /// The number they sign in with, as it is dialled at home.
    pub phone: &'static str,
    /// Their name.
    pub name: &'static str,
}

const FAMILY_RETURNED: DemoAccount = DemoAccount {
    label: "Gia đình có bản đăng ký bị trả lại",
    role: Role::Family,
    phone: "0900000001",
    name: "Nguyễn Thị Thu Hà",
};
const FAMILY_UNREGISTERED: DemoAccount = DemoAccount {
    label: "Gia đình chưa đăng ký năm nay",
    role: Role::Family,
    phone: "0900000002",
    name: "Trần Văn Bình",
};
const FAMILY_WITHOUT_HOUSEHOLD: DemoAccount = DemoAccount {
    label: "Gia đình mới, chưa khai hộ",
    role: Role::Family,
    phone: "0900000003",
    name: "Lê Minh Châu",
};
const BRANCH_HEAD: DemoAccount = DemoAccount {
    label: "Chi hội trưởng tổ dân phố số 1, phường Hàng Bông",
    role: Role::BranchHead,
    phone: "0900000004",
    name: "Phạm Đức Long",
};
const WARD_OFFICER: DemoAccount = DemoAccount {
    label: "Cán bộ Hội phường Hàng Bông",
    role: Role::WardOfficer,
    phone: "0900000005",
    name: "Vũ Thị Hạnh",
};
const DISTRICT_OFFICER: DemoAccount = DemoAccount {
    label: "Cán bộ Hội quận Hoàn Kiếm",
    role: Role::DistrictOfficer,
    phone: "0900000006",
    name: "Đặng Quang Sơn",
};
const CITY_OFFICER: DemoAccount = DemoAccount {
    label: "Cán bộ Hội thành phố",
    role: Role::CityOfficer,
    phone: "0900000007",
    name: "Hoàng Thu Thủy",
};
const CITY_LEADER: DemoAccount = DemoAccount {
    label: "Lãnh đạo thành phố",
    role: Role::CityLeader,
    phone: "0900000008",
    name: "Bùi Xuân Thành",
};
const BA_DINH_BRANCH_HEAD: DemoAccount = DemoAccount {
    label: "Chi hội trưởng ở quận Ba Đình",
    role: Role::BranchHead,
    phone: "0900000009",
    name: "Đỗ Ngọc Ân",
};

/// Everybody who can sign in, from the family to the city, and at last a branch head of another district.
///
/// The three families and the first branch head belong to the same branch. That branch head also heads a household of
/// it, whose registration waits: nobody approves their own.
pub const ACCOUNTS: &[DemoAccount] = &[
    FAMILY_RETURNED,
    FAMILY_UNREGISTERED,
    FAMILY_WITHOUT_HOUSEHOLD,
    BRANCH_HEAD,
    WARD_OFFICER,
    DISTRICT_OFFICER,
    CITY_OFFICER,
    CITY_LEADER,
    BA_DINH_BRANCH_HEAD,
];
