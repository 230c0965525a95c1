//! How pauses grow and how attempts are forgotten; that the rows hold it is tried through the API.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::rule::{CURRENT_PASSWORD, Rule, SIGN_IN_ADDRESS, SIGN_IN_DEVICE, SIGN_IN_NAME};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

/// Tries at each moment that is not refused until `end`, in seconds; how many got through.
fn guesses(rule: &Rule, end: i64) -> usize {
    let (mut state, mut now, mut through) = ((at(0), at(0)), at(0), 0);
    while now < at(end) {
        if let Some(pause) = rule.pause(state.0, state.1, now) {
            now += TimeDelta::from_std(pause).unwrap();
            continue;
        }
        state = rule.after_one_more(state.0, state.1, now);
        through += 1;
    }
    through
}

#[test]
fn the_first_are_free_and_then_pauses_double() {
    let (mut state, mut now, mut pauses) = ((at(0), at(0)), at(0), Vec::new());
    for _ in 0..16 {
        let pause = SIGN_IN_NAME.pause(state.0, state.1, now).unwrap_or_default();
        pauses.push(pause.as_secs());
        now += TimeDelta::from_std(pause).unwrap();
        assert_eq!(SIGN_IN_NAME.pause(state.0, state.1, now), None);
        state = SIGN_IN_NAME.after_one_more(state.0, state.1, now);
    }
    assert_eq!(pauses, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]);
}

#[test]
fn no_pause_is_longer_than_the_time_in_which_one_attempt_is_forgotten() {
    let longest = SIGN_IN_NAME.pause(at(0), at(0) + SIGN_IN_NAME.ease * 1_000, at(0));
    assert_eq!(longest, Some(Duration::from_secs(20 * 60)));
}

#[test]
fn one_who_never_stops_gets_fewer_than_a_hundred_guesses_a_day() {
    for rule in [&SIGN_IN_NAME, &SIGN_IN_DEVICE, &CURRENT_PASSWORD] {
        let day = guesses(rule, 86_400);
        assert!((60..100).contains(&day), "{}: {day}", rule.name);
        let year = guesses(rule, 365 * 86_400);
        assert!(year < 365 * 75, "{}: {year}", rule.name);
    }
    let address = guesses(&SIGN_IN_ADDRESS, 86_400);
    assert!((2_800..3_000).contains(&address), "{address}");
}

#[test]
fn attempts_are_forgotten_one_by_one() {
    let rule = &SIGN_IN_NAME;
    let mut state = (at(0), at(0));
    for _ in 0..9 {
        state = rule.after_one_more(state.0, state.1, at(0));
    }
    assert_eq!(rule.pause(state.0, state.1, at(0)), Some(Duration::from_secs(16)));
    // five of nine are forgotten after 100 minutes: one more makes five
    state = rule.after_one_more(state.0, state.1, at(100 * 60));
    assert_eq!(rule.pause(state.0, state.1, at(100 * 60)), Some(Duration::from_secs(1)));
    // all of them after three hours
    state = rule.after_one_more(state.0, state.1, at(300 * 60));
    assert_eq!(rule.pause(state.0, state.1, at(300 * 60)), None);
}

#[test]
fn a_clock_that_is_behind_waits_longer_and_never_fails() {
    let state = SIGN_IN_NAME.after_one_more(at(60), at(60) + SIGN_IN_NAME.ease * 5, at(0));
    assert_eq!(state.0, at(60));
    let pause = SIGN_IN_NAME.pause(state.0, state.1, at(0));
    assert_eq!(pause, Some(Duration::from_secs(62)));
}
