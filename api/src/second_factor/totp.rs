//! Codes from the time (RFC 6238 over RFC 4226): SHA-1, six digits, thirty seconds, as every authenticator app makes them.
//!
//! A dozen lines over the cryptographic library of the house. The crates for it bring a second library for the hash, and
//! answer whether a code is right but not for which step, which is what makes a code work once.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use chrono::{DateTime, Utc};

/// Bytes of a secret, as many as the hash has (RFC 4226 section 4).
pub const SECRET_BYTES: usize = 20;
/// Digits of a code.
pub const DIGITS: usize = 6;
/// How long a code is shown, in seconds.
const STEP_SECONDS: i64 = 30;
/// How many steps a phone's clock may be off, either way.
const WINDOW: i64 = 1;

/// The step that a code is for: inside the window around `now`, and after the step `last` whose code was accepted last.
/// Nothing when no such step has this code.
pub fn matching_step(secret: &[u8], code: &str, now: DateTime<Utc>, last: Option<i64>) -> Option<i64> {
    let present = now.timestamp().div_euclid(STEP_SECONDS);
    let fits = |step: &i64| verify_slices_are_equal(code_of(secret, *step).as_bytes(), code.as_bytes()).is_ok();
    (present - WINDOW..=present + WINDOW)
        .filter(|step| last.is_none_or(|last| *step > last))
        .find(fits)
}

/// The code of a step: the steps are counted from 1970.
fn code_of(secret: &[u8], step: i64) -> String {
    // RFC 6238 rests on SHA-1, which is broken for signatures and not for this
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let offset = tag.as_ref().last().map_or(0, |byte| usize::from(byte & 0xf));
    let four = tag.as_ref().iter().skip(offset).take(4);
    let number = four.fold(0_u32, |number, byte| (number << 8) | u32::from(*byte)) & 0x7fff_ffff;
    format!("{:0DIGITS$}", number % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238 appendix B.
    const SECRET: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238 appendix B, SHA1, the last six of the eight digits printed there
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_of(SECRET, seconds / 30), code);
            assert_eq!(matching_step(SECRET, code, at(seconds), None), Some(seconds / 30));
        }
    }

    #[test]
    fn a_clock_may_be_one_step_off_either_way() {
        let code = code_of(SECRET, 100);
        for (seconds, right) in [(2969, false), (2970, true), (3000, true), (3059, true), (3060, false)] {
            assert_eq!(
                matching_step(SECRET, &code, at(seconds), None).is_some(),
                right,
                "{seconds}"
            );
        }
    }

    #[test]
    fn neither_an_accepted_step_nor_an_older_one_is_accepted_again() {
        let code = code_of(SECRET, 100);
        for (last, right) in [(99, true), (100, false), (101, false)] {
            assert_eq!(matching_step(SECRET, &code, at(3000), Some(last)).is_some(), right);
        }
    }

    #[test]
    fn what_is_no_code_is_wrong() {
        for code in ["", "0", "28708", "2870820", "٢٨٧٠٨٢"] {
            assert_eq!(matching_step(SECRET, code, at(59), None), None, "{code}");
        }
    }
}
