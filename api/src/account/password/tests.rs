//! Passwords, and what a crowd of sign-ins may not do.

use std::sync::atomic::{AtomicU32, Ordering};

use entity::value::Rule;

use super::*;
use crate::clock::{SeededEntropy, SystemEntropy};

const CHEAP: Cost = Cost {
    memory_kib: 64,
    iterations: 1,
};
const REAL: Cost = Cost {
    memory_kib: 19_456,
    iterations: 2,
};
const GOOD: &str = "một hai ba bốn năm";

fn passwords(cost: Cost, workers: u32, queue: u32) -> Passwords {
    Passwords::new(cost, None, workers, queue, Arc::new(SeededEntropy::new(7))).unwrap()
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

fn parsed(text: &str) -> Result<NewPassword, Rule> {
    NewPassword::parse(&secret(text), &About::default(), MIN_LENGTH)
}

/// What is hashed of a text, whatever the rule says of it.
fn any(text: &str) -> NewPassword {
    NewPassword::public(text)
}

/// So many code points in no order that anybody would guess, from `first` on.
fn unguessable(first: char, number: usize) -> String {
    let code = |at: usize| u32::from(first) + u32::try_from((at * at * 7 + at * 3) % 25).unwrap();
    (0..number).map(|at| char::from_u32(code(at)).unwrap()).collect()
}

#[test]
fn length_is_counted_in_code_points() {
    let (short, long) = (Rule::TooShort { min: 15 }, Rule::TooLong { max: 128 });
    for first in ['a', 'б', '😀', '春'] {
        let of = |number: usize| parsed(&unguessable(first, number)).err();
        assert_eq!(of(14), Some(short));
        assert_eq!((of(15), of(64), of(65), of(128)), (None, None, None, None), "{first}");
        assert_eq!(of(129), Some(long));
    }
    let beside = |text: &str| NewPassword::parse(&secret(text), &About::default(), MIN_LENGTH_WITH_SECOND_FACTOR).err();
    assert_eq!(beside(&unguessable('a', 7)), Some(Rule::TooShort { min: 8 }));
    assert_eq!(beside(&unguessable('a', 10)), None);
    // Decomposed: three code points a letter as sent, one as counted.
    let apart = |text: &str| {
        text.chars()
            .flat_map(|letter| [letter, '\u{302}', '\u{303}'])
            .collect::<String>()
    };
    assert_eq!(parsed(&apart("eoaeoaeoaeoaeo")).err(), Some(short));
    let mixed = |plain: &str| parsed(&format!("{plain}{}", apart("eoae"))).err();
    assert_eq!((mixed("gkbtvzqxwp"), mixed("gkbtvzqxwpf")), (Some(short), None));
    assert_eq!(parsed(&"a".repeat(100_000)).err(), Some(long));
    assert_eq!(parsed("fifteen letters\n").err(), Some(Rule::ControlCharacter));
}

#[tokio::test]
async fn a_password_is_stored_as_argon2id_with_its_cost_and_a_salt_of_its_own() {
    let passwords = passwords(REAL, 1, 8);
    let (one, two) = (
        passwords.hash(any(GOOD)).await.unwrap(),
        passwords.hash(any(GOOD)).await.unwrap(),
    );
    assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
    assert_ne!(one, two);
    assert!(!passwords.needs_rehash(&one));
    let right = Verdict::Right { outdated: false };
    assert_eq!(passwords.verify(Some(one), secret(GOOD)).await, Ok(right));
    assert_eq!(
        passwords.verify(Some(two), secret("một hai ba bốn năM")).await,
        Ok(Verdict::Wrong)
    );
}

#[tokio::test]
async fn the_whole_password_counts_and_normal_forms_do_not() {
    let passwords = passwords(CHEAP, 1, 8);
    for (stored, typed, same) in [
        (
            "Nguyễn Thị Hồng Hạnh",
            "Nguye\u{302}\u{303}n Thi\u{323} Ho\u{302}\u{300}ng Ha\u{323}nh",
            true,
        ),
        (" hai dấu cách ở đây ", "hai dấu cách ở đây", false),
        ("CHỮ HOA KHÔNG ĐỔI ĐƯỢC", "chữ hoa không đổi được", false),
        (&("x".repeat(100) + "a"), &("x".repeat(100) + "b"), false),
        (&("x".repeat(20) + "👩🏽"), &("x".repeat(20) + "👩🏿"), false),
        // One letter from two keyboards, in NFKC (NIST SP 800-63B-4 section 3.1.1.2); a full-width one too.
        ("ﬁfteen characters", "fifteen characters", true),
        ("ｍười lăm chữ cái", "mười lăm chữ cái", true),
    ] {
        let hash = passwords.hash(any(stored)).await.unwrap();
        let verdict = passwords.verify(Some(hash), secret(typed)).await.unwrap();
        assert_eq!(verdict == Verdict::Right { outdated: false }, same, "{typed}");
    }
}

#[tokio::test]
async fn no_account_a_broken_hash_and_an_endless_password_are_all_wrong() {
    let passwords = passwords(CHEAP, 1, 8);
    let broken = [
        "",
        "plain text",
        "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0",
        "$argon2id$v=19$m=0,t=0,p=0$c2FsdHNhbHQ$aGFzaGhhc2g",
    ];
    for stored in broken.map(|text| Some(text.to_owned())).into_iter().chain([None]) {
        assert_eq!(passwords.verify(stored, secret(GOOD)).await, Ok(Verdict::Wrong));
    }
    let hash = passwords.hash(any(&"a".repeat(128))).await.unwrap();
    assert_eq!(
        passwords.verify(Some(hash), secret(&"a".repeat(100_000))).await,
        Ok(Verdict::Wrong)
    );
    assert!(!format!("{passwords:?}").contains("argon2id$"));
    assert!(!format!("{:?}", any(GOOD)).contains("hai"));
}

#[tokio::test]
async fn a_hash_of_lower_cost_is_outdated_and_one_of_higher_cost_is_not() {
    let (low, high) = (
        passwords(CHEAP, 1, 8),
        passwords(
            Cost {
                memory_kib: 128,
                iterations: 2,
            },
            1,
            8,
        ),
    );
    let (cheap, dear) = (low.hash(any(GOOD)).await.unwrap(), high.hash(any(GOOD)).await.unwrap());
    assert!(high.needs_rehash(&cheap) && !low.needs_rehash(&dear) && low.needs_rehash("nonsense"));
    assert!(low.needs_rehash(&dear.replace("argon2id", "argon2i")));
    assert_eq!(
        high.verify(Some(cheap), secret(GOOD)).await,
        Ok(Verdict::Right { outdated: true })
    );
    assert_eq!(
        low.verify(Some(dear), secret(GOOD)).await,
        Ok(Verdict::Right { outdated: false })
    );
}

#[tokio::test]
async fn a_pepper_can_be_introduced_later() {
    let with = |pepper: Option<&str>| {
        let pepper = pepper.map(secret);
        Passwords::new(CHEAP, pepper.as_ref(), 1, 8, Arc::new(SystemEntropy)).unwrap()
    };
    let (plain, peppered) = (with(None), with(Some("a secret that is in no database")));
    let (old, new) = (
        plain.hash(any(GOOD)).await.unwrap(),
        peppered.hash(any(GOOD)).await.unwrap(),
    );
    assert!(!old.contains("keyid=") && new.contains(",keyid="), "{old} {new}");
    let right = |outdated| Ok(Verdict::Right { outdated });
    assert_eq!(peppered.verify(Some(old.clone()), secret(GOOD)).await, right(true));
    assert_eq!(peppered.verify(Some(new.clone()), secret(GOOD)).await, right(false));
    assert_eq!(
        peppered.verify(Some(new.clone()), secret("not it")).await,
        Ok(Verdict::Wrong)
    );
    let renewed = peppered.renew(&secret(GOOD)).await.unwrap();
    assert!(!peppered.needs_rehash(&renewed) && peppered.needs_rehash(&old));
    // without the pepper, or with another, the password is not proven; not even with the mark taken off
    let parts: Vec<&str> = new.split('$').collect();
    let unmarked = new.replace(parts[3], parts[3].split(",keyid").next().unwrap());
    for other in [plain, with(Some("another secret that is in no database"))] {
        assert_eq!(other.verify(Some(new.clone()), secret(GOOD)).await, Ok(Verdict::Wrong));
        assert_eq!(
            other.verify(Some(unmarked.clone()), secret(GOOD)).await,
            Ok(Verdict::Wrong)
        );
    }
    assert_eq!(peppered.verify(None, secret(GOOD)).await, Ok(Verdict::Wrong));
    assert!(!format!("{peppered:?}").contains("secret that"));
}

#[tokio::test]
async fn unknown_accounts_take_the_same_time() {
    let passwords = passwords(REAL, 1, 8);
    let hash = passwords.hash(any(GOOD)).await.unwrap();
    let mut times = [Duration::MAX; 2];
    let ratio = |times: [Duration; 2]| {
        let [known, unknown] = times.map(|time| time.as_secs_f64());
        known / unknown
    };
    // the shortest of each counts: workers step back for whatever else the machine does
    for round in 0..60 {
        if round >= 5 && (0.5..2.0).contains(&ratio(times)) {
            break;
        }
        for (time, stored) in times.iter_mut().zip([Some(hash.clone()), None]) {
            let start = std::time::Instant::now();
            passwords
                .verify(stored, secret("not the password at all"))
                .await
                .unwrap();
            *time = start.elapsed().min(*time);
        }
    }
    assert!((0.5..2.0).contains(&ratio(times)), "{times:?}");
}

/// One thread runs the whole runtime here, so a single hash on it would stop the ticks.
#[tokio::test(flavor = "current_thread")]
async fn two_hundred_sign_ins_do_not_stop_the_runtime() {
    let passwords = passwords(REAL, 1, 200);
    let ticks = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&ticks);
    let ticker = tokio::spawn(async move {
        let mut worst = Duration::ZERO;
        loop {
            let start = std::time::Instant::now();
            tokio::time::sleep(Duration::from_millis(1)).await;
            worst = worst.max(start.elapsed());
            counter.fetch_max(u32::try_from(worst.as_millis()).unwrap(), Ordering::Relaxed);
        }
    });
    let storm: Vec<_> = (0..200)
        .map(|_| {
            let passwords = passwords.clone();
            tokio::spawn(async move { passwords.verify(None, secret(GOOD)).await })
        })
        .collect();
    let start = std::time::Instant::now();
    for check in storm {
        assert_eq!(check.await.unwrap(), Ok(Verdict::Wrong));
    }
    ticker.abort();
    let (whole, worst) = (start.elapsed(), ticks.load(Ordering::Relaxed));
    assert!(
        u128::from(worst) * 4 < whole.as_millis(),
        "a tick waited {worst} ms of {whole:?}"
    );
}

/// Whether the future waits; it is polled once.
async fn waits<F: Future>(future: F) -> bool {
    tokio::time::timeout(Duration::ZERO, future).await.is_err()
}

#[tokio::test]
async fn whoever_finds_the_room_full_is_told_at_once() {
    let passwords = passwords(CHEAP, 1, 2);
    // The only worker is taken, so nobody gets on.
    let worker = Arc::clone(&passwords.desks).acquire_owned().await.unwrap();
    let mut storm: Vec<_> = (0..50)
        .map(|_| Box::pin(passwords.verify(None, secret(GOOD))))
        .collect();
    for inside in &mut storm[..3] {
        assert!(waits(inside).await);
    }
    for outside in &mut storm[3..] {
        assert_eq!(
            outside.await,
            Err(PasswordError::Busy {
                retry_after: Duration::from_secs(1)
            })
        );
    }
    drop(worker);
    for inside in storm.drain(..3) {
        assert_eq!(inside.await, Ok(Verdict::Wrong));
    }
    assert!(passwords.hash(any(GOOD)).await.is_ok());
}

#[tokio::test]
async fn a_client_that_goes_away_frees_its_place_only_when_its_hash_has_ended() {
    let passwords = passwords(CHEAP, 1, 1);
    let free = || (passwords.room.available_permits(), passwords.desks.available_permits());
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let desk = passwords.desk(passwords.enter().unwrap()).await.unwrap();
    let mut running = Box::pin(passwords.run(desk, move || ended.recv().map_err(|_| PasswordError::Failed)));
    assert!(waits(&mut running).await);
    let mut waiting = Box::pin(passwords.verify(None, secret(GOOD)));
    assert!(waits(&mut waiting).await);
    assert_eq!(free(), (0, 0));
    // The one that waits has nothing running: its place is free at once. The other one's work goes on.
    drop(waiting);
    drop(running);
    assert_eq!(free(), (1, 0));
    end.send(()).unwrap();
    assert_eq!(passwords.verify(None, secret(GOOD)).await, Ok(Verdict::Wrong));
    let _all = passwords.room.acquire_many(2).await.unwrap();
    assert_eq!(passwords.desks.available_permits(), 1);
}

#[tokio::test]
async fn work_that_panics_gives_its_place_back() {
    let passwords = passwords(CHEAP, 1, 1);
    let desk = passwords.desk(passwords.enter().unwrap()).await.unwrap();
    assert_eq!(
        passwords.run::<()>(desk, || panic!("on purpose")).await,
        Err(PasswordError::Failed)
    );
    let _all = passwords.room.acquire_many(2).await.unwrap();
    assert_eq!(passwords.desks.available_permits(), 1);
}

#[test]
fn the_time_to_try_again_grows_with_the_room() {
    assert_eq!(time_to_empty(REAL, 1, 64), Duration::from_secs(4));
    assert_eq!(time_to_empty(REAL, 4, 64), Duration::from_secs(1));
    assert_eq!(time_to_empty(CHEAP, 1, 1), Duration::from_secs(1));
}

#[test]
fn a_generated_password_passes_the_rule_and_reads_well() {
    let passwords: Vec<_> = (0..500).map(|_| generate(&SystemEntropy)).collect();
    let mut seen = std::collections::BTreeMap::<char, u32>::new();
    for password in &passwords {
        let text = password.expose_secret();
        assert_eq!(parsed(text).err(), None, "{text}");
        assert_eq!(text.split('-').map(str::len).collect::<Vec<_>>(), [4; 5]);
        assert!(
            !text.contains(['0', 'o', 'O', '1', 'l', 'I', 'i', 's', 'y', 'z']),
            "{text}"
        );
        for letter in text.chars().filter(|letter| *letter != '-') {
            *seen.entry(letter).or_default() += 1;
        }
    }
    assert_eq!(seen.len(), 26);
    // 10,000 draws: each letter comes about 385 times.
    assert!(seen.values().all(|number| (250..550).contains(number)), "{seen:?}");
    let distinct: std::collections::BTreeSet<_> = passwords.iter().map(ExposeSecret::expose_secret).collect();
    assert_eq!(distinct.len(), 500);
}
