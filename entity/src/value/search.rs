//! Search keys.
//!
//! People search without marks ("nguyen van a") for names that are stored with them. Trigram and full-text indexes
//! fall away under row-level security, because their operators are not leakproof. So a folded key is stored beside the
//! name and read by range, `key >= prefix AND key < upper_bound(prefix)`, on a plain index in byte order, which works
//! alike on both databases.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// How many suffixes one name may give at most.
const MAX_SUFFIXES: usize = 8;

/// Folds a text to what a search compares: small letters and digits in words with one space between them.
///
/// NFC, lower case, NFD, combining marks taken off, đ written d (it has no decomposition of its own), everything that
/// is neither letter nor digit made a space. Folding twice gives the same as folding once, and NFC and NFD input the
/// same key. `Ð` (Icelandic eth) and `Ɖ` look like `Đ` and come from old Vietnamese encodings; they fold to d as well.
pub fn fold(input: &str) -> String {
    // Character by character rather than `str::to_lowercase`, whose final sigma depends on what stands beside it.
    let bare = input
        .nfc()
        .flat_map(char::to_lowercase)
        .nfd()
        .filter(|c| !is_combining_mark(*c));
    let mut folded = String::with_capacity(input.len());
    let mut gap = false;
    for c in bare {
        if !c.is_alphanumeric() {
            gap = true;
            continue;
        }
        if gap && !folded.is_empty() {
            folded.push(' ');
        }
        gap = false;
        folded.push(match c {
            'đ' | 'ð' | 'ɖ' => 'd',
            other => other,
        });
    }
    folded
}

/// The least string that is greater than every string beginning with `prefix`, in the byte order of UTF-8.
///
/// `None` when there is no such string: for the empty prefix, which everything begins with, and for one made only of
/// the last code point.
pub fn upper_bound(prefix: &str) -> Option<String> {
    let mut bound = prefix.to_owned();
    while let Some(last) = bound.pop() {
        // A range of characters steps over the surrogates and ends at `char::MAX`.
        if let Some(next) = (last..=char::MAX).nth(1) {
            bound.push(next);
            return Some(bound);
        }
    }
    None
}

/// The text from each of its words on: "nguyen van an" gives "nguyen van an", "van an" and "an".
///
/// Stored one row each, they let a prefix search find any word of a name. At most eight, all different: of a longer
/// name the whole and the last seven, since people are looked up by their given name, which stands last.
pub fn word_suffixes(folded: &str) -> Vec<String> {
    let words: Vec<&str> = folded.split_whitespace().collect();
    let dropped = words.len().saturating_sub(MAX_SUFFIXES);
    (0..words.len())
        .filter(|start| *start == 0 || *start > dropped)
        .filter_map(|start| words.get(start..))
        .map(|rest| rest.join(" "))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
    use unicode_normalization::UnicodeNormalization;

    use super::{fold, upper_bound, word_suffixes};

    const VIETNAMESE: &str =
        "[a-zA-ZàáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵĐĂÂÊÔƠƯ .-]{0,40}";

    #[test]
    fn marks_capitals_and_punctuation_do_not_matter() {
        assert_eq!(fold("NGUYỄN VĂN A"), "nguyen van a");
        assert_eq!(fold("Nguyễn  Văn A"), "nguyen van a");
        assert_eq!(fold("thúy"), fold("thuý"));
        assert_eq!(fold("Đặng Đình Đức"), "dang dinh duc");
        assert_eq!(fold("Ðặng"), "dang");
        assert_eq!(fold("Văn Miếu - Quốc Tử Giám"), "van mieu quoc tu giam");
        assert_eq!(fold("H'Hen Niê"), "h hen nie");
        assert_eq!(fold(" --- "), "");
    }

    #[test]
    fn the_bound_steps_over_surrogates_and_the_last_character() {
        assert_eq!(upper_bound("ng").as_deref(), Some("nh"));
        assert_eq!(upper_bound("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(upper_bound("a\u{10ffff}\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(upper_bound("\u{10ffff}"), None);
        assert_eq!(upper_bound(""), None);
    }

    #[test]
    fn a_name_gives_a_suffix_for_each_word() {
        assert_eq!(word_suffixes("nguyen van an"), ["nguyen van an", "van an", "an"]);
        assert_eq!(word_suffixes(""), Vec::<String>::new());
        assert_eq!(word_suffixes("1 2 3 4 5 6 7 8").len(), 8);
        let long = word_suffixes("1 2 3 4 5 6 7 8 9 10");
        assert_eq!(long.len(), 8);
        assert_eq!(long.first().unwrap(), "1 2 3 4 5 6 7 8 9 10");
        assert_eq!(long.get(1).unwrap(), "4 5 6 7 8 9 10");
        assert_eq!(long.last().unwrap(), "10");
    }

    proptest! {
        #[test]
        fn folding_is_idempotent_and_blind_to_normal_forms(input in any::<String>()) {
            let folded = fold(&input);
            prop_assert_eq!(&fold(&folded), &folded);
            prop_assert_eq!(&fold(&input.nfd().collect::<String>()), &folded);
            prop_assert_eq!(&fold(&input.nfc().collect::<String>()), &folded);
        }

        #[test]
        fn vietnamese_folds_to_ascii(input in VIETNAMESE) {
            prop_assert!(fold(&input).chars().all(|c| c.is_ascii_lowercase() || c == ' '));
        }

        #[test]
        fn the_bound_separates_exactly(prefix in any::<String>(), tail in any::<String>(), other in any::<String>()) {
            let starting = format!("{prefix}{tail}");
            match upper_bound(&prefix) {
                Some(bound) => {
                    prop_assert!(starting < bound);
                    prop_assert_eq!(prefix <= other && other < bound, other.starts_with(&prefix));
                }
                None => prop_assert!(prefix.chars().all(|c| c == char::MAX)),
            }
        }

        #[test]
        fn suffixes_are_few_different_and_end_the_text(input in any::<String>()) {
            let folded = fold(&input);
            let suffixes = word_suffixes(&folded);
            prop_assert!(suffixes.len() <= 8);
            prop_assert!(suffixes.iter().all(|suffix| folded.ends_with(suffix.as_str())));
            prop_assert!(suffixes.windows(2).all(|pair| pair[0].len() > pair[1].len()));
        }
    }
}
