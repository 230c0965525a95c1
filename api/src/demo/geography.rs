//! The city's places as they were before the district level was abolished on 1 July 2025.
//!
//! The districts with their official codes and ward counts are those of 1 January 2025, and so are the wards of Hoàn
//! Kiếm. The wards of all other districts bear made-up names ("Phường 1", "Xã 1"), and so does everything below a ward.
//! Streets are real streets of the ward they are listed under, as far as it goes; nobody lives at these addresses.

/// A district of the city.
pub(super) struct District {
    /// Official code of the administrative unit.
    pub(super) code: &'static str,
    /// Its full name, with its kind.
    pub(super) name: &'static str,
    /// How many wards it had.
    pub(super) wards: u64,
    /// What a ward is called here: a district out of town has communes.
    pub(super) ward_word: &'static str,
}

/// A ward of Hoàn Kiếm.
pub(super) struct Ward {
    /// Official code of the administrative unit; since July 2025 some of these codes mean other wards.
    pub(super) code: &'static str,
    /// Its name without its kind.
    pub(super) name: &'static str,
    /// Some of its streets.
    pub(super) streets: &'static [&'static str],
}

/// The district that is filled in full.
pub(super) const HOAN_KIEM: &str = "002";
/// The district of the other head of a branch who can sign in.
pub(super) const BA_DINH: &str = "001";
/// The ward of the accounts that can sign in.
pub(super) const HANG_BONG: &str = "00076";

const fn urban(code: &'static str, name: &'static str, wards: u64) -> District {
    District {
        code,
        name,
        wards,
        ward_word: "Phường",
    }
}

const fn rural(code: &'static str, name: &'static str, wards: u64) -> District {
    District {
        code,
        name,
        wards,
        ward_word: "Xã",
    }
}

const fn ward(code: &'static str, name: &'static str, streets: &'static [&'static str]) -> Ward {
    Ward { code, name, streets }
}

/// The thirty districts.
pub(super) const DISTRICTS: [District; 30] = [
    urban("001", "Quận Ba Đình", 13),
    urban("002", "Quận Hoàn Kiếm", 18),
    urban("003", "Quận Tây Hồ", 8),
    urban("004", "Quận Long Biên", 13),
    urban("005", "Quận Cầu Giấy", 8),
    urban("006", "Quận Đống Đa", 17),
    urban("007", "Quận Hai Bà Trưng", 15),
    urban("008", "Quận Hoàng Mai", 14),
    urban("009", "Quận Thanh Xuân", 9),
    rural("016", "Huyện Sóc Sơn", 26),
    rural("017", "Huyện Đông Anh", 24),
    rural("018", "Huyện Gia Lâm", 17),
    urban("019", "Quận Nam Từ Liêm", 10),
    rural("020", "Huyện Thanh Trì", 16),
    urban("021", "Quận Bắc Từ Liêm", 13),
    rural("250", "Huyện Mê Linh", 17),
    urban("268", "Quận Hà Đông", 15),
    urban("269", "Thị xã Sơn Tây", 13),
    rural("271", "Huyện Ba Vì", 29),
    rural("272", "Huyện Phúc Thọ", 18),
    rural("273", "Huyện Đan Phượng", 16),
    rural("274", "Huyện Hoài Đức", 20),
    rural("275", "Huyện Quốc Oai", 17),
    rural("276", "Huyện Thạch Thất", 20),
    rural("277", "Huyện Chương Mỹ", 30),
    rural("278", "Huyện Thanh Oai", 20),
    rural("279", "Huyện Thường Tín", 27),
    rural("280", "Huyện Phú Xuyên", 23),
    rural("281", "Huyện Ứng Hòa", 20),
    rural("282", "Huyện Mỹ Đức", 20),
];

/// The eighteen wards of Hoàn Kiếm.
pub(super) const HOAN_KIEM_WARDS: [Ward; 18] = [
    ward("00037", "Phúc Tân", &["Phúc Tân", "Hồng Hà", "Bạch Đằng"]),
    ward(
        "00040",
        "Đồng Xuân",
        &["Đồng Xuân", "Hàng Khoai", "Hàng Giấy", "Cầu Đông"],
    ),
    ward("00043", "Hàng Mã", &["Hàng Mã", "Hàng Lược", "Phùng Hưng", "Hàng Cót"]),
    ward(
        "00046",
        "Hàng Buồm",
        &["Hàng Buồm", "Mã Mây", "Đào Duy Từ", "Lương Ngọc Quyến"],
    ),
    ward(
        "00049",
        "Hàng Đào",
        &["Hàng Đào", "Hàng Ngang", "Lương Văn Can", "Gia Ngư"],
    ),
    ward("00052", "Hàng Bồ", &["Hàng Bồ", "Bát Đàn", "Hàng Thiếc", "Thuốc Bắc"]),
    ward("00055", "Cửa Đông", &["Cửa Đông", "Nhà Hỏa", "Đường Thành", "Bát Sứ"]),
    ward(
        "00058",
        "Lý Thái Tổ",
        &["Lý Thái Tổ", "Nguyễn Hữu Huân", "Trần Nguyên Hãn"],
    ),
    ward("00061", "Hàng Bạc", &["Hàng Bạc", "Đinh Liệt", "Tạ Hiện", "Hàng Bè"]),
    ward("00064", "Hàng Gai", &["Hàng Gai", "Tố Tịch", "Hàng Quạt", "Yên Thái"]),
    ward(
        "00067",
        "Chương Dương",
        &["Chương Dương Độ", "Vọng Hà", "Bạch Đằng", "Hàm Tử Quan"],
    ),
    ward(
        "00070",
        "Hàng Trống",
        &["Hàng Trống", "Nhà Thờ", "Bảo Khánh", "Lý Quốc Sư"],
    ),
    ward(
        "00073",
        "Cửa Nam",
        &["Cửa Nam", "Nguyễn Khuyến", "Lê Duẩn", "Đình Ngang"],
    ),
    ward(
        "00076",
        "Hàng Bông",
        &["Hàng Bông", "Phủ Doãn", "Triệu Quốc Đạt", "Hàng Da"],
    ),
    ward(
        "00079",
        "Tràng Tiền",
        &["Tràng Tiền", "Ngô Quyền", "Hai Bà Trưng", "Lê Thái Tổ"],
    ),
    ward(
        "00082",
        "Trần Hưng Đạo",
        &["Trần Hưng Đạo", "Dã Tượng", "Yết Kiêu", "Quán Sứ"],
    ),
    ward(
        "00085",
        "Phan Chu Trinh",
        &["Phan Chu Trinh", "Lê Thánh Tông", "Lý Thường Kiệt"],
    ),
    ward(
        "00088",
        "Hàng Bài",
        &["Hàng Bài", "Bà Triệu", "Vọng Đức", "Trần Quốc Toản"],
    ),
];

/// Streets for the other wards in town.
pub(super) const STREETS: &[&str] = &[
    "Đội Cấn",
    "Kim Mã",
    "Thụy Khuê",
    "Lạc Long Quân",
    "Ngọc Lâm",
    "Xuân Thủy",
    "Tôn Đức Thắng",
    "Khâm Thiên",
    "Bạch Mai",
    "Minh Khai",
    "Trương Định",
    "Nguyễn Trãi",
    "Khương Đình",
    "Quang Trung",
    "Tô Hiệu",
    "Phạm Hùng",
];

/// Villages for the communes.
pub(super) const VILLAGES: &[&str] = &[
    "Thượng",
    "Trung",
    "Hạ",
    "Đông",
    "Đoài",
    "Nội",
    "Ngoại",
    "Đình",
    "Chùa",
    "Mới",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{BA_DINH, DISTRICTS, HANG_BONG, HOAN_KIEM, HOAN_KIEM_WARDS};

    #[test]
    fn the_city_has_its_size() {
        assert_eq!(DISTRICTS.iter().map(|district| district.wards).sum::<u64>(), 526);
        assert_eq!(
            DISTRICTS
                .iter()
                .map(|district| district.code)
                .collect::<BTreeSet<_>>()
                .len(),
            30
        );
        assert_eq!(
            HOAN_KIEM_WARDS
                .iter()
                .map(|ward| ward.code)
                .collect::<BTreeSet<_>>()
                .len(),
            18
        );
        let wards_of = |code| DISTRICTS.iter().find(|district| district.code == code).unwrap().wards;
        assert_eq!((wards_of(HOAN_KIEM), wards_of(BA_DINH)), (18, 13));
        assert!(
            HOAN_KIEM_WARDS
                .iter()
                .any(|ward| ward.code == HANG_BONG && ward.name == "Hàng Bông")
        );
    }
}
