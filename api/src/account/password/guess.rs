//! Whether a password is among those that are tried first.
//!
//! The text is cut into pieces that a guesser knows, in the way that makes it cheapest, and each piece has points: the
//! number of digits of how many such pieces there are. A password needs [`ENOUGH`] points together, which is a hundred
//! million guesses. A character that belongs to no known piece has one point, so what no list knows has as many points as
//! characters. Marks and capitals do not count, because guessers leave them out.
//!
//! `common.txt` is the beginning of the list of passwords in zxcvbn 3.1.1 (`frequency_lists.rs`, MIT licence,
//! whose notices are in `common.LICENSE.txt`), folded, most frequent first. `vietnamese.txt` is ours: what reports of passwords leaked in Viet Nam name (NordPass, 2021 to
//! 2025), frequent names, and words that are near to this service's users. Both are given in one line a word.

use std::collections::HashMap;
use std::sync::LazyLock;

use entity::value::{Rule, fold};
use zeroize::Zeroizing;

use super::rule::About;

/// So many points are enough.
const ENOUGH: u32 = 8;
/// A row of keys, a row of letters, or a year.
const ROW_POINTS: u32 = 2;
/// What has been there before in the same password.
const REPEATED_POINTS: u32 = 1;
/// The shortest piece that is known, in characters.
const SHORTEST: usize = 3;
/// Names shorter than this are in too many words to be looked for.
const SHORTEST_NAME: usize = 6;
/// The same for a user name, which is written as one word.
const SHORTEST_USER_NAME: usize = 4;

/// What this service is called.
const SERVICE: [&str; 2] = ["khuyenhoc", "giadinhhoctap"];

/// Neighbours on a keyboard, by rows and by columns.
const KEYS: [&str; 8] = [
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1234567890",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
];

/// Points of each known word.
static WORDS: LazyLock<HashMap<&'static str, u32>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for list in [include_str!("common.txt"), include_str!("vietnamese.txt")] {
        for (place, word) in list.lines().enumerate() {
            let points = (place + 1).ilog10() + 1;
            let known = words.entry(word).or_insert(points);
            *known = points.min(*known);
        }
    }
    words
});

/// Whether a password, normalised, is hard enough to guess for this person.
///
/// # Errors
/// [`Rule::NamesThePerson`], [`Rule::NamesTheService`] or [`Rule::EasyToGuess`].
pub(super) fn check(password: &str, about: &About<'_>) -> Result<(), Rule> {
    let letters = squeezed(password);
    if names_person(&letters, about) {
        return Err(Rule::NamesThePerson);
    }
    if SERVICE.iter().any(|word| letters.contains(word)) {
        return Err(Rule::NamesTheService);
    }
    let plain = points(&letters);
    let replaced = points(&squeezed(&unmasked(password)));
    if plain.min(replaced) + signs(password) < ENOUGH {
        return Err(Rule::EasyToGuess);
    }
    Ok(())
}

/// Letters and digits only, without marks and capitals, nothing between them.
fn squeezed(text: &str) -> Zeroizing<String> {
    let folded = Zeroizing::new(fold(text));
    let mut squeezed = Zeroizing::new(String::with_capacity(folded.len()));
    squeezed.extend(folded.chars().filter(|letter| *letter != ' '));
    squeezed
}

fn names_person(letters: &str, about: &About<'_>) -> bool {
    let (name, user_name) = (fold(about.name), squeezed(about.user_name.unwrap_or_default()));
    let without_family = name.split_once(' ').map_or("", |(_, rest)| rest);
    let names = [name.as_str(), without_family].map(|name| name.replace(' ', ""));
    let digits: Zeroizing<String> = Zeroizing::new(letters.chars().filter(char::is_ascii_digit).collect());
    // as it is dialled, without what stands before it: 0 or the country
    let phone = about.phone.map(|phone| phone.strip_prefix("+84").unwrap_or(phone));
    names
        .iter()
        .any(|name| name.chars().count() >= SHORTEST_NAME && letters.contains(name.as_str()))
        || (user_name.chars().count() >= SHORTEST_USER_NAME && letters.contains(user_name.as_str()))
        || phone.is_some_and(|phone| !phone.is_empty() && digits.contains(phone))
}

/// With the letters that are often written as digits or signs.
fn unmasked(text: &str) -> Zeroizing<String> {
    let letter = |sign| match sign {
        '@' | '4' => 'a',
        '3' => 'e',
        '1' | '!' => 'i',
        '0' => 'o',
        '$' | '5' => 's',
        '7' => 't',
        other => other,
    };
    let mut unmasked = Zeroizing::new(String::with_capacity(text.len()));
    unmasked.extend(text.chars().map(letter));
    unmasked
}

/// One point for each sign that is neither letter nor digit nor space, however often it stands there.
fn signs(text: &str) -> u32 {
    let mut signs: Vec<char> = text
        .chars()
        .filter(|sign| !sign.is_alphanumeric() && !sign.is_whitespace())
        .collect();
    signs.sort_unstable();
    signs.dedup();
    u32::try_from(signs.len()).unwrap_or(u32::MAX)
}

/// The least points that the text can be put together with.
fn points(text: &str) -> u32 {
    let letters: Zeroizing<Vec<char>> = Zeroizing::new(text.chars().collect());
    // the least for the first so many letters
    let mut least = vec![0_u32];
    for end in 1..=letters.len() {
        let mut best = least.last().map_or(1, |before| before + 1);
        for (start, before) in least.iter().enumerate() {
            let (Some(done), Some(piece)) = (letters.get(..start), letters.get(start..end)) else {
                continue;
            };
            if let Some(points) = known(done, piece) {
                best = best.min(before + points);
            }
        }
        least.push(best);
    }
    least.last().copied().unwrap_or_default()
}

/// The points of a piece that a guesser knows; `done` is what stands before it.
fn known(done: &[char], piece: &[char]) -> Option<u32> {
    if piece.len() < SHORTEST {
        return None;
    }
    if done.windows(piece.len()).any(|before| before == piece) {
        return Some(REPEATED_POINTS);
    }
    let forward: Zeroizing<String> = Zeroizing::new(piece.iter().collect());
    let backward: Zeroizing<String> = Zeroizing::new(piece.iter().rev().collect());
    let on_keys = |piece: &str| KEYS.iter().any(|keys| keys.contains(piece));
    if is_row(piece) || is_year(&forward) || on_keys(&forward) || on_keys(&backward) {
        return Some(ROW_POINTS);
    }
    WORDS.get(forward.as_str()).copied()
}

/// Whether each character follows the one before it by the same step of at most one, as in 111, abc and 321.
fn is_row(piece: &[char]) -> bool {
    let code = |letter: char| i64::from(u32::from(letter));
    let step = |pair: &[char]| match pair {
        [one, two] => code(*two) - code(*one),
        _ => i64::MAX,
    };
    let mut steps = piece.windows(2).map(step);
    let first = steps.next();
    first.is_some_and(|first| first.abs() <= 1 && steps.all(|step| step == first))
}

/// A year in which somebody may have been born, or now.
fn is_year(piece: &str) -> bool {
    let digits = piece.bytes().all(|byte| byte.is_ascii_digit());
    piece.len() == 4 && digits && (piece.starts_with("19") || piece.starts_with("20"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(password: &str) -> Option<Rule> {
        check(password, &About::default()).err()
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        for password in [
            "aaaaaaaaaaaaaaa",
            "123456789012345",
            "abcdefghijklmno",
            "987654321987654",
            "qwertyuiopasdfgh",
            "1q2w3e4r5t6y7u8i",
            "1qaz2wsx3edc4rfv",
            "passwordpassword1",
            "P@ssw0rdP@ssw0rd",
            "iloveyouiloveyou",
            "matkhaumatkhau123",
            "Mật khẩu mật khẩu",
            "anhyeuemnhieulam",
            "giadinhhanhphuc1",
            "chúc mừng năm mới",
            "Anh Yêu Em 1975 !",
            "vietnamvodich2018",
            "ABABABABABABABAB",
            "202620262026202",
            "               ",
            "!!!!!!!!!!!!!!!!",
            "1.2.3.4.5.6.7.8.9",
            "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀",
            // beside a second factor
            "12345678",
            "Demo@123",
            "abcd1234",
            "15031962",
        ] {
            assert_eq!(refused(password), Some(Rule::EasyToGuess), "{password}");
        }
    }

    #[test]
    fn what_people_can_remember_is_taken() {
        for password in [
            "con mèo nhà tôi thích ăn cá",
            "con meo nha toi thich an ca",
            "troi oi la troi oi buon ngu",
            "hà nội mùa thu lá vàng rơi",
            "correct horse battery staple",
            "Tháng ba hoa gạo đỏ 1958",
            "k7mp-3wxa-b2cd-ehgk-mnpq",
            ")(*&^%$#@!_+{}|:",
            "春眠不覚暁処処聞啼鳥夜来風雨声",
            // beside a second factor
            "gạo đỏ bát",
            "x7!kq2mz",
        ] {
            assert_eq!(refused(password), None, "{password}");
        }
    }

    #[test]
    fn what_is_known_of_the_person_is_refused() {
        let about = About {
            name: "Nguyễn Thị Thu Hà",
            phone: Some("+84912345678"),
            user_name: Some("ha.nt58"),
        };
        for password in [
            "Nguyễn Thị Thu Hà rất vui",
            "nguyenthithuha ở phố Huế",
            "hoa gạo của thị thu hà",
            "goi 0912 345 678 cho me nhe",
            "hoa gạo +84912345678",
            "tôi là HA.NT58 đây nhé",
        ] {
            assert_eq!(check(password, &about), Err(Rule::NamesThePerson), "{password}");
            assert_eq!(refused(password), None, "{password}");
        }
        // one word of a name is in too many others
        assert_eq!(check("mùa thu lá vàng rơi ngoài ngõ", &about), Ok(()));
    }

    #[test]
    fn the_service_is_no_secret() {
        for password in [
            "Khuyến học phường Hàng Bông",
            "gia-dinh-hoc-tap tổ 5",
            "khuyenhocx7kq2mz9",
        ] {
            assert_eq!(refused(password), Some(Rule::NamesTheService), "{password}");
        }
    }

    #[test]
    fn the_longest_password_takes_no_time() {
        let start = std::time::Instant::now();
        for text in ["4@8({[</369&#!1/|0$5+7%2/", "ab", "passwordqwerty1", "abcdefgh12"] {
            let password: String = text.chars().cycle().take(128).collect();
            let _ = check(&password, &About::default());
        }
        assert!(
            start.elapsed() < std::time::Duration::from_secs(5),
            "{:?}",
            start.elapsed()
        );
    }

    #[test]
    fn the_lists_are_as_they_are_read() {
        assert!(WORDS.len() > 10_000);
        assert_eq!((WORDS["password"], WORDS["matkhau"], WORDS["123456"]), (1, 1, 1));
        for word in WORDS.keys() {
            assert_eq!(squeezed(word).as_str(), *word);
            assert!(word.len() >= SHORTEST, "{word}");
        }
    }
}
